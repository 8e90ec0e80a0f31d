import type { Plugin, Props } from "../types";

/** window.otus: events whose names keep its rule (others are dropped without a word), otus_ignore at any moment. */
const otus: Plugin = function (tracker) {
  const emit = tracker.emit_;
  tracker.extend_({
    emit_: function (name: string, props?: unknown, extra?: Props, over?: object) {
      if (tracker.load_("otus_ignore") != "true") emit(name, props, extra, over);
    },
  });
  (window as unknown as Record<string, unknown>).otus = tracker.extend_(
    {
      track: function (name: string, params?: Props, linkingId?: string) {
        if (typeof name == "string" && /^[a-z0-9_]{1,64}$/.test(name)) tracker.emit_(name, params, { linking_id: linkingId });
      },
      setUserProperties: function (props: Props) {
        tracker.set!(props);
      },
      clearVisitorId: function () {
        tracker.reset();
      },
    },
    {}
  );
};

export { otus as default };
