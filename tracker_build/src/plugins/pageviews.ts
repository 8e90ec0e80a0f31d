import type { Plugin } from "../types";

/**
 * A page view on load and on each navigation within a single-page app. replaceState is used for query and
 * scroll keeping far more than for navigation, so it counts only when the path changes.
 */
const pageviews: Plugin = function (tracker) {
  if (EXTRAS && tracker.quiet_) return;
  let url = "";
  let path: string;

  function look(replaced: boolean): void {
    const seen = url;
    const moved = location.pathname != path;
    url = tracker.data_("hash") == null ? location.href.split("#")[0]! : location.href;
    path = location.pathname;
    if (moved || (!replaced && url != seen)) {
      tracker.referrer_ = seen || tracker.referrer_;
      tracker.page();
    }
  }

  (["pushState", "replaceState"] as const).forEach(function (method) {
    const original = history[method];
    history[method] = function () {
      original.apply(history, arguments as unknown as Parameters<typeof original>);
      look(method != "pushState");
    };
  });
  tracker.on_(window, "popstate", function () {
    look(false);
  });
  // Back or forward to a page that was kept alive loads nothing, and is a view all the same.
  tracker.on_(window, "pageshow", function (event) {
    if ((event as PageTransitionEvent).persisted) tracker.page();
  });
  if (OPT_IN) tracker.agreed_ = tracker.page;
  look(false);
};

export { pageviews as default };
