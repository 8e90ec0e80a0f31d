import { assign } from "../shared/assign";
import { param } from "../shared/param";
import type { Ids, Plugin, Props, Shared } from "../types";

const enum Limit {
  /** A visit ends after so many seconds without an event. */
  VISIT = 1800,
}

interface OTMap {
  values: Record<string, unknown>;
}

/**
 * Opentracker's script: OTLogService.sendEvent, OTMap, _otmap, its options in the script's own address, and its state
 * cookies ots and otui. Segments ("brand!") and counters ("camera[+257]") go as they are; the collector folds them.
 */
const opentracker: Plugin = function (tracker) {
  const script = document.currentScript as HTMLScriptElement | null;
  const url = (script && script.src) || "?";
  const globals = window as unknown as Record<string, unknown>;

  function OTMap(this: OTMap): void {
    this.values = {};
  }
  tracker.extend_(
    {
      put: function (this: OTMap, name: string, value: unknown) {
        this.values[name] = value;
      },
      get: function (this: OTMap, name: string) {
        return this.values[name];
      },
      remove: function (this: OTMap, name: string) {
        delete this.values[name];
      },
      clear: function (this: OTMap) {
        this.values = {};
      },
    },
    OTMap.prototype
  );

  /** Numbers of a state cookie, none where it is corrupt. */
  function read(name: string, fields: number): number[] {
    const numbers = (tracker.load_(name) || "").split(".").map(Number);
    return numbers.length == fields && numbers.every(isFinite) ? numbers : [];
  }

  /**
   * ots: events of the session, start of the visit, previous event, this event. otui: a random number, start of the
   * first visit, of the previous one and of this one, visits, events ever. Times are Unix seconds.
   */
  function count(): void {
    const now = Math.floor(Date.now() / 1e3);
    let ots = read("ots", 4);
    let otui = read("otui", 6);
    const visiting = otui[0] != null && now - ots[3]! < Limit.VISIT;
    ots = visiting ? [ots[0]! + 1, ots[1]!, ots[3]!, now] : [1, now, now, now];
    if (otui[0] == null) otui = [Math.floor(Math.random() * 1e9), now, now, now, 0, 0];
    if (!visiting) otui = [otui[0]!, otui[1]!, otui[3]!, now, otui[4]! + 1, otui[5]!];
    otui[5]!++;
    tracker.save_("ots", ots.join("."));
    tracker.save_("otui", otui.join("."));
  }

  function sendEvent(title?: string | OTMap, map?: OTMap, updateState?: boolean): void {
    const given = title && (title as OTMap).values;
    const props = assign({} as Props, given || (map && map.values));
    const name = (given ? props.ti || (title == defaults && document.title) : title) || "NO TITLE";
    const over: Shared = {};
    const ti = (props.ti = "" + name);
    if (!COOKIELESS && !tracker.ids()) return;
    if (props.email) over.user = assign(tracker.keep_("u"), { email: props.email });
    if (updateState === false) over.flags = tracker.flags_.concat("no_state");
    else count();
    tracker.emit_(ti, props, undefined, over);
  }

  // Tags in the page's address: of utm_… the first value of a session stays, of ot_… the last.
  function tag(): void {
    const sid = COOKIELESS || (tracker.ids() || ({} as Partial<Ids>)).sid;
    if (!sid) return;
    const kept = tracker.keep_("o");
    const tags: Props = kept.sid == sid ? (kept.tags as Props) : {};
    (location.search.match(/[?&](utm|ot)_[^=&]+=[^&]*/g) || []).forEach(function (pair) {
      const name = pair.slice(1).split("=")[0]!;
      if (name[0] == "o" || !(name in tags)) tags[name] = param("[^=]+", pair);
    });
    tracker.keep_("o", { sid, tags });
    assign(defaults.values, tags);
  }

  const reset = tracker.reset;
  tracker.extend_({
    reset: function () {
      reset();
      tracker.forget_("ots");
      tracker.forget_("otui");
    },
  });
  if (COOKIELESS) tracker.reset();
  globals.OTMap = OTMap;
  globals.OTLogService = tracker.extend_({ sendEvent }, {});

  const defaults: OTMap = (globals._otmap = new (OTMap as unknown as new () => OTMap)());
  defaults.values = {
    ti: document.title,
    lc: location.href,
    rf: document.referrer,
    browser: navigator.userAgent,
    language: navigator.language,
    resolution: screen.width + "x" + screen.height,
    colors: screen.colorDepth,
  };
  tag();
  const site = param("site", url);
  if (site) {
    tracker.site_ = site;
    tracker.quiet_ = true;
    if (!/^(false|map)$/.test(param("onload", url))) {
      const load = function (): void {
        if (OPT_IN) tag();
        sendEvent(defaults);
      };
      if (OPT_IN) tracker.agreed_ = load;
      // A script above the title waits for it.
      if (document.title || document.readyState != "loading") load();
      else tracker.on_(document, "DOMContentLoaded", load);
    }
  }
};

export { opentracker as default };
