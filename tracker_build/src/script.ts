/** The tracker as a script: its settings are the tag's attributes, and a global is what the page calls. */
import { start, type Stub } from "./core";
import { guard } from "./util";
import type { Plugin, Tracker } from "./types";

type Globals = Record<string, Stub & Partial<Tracker>>;

export const run = guard(function (plugins: Plugin[]): void {
  const script = document.currentScript;
    const tracker = ((window as unknown as Globals)[GLOBAL] = (window as unknown as Globals)[GLOBAL] || {});
  if (tracker.ids) return; // The script stands in the page twice.
  start(tracker as Stub & Tracker, plugins, function (name) {
    return script && script.getAttribute("data-" + name);
  });
});
