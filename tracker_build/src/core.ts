/** Who and which session, what an event says, opt-out, and the global that pages call. */
import { allowed } from "./consent";
import { flush, push, watch } from "./queue";
import { forget, get, keys, load, put, remove, save } from "./store";
import { attempt, guard, json, on, uuid } from "./util";
import type { Ids, Plugin, Props, Shared, Tracker } from "./types";

const enum Age {
  /** Seconds. */
  TWO_YEARS = 63072e3,
  TEN_YEARS = 31536e4,
  /** A session ends after so many milliseconds without an event. */
  SESSION = 18e5,
}

interface Stub {
  q?: [method: keyof Tracker, args: unknown[]][];
}

let site: string;

/** Who, which session, and the number of the last event, which goes on by step. */
function identity(step: number): Ids {
  const now = Date.now();
  let uid = load(PREFIX + "id");
  // Session id, last seq and last activity share a cookie, so that tabs and subdomains share all three.
  let [sid, seq, at] = ((uid && load(PREFIX + "s")) || "").split(".") as [string, string, string];
  if (!(Math.abs(now - +at) < Age.SESSION)) {
    sid = uuid();
    uid = uid || uuid();
    // Set anew at each session: Safari forgets a cookie that a script set seven days after it was set.
    forget(PREFIX + "id");
    save(PREFIX + "id", uid, Age.TWO_YEARS);
  }
  const ids = { si: site, uid: uid!, sid, seq: (+seq || 0) + step };
  // Reading and writing stand side by side, with no wait between them: if two tabs meet here, one number is
  // given twice, but none is left out.
  save(PREFIX + "s", [sid, ids.seq, now].join("."), Age.TWO_YEARS);
  return ids;
}

function traits(): Props {
  return (
    attempt(function () {
      return JSON.parse(get(PREFIX + "u")!);
    }) || {}
  );
}

function assign(target: Props, source?: object): Props {
  for (const key in source) target[key] = (source as Props)[key];
  return target;
}

function set(props?: Props, more?: Props): void {
  if (allowed()) put(PREFIX + "u", json(assign(assign(traits(), props), more)));
}

function reset(): void {
  ["id", "s", "u"].forEach(function (name) {
    forget(PREFIX + name);
  });
}

export function start(plugins: Plugin[]): void {
  const script = document.currentScript;
  const globals = window as unknown as Record<string, Stub & Partial<Tracker>>;
  const found = (globals[GLOBAL] = globals[GLOBAL] || {});
  if (found.emit_) return; // The script stands in the page twice.
  const tracker = found as Stub & Tracker;
  site = data("site") || location.hostname;
  const zone = attempt(function () {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  });

  function data(name: string): string | null {
    return script && script.getAttribute("data-" + name);
  }

  function emit(name: string, props?: unknown, over?: Shared): void {
    // A page that is prerendered may never be seen. When it is, this is the moment it happened.
    if ((document as Document & { prerendering?: boolean }).prerendering) {
      on(document, "prerenderingchange", function () {
        emit(name, props, over);
      });
    } else if (allowed()) {
      const ids = identity(1);
      const shared = assign(
        {
          si: site,
          uid: ids.uid,
          sid: ids.sid,
          user: traits(),
          page: {
            url: location.href,
            path: location.pathname,
            title: document.title,
            referrer: tracker.referrer_,
          },
          device: {
            lang: navigator.language,
            tz: zone,
            screen: screen.width + "x" + screen.height,
            viewport: innerWidth + "x" + innerHeight,
          },
          src: { lib: "penstock", ver: VERSION },
        },
        tracker.shared_
      );
      push(
        json(assign(shared, over)),
        // What of props cannot be written is left out, and the rest kept.
        json({ eid: uuid(), name: "" + name, created_at: Date.now(), seq: ids.seq, props: JSON.parse(json(props)) })
      );
    }
  }

  const methods: Record<string, (...args: never[]) => unknown> = {
    page: function (props?: Props) {
      emit("page_view", props);
    },
    track: function (name: string, props?: Props) {
      emit(name, props);
    },
    identify: function (userId: string | number, more?: Props) {
      set(more, { user_id: userId });
    },
    set,
    reset,
    optOut: function () {
      reset();
      keys(PREFIX).forEach(remove);
      save(OPT_OUT, "1", Age.TEN_YEARS);
    },
    optIn: function () {
      save(OPT_OUT, "0", Age.TEN_YEARS);
    },
    ids: function (): Ids | undefined {
      return allowed() ? identity(0) : undefined;
    },
    flush,
    use: function (plugin: Plugin) {
      plugin(tracker);
    },
    emit_: emit,
    on_: on,
    data_: data,
  };
  for (const name in methods) (tracker as unknown as Props)[name] = guard(methods[name]!);
  tracker.shared_ = {};
  tracker.referrer_ = document.referrer;
  watch();
  if (data("manual") == null) plugins.forEach(tracker.use);
  (tracker.q || []).forEach(
    guard(function (call) {
      (tracker[call[0]] as (...args: unknown[]) => void).apply(tracker, call[1]);
    })
  );
}
