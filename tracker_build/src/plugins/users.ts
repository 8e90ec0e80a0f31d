import { assign } from "../shared/assign";
import type { Plugin, Props, TrackOptions } from "../types";

function isId(id: unknown): unknown {
  return id === 0 || (id && /^(str|num)/.test(typeof id));
}

/**
 * Who the visitor is, and properties that go with every event from now on, over pages, until reset(); and events
 * that are tied to each other.
 */
const users: Plugin = function (tracker) {
  function set(props?: Props, id?: Props): void {
    const given = props && typeof props == "object" && !Array.isArray(props) ? props : {};
    tracker.keep_("u", assign(assign(tracker.keep_("u"), given), id));
  }

  tracker.extend_({
    track: function (name: string, props?: Props, options?: TrackOptions) {
      tracker.emit_(name, props, options && { linking_id: options.link });
    },
    set: function (props: Props) {
      set(props);
    },
    identify: function (userId: string | number, traits?: Props) {
      if (isId(userId)) set(traits, { user_id: userId });
    },
    account: function (accountId: string | number, props?: Props) {
      if (isId(accountId)) {
        if (tracker.keep_("u").account_id != accountId) tracker.unset!("account");
        set({ account_id: accountId }, props && { account: props });
      }
    },
    unset: function () {
      const user = tracker.keep_("u");
      [].forEach.call(arguments, function (name: string) {
        delete user[name];
      });
      tracker.keep_("u", user);
    },
  });
  tracker.context_.push(function () {
    return { user: tracker.keep_("u") };
  });
};

export { users as default };
