import { assign } from "../shared/assign";
import type { Plugin, Props } from "../types";

interface Entry {
  identity?: { account?: Props; user?: Props };
  account?: Props;
  subaccount?: Props;
  context?: Props;
  accountProperties?: Props;
}

/** All that is said of someone beside the id, the last word last. */
function merge(one?: Props, two?: Props, three?: Props): Props {
  const props = assign(assign(assign({} as Props, one), two), three);
  delete props.id;
  return props;
}

const enum Limit {
  /** Characters: it goes with every event. */
  KEPT = 3e3,
}

/**
 * InnerTrends' snippet, whatever global it was given: its stub pushes to _itlt and _itlq, which hear every push from
 * now on. Who is logged in stands in dataLayer, before and after, and is kept nowhere: a page that does not say it, after
 * a log-out or once staff has impersonated someone, is nobody's. Page views, clicks and channels are modules.
 */
const innertrends: Plugin = function (tracker) {
  const globals = window as unknown as Record<string, unknown>;
  // dataLayer belongs to many: what others put there is read on nobody's page but InnerTrends'.
  if (!globals._itlt) return;

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

  let who: Props = {};
  tracker.context_.push(function () {
    return { user: assign(tracker.keep_("u"), who) };
  });

  hear("dataLayer", function (entry: Entry) {
    ["staging", "impersonating"].forEach(function (flag) {
      const value = entry.context && entry.context[flag];
      if ("" + value == "true" && tracker.flags_.indexOf(flag) < 0) tracker.flags_.push(flag);
    });
    const identity = entry.identity || {};
    const account = identity.account || entry.account;
    const user = identity.user || entry.subaccount || account;
    const now = merge(who, user == account ? {} : user);
    if (user) now.user_id = user.id;
    if (account) now.account_id = account.id;
    if (account || entry.accountProperties) now.account = merge(who.account as Props, account, entry.accountProperties);
    if (JSON.stringify(now).length < Limit.KEPT) who = now;
  });
  if (globals._itld && !tracker.data_("site")) tracker.site_ = "" + globals._itld;
  hear("_itlt", function (entry: [name: string, value?: unknown, props?: Props]) {
    tracker.emit_(entry[0], entry[2], { value: entry[1] });
  });
  hear("_itlq", function (entry: [data: unknown]) {
    tracker.emit_("stream", entry[0]);
  });
};

export { innertrends as default };
