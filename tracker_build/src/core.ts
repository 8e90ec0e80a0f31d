/** Who and which session, what an event says, opt-out, and the global that pages call. */
import { flush, push, watch } from "./queue";
import { forget, get, keys, load, put, remove, save } from "./store";
import { attempt, guard, json, on, uuid } from "./util";
import type { Ids, Plugin, Props, Shared, Tracker } from "./types";

const TWO_YEARS = 63072e3;
const TEN_YEARS = 31536e4;
/** A session ends after so long without an event (milliseconds). */
const SESSION = 18e5;

interface Stub {
  q?: [method: keyof Tracker, args: unknown[]][];
}

/** Read anew for each event: an opt-out in another tab or on another subdomain counts at once. */
function allowed(): boolean {
  const choice = load(OPT_OUT);
  const agent = navigator as Navigator & { globalPrivacyControl?: boolean; doNotTrack?: string };
  return !(
    (OPT_IN ? choice != "0" : choice == "1") ||
    (GPC && (agent.globalPrivacyControl || agent.doNotTrack == "1"))
  );
}

/** [visitor, session, seq]; seq goes on by step. */
function identity(step: number): [string, string, number] {
  let uid = load(PREFIX + "id");
  // Session id, last seq and last activity share a cookie, so that tabs and subdomains share all three.
  const [last, seq, at] = ((uid && load(PREFIX + "s")) || "").split(".") as [string, string, string];
  const now = Date.now();
  let sid = last;
  if (!uid || !(Math.abs(now - +at) < SESSION)) {
    sid = uuid();
    // Set anew at each session: Safari forgets a cookie that a script set seven days after it was set.
    save(PREFIX + "id", (uid = uid || uuid()), TWO_YEARS);
  }
  const next = (+seq || 0) + step;
  // Reading and writing stand side by side, with no wait between them: if two tabs meet here, one number is
  // given twice, but none is left out.
  save(PREFIX + "s", [sid, next, now].join("."), TWO_YEARS);
  return [uid, sid, next];
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

function set(props: Props): void {
  if (allowed()) put(PREFIX + "u", json(assign(traits(), props)));
}

function reset(): void {
  forget(PREFIX + "id");
  forget(PREFIX + "s");
  remove(PREFIX + "u");
}

export function start(plugins: Plugin[]): void {
  const script = document.currentScript;
  const globals = window as unknown as Record<string, Stub & Partial<Tracker>>;
  const found = (globals[GLOBAL] = globals[GLOBAL] || {});
  if (found.emit_) return; // The script stands in the page twice.
  const tracker = found as Stub & Tracker;
  const site = data("site") || location.hostname;
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
      const [uid, sid, seq] = identity(1);
      const shared = assign(
        {
          si: site,
          uid,
          sid,
          user: traits(),
          page: {
            url: location.href,
            path: location.pathname,
            title: document.title,
            referrer: tracker.referrer_ == null ? document.referrer : tracker.referrer_,
          },
          campaign: {},
          device: {
            lang: navigator.language,
            tz: zone,
            screen: screen.width + "x" + screen.height,
            viewport: innerWidth + "x" + innerHeight,
          },
          src: { lib: "penstock", ver: VERSION },
          flags: [],
        },
        tracker.shared_
      );
      push(
        json(assign(shared, over)),
        '{"eid":"' + uuid() + '","name":' + JSON.stringify("" + name) + ',"created_at":' + Date.now() +
          ',"seq":' + seq + ',"props":' + json(props) + "}"
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
      set(assign(assign({}, more), { user_id: userId }));
    },
    set,
    reset,
    optOut: function () {
      reset();
      keys(PREFIX).forEach(remove);
      save(OPT_OUT, "1", TEN_YEARS);
    },
    optIn: function () {
      save(OPT_OUT, "0", TEN_YEARS);
    },
    ids: function (): Ids | undefined {
      if (!allowed()) return;
      const [uid, sid] = identity(0);
      return { si: site, uid, sid };
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
  watch(allowed);
  if (data("manual") == null) plugins.forEach(tracker.use);
  (tracker.q || []).forEach(function (call) {
    (tracker[call[0]] as (...args: unknown[]) => void).apply(tracker, call[1]);
  });
}
