import { fieldNames } from "../shared/fields";
import type { Plugin, Props } from "../types";

type Call = [method: string, ...args: unknown[]];

/**
 * The pipes array: calls that its tag has queued, and its methods. A link or form is told of without being held up,
 * a form without what was typed, and disable() acts at once and can be taken back by enable().
 */
const pipes: Plugin = function (tracker) {
  const globals = window as unknown as Record<string, (Call[] & Record<string, (...args: unknown[]) => void>) | undefined>;
  const stub = globals.pipes;
  const queue = (globals.pipes = stub || ([] as unknown as NonNullable<typeof stub>));
  const waiting = queue.splice(0);
  // Its pages send their own page views.
  if (stub) tracker.quiet_ = true;

  tracker.extend_(
    {
      page: function (name?: string, props?: Props) {
        tracker.emit_("page_view", props, { name });
      },
      screen: function (name?: string, props?: Props) {
        tracker.emit_("screen_view", props, { name });
      },
      track: function (name: string, props?: Props) {
        tracker.emit_(name, props);
      },
      identity: function (userId: string, traits?: Props) {
        tracker.identify!(userId, traits);
        tracker.emit_("identity", traits, { user_id: userId });
      },
      trackLink: function (link: HTMLAnchorElement, name: string, props?: Props) {
        tracker.on_(link, "click", function () {
          tracker.emit_(name, props, { id: link.id, href: link.href, text: link.text });
        });
      },
      trackForm: function (form: HTMLFormElement, name: string, props?: Props) {
        tracker.on_(form, "submit", function () {
          tracker.emit_(name, props, { id: form.getAttribute("id"), fields: fieldNames(form) });
        });
      },
      disable: function () {
        tracker.optOut();
      },
      enable: function () {
        tracker.optIn();
      },
      push: function (call: Call) {
        queue[call[0]]!.apply(queue, call.slice(1));
      },
    },
    queue
  );
  // Taken over once, and never against what the visitor has chosen since.
  if (tracker.load_("pipes_disabled") && tracker.load_(OPT_OUT) != "0") {
    tracker.optOut();
    tracker.forget_("pipes_disabled");
  }
  waiting.forEach(queue.push as unknown as (call: Call) => void);
};

export { pipes as default };
