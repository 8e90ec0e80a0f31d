import type { Plugin } from "../types";

/**
 * A page view on load and on each navigation within a single-page app. replaceState is used for query and
 * scroll keeping far more than for navigation, so it counts only when the path changes.
 */
const pageviews: Plugin = function (tracker) {
  if (EXTRAS && tracker.quiet_) return;
  let url: string | undefined;
  let path: string;

  function look(went: unknown): void {
    const seen = url;
    const from = path;
    url = location.href.split(tracker.data_("hash") == null ? "#" : "\n")[0]!;
    path = location.pathname;
    if (path != from || (went && url != seen)) {
      tracker.referrer_ = seen || tracker.referrer_;
      tracker.page();
    }
  }

  (["pushState", "replaceState"] as const).forEach(function (method, replaced) {
    const original = history[method];
    history[method] = function () {
      original.apply(history, arguments as unknown as Parameters<typeof original>);
      look(!replaced);
    };
  });
  tracker.on_(window, "popstate", look);
  // Back or forward to a page that was kept alive loads nothing, and is a view all the same.
  tracker.on_(window, "pageshow", function (event) {
    if ((event as PageTransitionEvent).persisted) tracker.page();
  });
  if (OPT_IN) tracker.agreed_ = tracker.page;
  look(1);
};

export { pageviews as default };
