import type { Plugin } from "../types";

/**
 * A page view on load and on each navigation within a single-page app. replaceState is used for query and
 * scroll keeping far more than for navigation, so it counts only when the path changes.
 */
const pageviews: Plugin = function (tracker) {
  let seen: string;
  let path: string;

  function view(): void {
    if (seen) tracker.referrer_ = location.origin + seen;
    mark();
    tracker.page();
  }

  function mark(): void {
    path = location.pathname;
    seen = path + location.search;
  }

  function changed(): void {
    if (location.pathname + location.search != seen) view();
  }

  function wrap(method: "pushState" | "replaceState", after: () => void): void {
    const original = history[method];
    history[method] = function (this: History) {
      original.apply(this, arguments as unknown as Parameters<typeof original>);
      after();
    };
  }

  wrap("pushState", changed);
  wrap("replaceState", function () {
    if (location.pathname != path) view();
    else mark();
  });
  tracker.on_(window, "popstate", changed);
  // Back or forward to a page that was kept alive loads nothing, and is a view all the same.
  tracker.on_(window, "pageshow", function (event) {
    if ((event as PageTransitionEvent).persisted) tracker.page();
  });
  view();
};

export default pageviews;
