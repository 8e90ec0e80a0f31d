/** The tracker as a script: its settings are the tag's attributes, and a global is what the page calls. */
import { start, type Stub } from "./core";
import { guard } from "./util";
import type { Plugin, Tracker } from "./types";

export const run = guard(function (plugins: Plugin[]): void {
  const script = document.currentScript;
  const globals = window as unknown as Record<string, Stub & Partial<Tracker>>;
  const tracker = (globals[GLOBAL] = globals[GLOBAL] || {});
  if (tracker.ids) return; // The script stands in the page twice.
  start(tracker as Stub & Tracker, plugins, function (name) {
    return script && script.getAttribute("data-" + name);
  });
});
