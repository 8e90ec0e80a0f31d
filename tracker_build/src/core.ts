/** Who and which session, what an event says, opt-out, and the global that pages call. */
import { allowed } from "./consent";
import { flush, push, watch } from "./queue";
import { assign } from "./shared/assign";
import { fields, forget, get, keys, load, open, put, remove, save } from "./store";
import { attempt, guard, json, on, uuid, where } from "./util";
import type { Ids, Methods, Plugin, Props, Shared, Tracker } from "./types";

const enum Limit {
  /** Characters of what is kept to go with every event; the collector takes 16,384 bytes of what events share. */
  KEPT = 3e3,
  /** A session ends after so many milliseconds without an event. */
  SESSION = 18e5,
}

export interface Stub {
  q?: [method: keyof Tracker, args: unknown[]][];
}

/** Who, which session, and the number of the last event, which goes on by step. */
function identity(into: Partial<Ids>, step: number): number {
  const now = Date.now();
  let uid = load(PREFIX + "id") || fields("k")[0]!;
  // Session id, last seq and last activity share a cookie, so that tabs and subdomains share all three.
  const session: [sid: string, seq: number, at: number] = (uid ? fields("s") : []) as never;
  const fresh = !(Math.abs(now - session[2]) < Limit.SESSION);
  if (fresh) {
    session[0] = uuid();
    // Set anew at each session: Safari forgets a cookie that a script set seven days after it was set.
    if (uid) forget(PREFIX + "id");
    else uid = uuid();
    save(PREFIX + "id", uid);
  }
  session[1] = +session[1] + step || step;
  session[2] = now;
  // Reading and writing stand side by side, with no wait between them: if two tabs meet here, one number is
  // given twice, but none is left out. To ask is no activity, and the page would wait for what is written.
  if (!EXTRAS || step || fresh) save(PREFIX + "s", session.join("."));
  into.uid = uid;
  into.sid = session[0];
  return session[1];
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

/** Makes of the stub a tracker with these plugins; data gives what the page has set. */
export function start(tracker: Stub & Tracker, plugins: Plugin[], data: Tracker["data_"]): void {
  open();
  const zone = attempt(function () {
    // Intl reads its tables first, which takes longer than all the rest.
    return Temporal.Now.timeZoneId();
  }) || attempt(function () {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  });

  // All event ids of a page load share these 24 digits, and the first eight number them: a record remembers them as
  // one (lambdas/state/seen.py). Not by seq, which two tabs may give twice.
  const pageLoad = uuid().slice(8);
  let number = 1e7;

  function emit(name: string, props?: unknown, extra?: object, over?: Shared): void {
    // A page that is prerendered may never be seen. When it is, this is the moment it happened.
    if ((document as Document & { prerendering?: boolean }).prerendering) {
      on(document, "prerenderingchange", function () {
        if (EXTRAS) emit(name, props, extra, over);
        else emit(name, props);
      });
    } else if (name && name === "" + name && allowed()) {
      const shared: Props = {
        si: tracker.site_,
        // The collector adds what it sees itself: the path of the URL, the language and the agent of the request.
        page: where(tracker.referrer_),
        device: {
          tz: zone,
          screen: screen.width + "x" + screen.height,
          viewport: innerWidth + "x" + innerHeight,
        },
        src: { lib: "penstock", ver: VERSION },
      };
      const seq = COOKIELESS ? undefined : identity(shared, 1);
      if (COOKIELESS) shared.flags = ["cookieless"];
      if (EXTRAS) {
        shared.flags = tracker.flags_;
        tracker.context_.forEach(function (adds) {
          assign(shared, attempt(adds));
        });
        assign(shared, over);
      }
      push(
        shared,
        json({
          eid: number++ + pageLoad,
          name,
          created_at: Date.now(),
          seq,
          // What of props cannot be written is left out, and the rest kept.
          props: EXTRAS ? assign(JSON.parse(json(props)), extra) : JSON.parse(json(props)),
        })
      );
    }
  }

  function extend<T>(methods: Methods, target?: T): T {
    for (const name in methods) (EXTRAS && target ? (target as Props) : (tracker as unknown as Props))[name] = guard(methods[name]!);
    return target as T;
  }

  extend({
    page: function (props?: Props) {
      (EXTRAS ? tracker.emit_ : emit)("page_view", props);
    },
    track: EXTRAS
      ? function (name: string, props?: Props) {
          tracker.emit_(name, props);
        }
      : emit,
    reset,
    optOut: function () {
      save(OPT_OUT, 1);
      tracker.reset();
    },
    optIn: function () {
      // Consent has to be kept; that nothing was refused has not.
      if (COOKIELESS && !OPT_IN) forget(OPT_OUT);
      else if (OPT_IN && !allowed()) {
        save(OPT_OUT, "0");
        // The page on which consent is given is seen all the same.
        if (tracker.agreed_) tracker.agreed_();
      } else save(OPT_OUT, "0");
    },
    ids: function () {
      if (COOKIELESS || !allowed()) return undefined;
      const ids = { si: tracker.site_ } as Ids & { si: string };
      ids.seq = identity(ids, 0);
      return ids;
    },
    flush,
    use: function (plugin: Plugin) {
      plugin(tracker);
    },
    on_: on,
    data_: data,
  });
  if (EXTRAS) {
    extend({ where_: where, emit_: emit, extend_: extend, keep_: keep, load_: load, save_: save, forget_: forget });
    tracker.context_ = [];
    tracker.flags_ = COOKIELESS ? ["cookieless"] : [];
    // Prototype.js gives arrays a toJSON that makes them texts; what is an array by contract has to stay one.
    (tracker.flags_ as { toJSON?: undefined }).toJSON = undefined;
  }
  if (COOKIELESS) reset(); // what was stored before the setting changed
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
