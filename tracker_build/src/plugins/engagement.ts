import type { Plugin, Props } from "../types";

const enum Limit {
  /** Someone who does nothing for so many milliseconds has stopped reading. */
  IDLE = 15e3,
}

/**
 * For how long a page was really looked at and how far it was scrolled, told when it is left or hidden. Each event
 * has the seconds since the one before, so that they add up; scroll is the furthest of the page so far, in percent.
 */
const engagement: Plugin = function (tracker) {
  let page: Props;
  let active: number;
  let total = 0;
  let depth = 0;
  let told = 0;

  function look(): void {
    const now = Date.now();
    total += Math.min(now - active, Limit.IDLE);
    active = now;
  }

  function measure(): void {
    const root = document.documentElement;
    depth = Math.max(depth, Math.min(100, Math.round(((pageYOffset + innerHeight) / root.scrollHeight) * 100)));
  }

  function begin(): void {
    page = tracker.where_(tracker.referrer_);
    active = Date.now();
  }

  function tell(): void {
    const of = page;
    const seconds = Math.round(total / 1e3);
    begin();
    if (seconds || depth > told) {
      total -= seconds * 1e3;
      told = depth;
      tracker.emit_("engagement", { seconds, scroll: depth }, undefined, { page: of });
    }
  }

  begin();
  ["scroll", "pointerdown", "pointermove", "keydown"].forEach(function (type) {
    tracker.on_(window, type, function () {
      look();
      // A click is the last moment before an app draws its next page. Moving alone is too frequent to ask for the layout.
      if (type != "pointermove") measure();
    });
  });
  ["visibilitychange", "pagehide"].forEach(function (type) {
    tracker.on_(window, type, function () {
      if (document.hidden || type == "pagehide") {
        look();
        measure();
        tell();
      } else {
        active = Date.now();
      }
    });
  });
  // The first event of another page of a single-page app ends this one.
  tracker.context_.push(function () {
    if ((page.url as string).split("#")[0] != (tracker.where_("").url as string).split("#")[0]) {
      look();
      tell();
      total = depth = told = 0;
    }
    return undefined;
  });
};

export { engagement as default };
