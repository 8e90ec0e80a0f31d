import type { Plugin } from "../types";

/** Signs that a program drives the browser. Its events are flagged, each with the sign, and never dropped. */
const bots: Plugin = function (tracker) {
  const globals = window as unknown as Record<string, unknown>;
  const signs: Record<string, unknown> = {
    webdriver: navigator.webdriver,
    phantom: globals.callPhantom || globals._phantom,
    nightmare: globals.__nightmare,
    selenium: document.documentElement.getAttribute("webdriver") || globals.domAutomation,
    window: !outerWidth && !outerHeight,
    language: !navigator.language,
  };
  let bot = "";
  for (const sign in signs) {
    if (signs[sign]) tracker.flags_.push((bot = "bot") + ":" + sign);
  }
  if (bot) tracker.flags_.push(bot);
};

export { bots as default };
