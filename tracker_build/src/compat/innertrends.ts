import { assign } from "../shared/assign";
import type { Plugin, Props } from "../types";

interface Entry {
  identity?: { account?: Props; user?: Props };
  account?: Props;
  subaccount?: Props;
  context?: Props;
  accountProperties?: Props;
}

/** What the entry says of someone beside the id. */
function rest(of: Props): Props {
  const props = assign({} as Props, of);
  delete props.id;
  return props;
}

/**
 * InnerTrends' snippet, whatever global it was given: its stub pushes to _itlt and _itlq, which hear every push from
 * now on. Who is logged in stands in dataLayer, before and after. Page views, clicks and channels are modules.
 */
const innertrends: Plugin = function (tracker) {
  const globals = window as unknown as Record<string, unknown>;

  /** Has handle take what the list holds and what is pushed to it from now on. */
  function hear(name: string, handle: (entry: never) => void): void {
    const list = (globals[name] = globals[name] || []) as unknown[];
    const push = list.push;
    const safe = tracker.extend_({ handle: handle as (...args: never[]) => void }, {} as { handle(entry: unknown): void });
    list.push = function () {
      [].forEach.call(arguments, safe.handle);
      return push.apply(list, arguments as unknown as unknown[]);
    };
    list.forEach(safe.handle);
  }

  hear("dataLayer", function (entry: Entry) {
    const identity = entry.identity || {};
    const account = identity.account || entry.account;
    const user = identity.user || entry.subaccount || account;
    if (account) tracker.account!(account.id as string, rest(account));
    if (user) tracker.identify!(user.id as string, user == account ? {} : rest(user));
    if (entry.accountProperties) tracker.set!({ account: entry.accountProperties });
    ["staging", "impersonating"].forEach(function (flag) {
      const value = entry.context && entry.context[flag];
      if ("" + value == "true" && tracker.flags_.indexOf(flag) < 0) tracker.flags_.push(flag);
    });
  });
  if (globals._itld && !tracker.data_("site")) tracker.site_ = "" + globals._itld;
  hear("_itlt", function (entry: [name: string, value?: unknown, props?: Props]) {
    tracker.emit_(entry[0], entry[2], undefined, { value: entry[1] });
  });
  hear("_itlq", function (entry: [data: unknown]) {
    tracker.emit_("stream", entry[0]);
  });
};

export { innertrends as default };
