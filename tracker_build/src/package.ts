/** The tracker as an npm package: nothing happens before init(), and what is not imported costs nothing. */
import { start } from "./core";
import { penstock_settings } from "./settings";
import { guard } from "./util";
import type { Plugin, Tracker } from "./types";

export interface Settings {
  /** Collect URL of the deployment, such as https://t.example.com/e */
  endpoint: string;
  /** Modules of this package, in the order of its documentation: those that send by themselves stand last. */
  modules?: Plugin[];
  /** Site id; default: the host name of the page. */
  site?: string;
  /** The part after # is part of the address. */
  hash?: boolean;
  /** Domains that links carry the visitor to. */
  domains?: string[];
  /** "opt-in": nothing is stored or sent before optIn(). */
  optOut?: "opt-out" | "opt-in";
  gpc?: "honour" | "ignore";
  /** "none": nothing is stored in the browser. */
  storage?: "browser" | "none";
  /** As the deployment's setting opt_out_cookie. */
  optOutCookie?: string;
  /** As the deployment's setting tracker.prefix. */
  prefix?: string;
}

let tracker: Tracker | undefined;

function nothing(): undefined {
  return undefined;
}

/** The page's one tracker; a second call gives the first one's. Without a page (on a server) its calls do nothing. */
export function init(settings: Settings): Tracker {
  if (tracker) return tracker;
  const made = {} as Tracker;
  if (typeof window == "undefined" || typeof document == "undefined" || !settings || !settings.endpoint) {
    const calls = "page track reset optOut optIn ids flush use identify account set unset consent screen";
    calls.split(" ").forEach(function (name) {
      (made as unknown as Record<string, unknown>)[name] = nothing;
    });
    return made;
  }
  const own = penstock_settings;
  own.ENDPOINT = settings.endpoint;
  own.PREFIX = settings.prefix || own.PREFIX;
  own.OPT_OUT = settings.optOutCookie || own.OPT_OUT;
  own.OPT_IN = settings.optOut == "opt-in";
  own.GPC = settings.gpc != "ignore";
  own.COOKIELESS = settings.storage == "none";
  const data: Record<string, string | null | undefined> = {
    site: settings.site,
    hash: settings.hash ? "" : null,
    domains: settings.domains && settings.domains.join(" "),
  };
  tracker = made;
  guard(start)(made, settings.modules || [], function (name) {
    return data[name];
  });
  return made;
}
