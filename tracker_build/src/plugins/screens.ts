import type { Plugin, Props } from "../types";

/** Views of what has no address of its own: a step of a wizard, a dialogue, a tab. */
const screens: Plugin = function (tracker) {
  tracker.extend_({
    screen: function (name: string, props?: Props) {
      if (name) tracker.emit_("screen_view", props, { name });
    },
  });
};

export { screens as default };
