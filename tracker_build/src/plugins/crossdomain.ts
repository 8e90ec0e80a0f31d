import { listed } from "../shared/listed";
import type { Plugin } from "../types";

const enum Limit {
  /** A link is followed at once; later it was copied. Milliseconds. */
  FRESH = 12e4,
}

/** A mark of the text that another browser would not make. No secret is in it, since a page has none. */
function sign(text: string): string {
  let hash = 0;
  text += navigator.userAgent + navigator.language + new Date().getTimezoneOffset() + ENDPOINT;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0;
  return (hash >>> 0).toString(36);
}

/**
 * Keeps the visitor over domains: links to those of data-domains carry the ids. The mark is valid for two minutes and
 * in this browser alone, so that a link that is passed on makes nobody somebody else. Anyone could make the mark; that
 * the link stood on a page of a listed domain is the browser's own word, the referrer.
 */
const crossdomain: Plugin = function (tracker) {
  const parameter = PREFIX + "x";
  const domains = tracker.data_("domains");

  ["mousedown", "keydown", "click"].forEach(function (type) {
    tracker.on_(document, type, function (event) {
      const link = (event.target as Element).closest("a[href]") as HTMLAnchorElement | null;
      const ids = tracker.ids();
      if (!link || !ids || link.hostname == location.hostname || !listed(link.hostname, domains)) return;
      const text = [ids.uid, ids.sid, ids.seq, Date.now()].join(".");
      const others = link.search.replace(RegExp("&?" + parameter + "=[^&]*"), "");
      link.search = (others.length > 1 ? others + "&" : "?") + parameter + "=" + text + "." + sign(text);
    });
  });

  const mark = location.search.match("([?&])" + parameter + "=(([\\w-]{36})\\.([\\w-]{36}\\.\\d+)\\.(\\d+))\\.(\\w+)(&?)");
  if (mark) {
    if (listed(document.referrer.split(/[:/]+/)[1]!, domains) && tracker.ids() && sign(mark[2]!) == mark[6] && Math.abs(Date.now() - +mark[5]!) < Limit.FRESH) {
      tracker.save_(PREFIX + "id", mark[3]!);
      tracker.save_(PREFIX + "s", mark[4] + "." + Date.now());
    }
    // Out of the address, before someone copies it and before the first page view.
    history.replaceState(history.state, "", location.href.replace(mark[0], mark[7] && mark[1]!));
  }
};

export { crossdomain as default };
