/** Who and which session, what an event says, opt-out, and the global that pages call. */
import { allowed } from "./consent";
import { flush, push, watch } from "./queue";
import { assign } from "./shared/assign";
import { fields, forget, get, keys, load, put, remove, save } from "./store";
import { attempt, guard, json, on, uuid } from "./util";
import type { Ids, Methods, Plugin, Props, Shared, Tracker } from "./types";

const enum Limit {
  /** Characters of what is kept to go with every event. */
  KEPT = 5e3,
  /** Seconds. */
  TWO_YEARS = 63072e3,
  TEN_YEARS = 31536e4,
  /** A session ends after so many milliseconds without an event. */
  SESSION = 18e5,
}

interface Stub {
  q?: [method: keyof Tracker, args: unknown[]][];
}

/** Who, which session, and the number of the last event, which goes on by step. */
function identity(step: number): Ids {
  const now = +new Date();
  let uid = load(PREFIX + "id") || fields("k")[0];
  // Session id, last seq and last activity share a cookie, so that tabs and subdomains share all three.
  let [sid, seq, at] = (uid ? fields("s") : []) as [string, string, string];
  if (!(Math.abs(now - +at) < Limit.SESSION)) {
    sid = uuid();
    uid = uid || uuid();
    // Set anew at each session: Safari forgets a cookie that a script set seven days after it was set.
    forget(PREFIX + "id");
    save(PREFIX + "id", uid, Limit.TWO_YEARS);
  }
  const ids = { uid: uid!, sid, seq: (+seq || 0) + step };
  // Reading and writing stand side by side, with no wait between them: if two tabs meet here, one number is
  // given twice, but none is left out.
  save(PREFIX + "s", [sid, ids.seq, now].join("."), Limit.TWO_YEARS);
  return ids;
}

function keep(name: string, value?: Props): Props {
  const text = value && allowed() && json(value);
  // It goes with every event, of which the collector takes so much and no more: one call must not spoil all.
  if (text && text.length < Limit.KEPT) put(PREFIX + name, text);
  return (
    attempt(function () {
      return JSON.parse(get(PREFIX + name)!);
    }) || {}
  );
}

/** Everything but the events that wait; those too after an opt-out. */
function reset(): void {
  forget(PREFIX + "id");
  forget(PREFIX + "k");
  forget(PREFIX + "s");
  keys(PREFIX).forEach(function (key) {
    if (!allowed() || key.indexOf(PREFIX + "q")) remove(key);
  });
}

export function start(plugins: Plugin[]): void {
  const script = document.currentScript;
  const globals = window as unknown as Record<string, Stub & Partial<Tracker>>;
  const found = (globals[GLOBAL] = globals[GLOBAL] || {});
  if (found.ids) return; // The script stands in the page twice.
  const tracker = found as Stub & Tracker;
  const zone = attempt(function () {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  });

  function data(name: string): string | null {
    return script && script.getAttribute("data-" + name);
  }

  function emit(name: string, props?: unknown, over?: Shared, extra?: object): void {
    // A page that is prerendered may never be seen. When it is, this is the moment it happened.
    if ((document as Document & { prerendering?: boolean }).prerendering) {
      on(document, "prerenderingchange", function () {
        emit(name, props, over, extra);
      });
    } else if (allowed()) {
      const ids = identity(1);
      const shared: Props = {
        si: tracker.site_,
        uid: ids.uid,
        sid: ids.sid,
        // The collector adds what it sees itself: the path of the URL, the language and the agent of the request.
        page: {
          url: location.href,
          title: document.title,
          referrer: tracker.referrer_,
        },
        device: {
          tz: zone,
          screen: screen.width + "x" + screen.height,
          viewport: innerWidth + "x" + innerHeight,
        },
        src: { lib: "penstock", ver: VERSION },
      };
      if (EXTRAS) {
        shared.flags = tracker.flags_;
        tracker.context_.forEach(function (adds) {
          assign(shared, attempt(adds));
        });
        assign(shared, over);
      }
      push(
        json(shared),
        json({
          eid: uuid(),
          name: "" + name,
          created_at: +new Date(),
          seq: ids.seq,
          // What of props cannot be written is left out, and the rest kept.
          props: EXTRAS ? assign(JSON.parse(json(props)), extra) : JSON.parse(json(props)),
        })
      );
    }
  }

  function extend<T>(methods: Methods, target?: T): T {
    const on = (target || tracker) as unknown as Props;
    for (const name in methods) on[name] = guard(methods[name]!);
    return on as T;
  }

  extend({
    page: function (props?: Props) {
      (EXTRAS ? tracker.emit_ : emit)("page_view", props);
    },
    track: function (name: string, props?: Props) {
      (EXTRAS ? tracker.emit_ : emit)(name, props);
    },
    reset,
    optOut: function () {
      save(OPT_OUT, "1", Limit.TEN_YEARS);
      tracker.reset();
    },
    optIn: function () {
      save(OPT_OUT, "0", Limit.TEN_YEARS);
    },
    ids: function () {
      return allowed() ? assign({ si: tracker.site_ }, identity(0)) : undefined;
    },
    flush,
    use: function (plugin: Plugin) {
      plugin(tracker);
    },
    on_: on,
    data_: data,
  });
  if (EXTRAS) {
    extend({ emit_: emit, extend_: extend, keep_: keep, load_: load, save_: save, forget_: forget });
    tracker.context_ = [];
    tracker.flags_ = [];
    // Prototype.js gives arrays a toJSON that makes them texts; what is an array by contract has to stay one.
    (tracker.flags_ as { toJSON?: undefined }).toJSON = undefined;
  }
  tracker.site_ = data("site") || location.hostname;
  tracker.referrer_ = document.referrer;
  if (data("manual") == null) plugins.forEach(tracker.use);
  (tracker.q || []).forEach(
    guard(function (call) {
      (tracker[call[0]] as (...args: unknown[]) => void).apply(tracker, call[1]);
    })
  );
  watch();
}
