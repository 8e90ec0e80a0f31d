import { assign } from "../shared/assign";
import type { Plugin, Props, TrackOptions } from "../types";

/**
 * Who the visitor is, and properties that go with every event from now on, over pages, until reset(); and events
 * that are tied to each other.
 */
const users: Plugin = function (tracker) {
  function set(props?: Props, id?: Props): void {
    tracker.keep_("u", assign(assign(tracker.keep_("u"), props), id));
  }

  tracker.extend_({
    track: function (name: string, props?: Props, options?: TrackOptions) {
      tracker.emit_(name, props, undefined, options && { linking_id: options.link });
    },
    set,
    identify: function (userId: string | number, traits?: Props) {
      set(traits, { user_id: userId });
    },
    account: function (accountId: string | number, props?: Props) {
      set({ account_id: accountId }, props && { account: props });
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

export default users;
