import { param } from "../shared/param";
import type { Plugin } from "../types";

/** What a consent dialogue calls, and the opt-out by a link: ?penstock_optout=1 (and =0) on any page. */
const consent: Plugin = function (tracker) {
  tracker.extend_({
    consent: function (state: boolean | string) {
      if (state === true || state == "granted") tracker.optIn();
      else if (state != null) tracker.optOut();
    },
  });
  const link = param(OPT_OUT);
  if (link) tracker.consent!(link == "0");
};

export { consent as default };
