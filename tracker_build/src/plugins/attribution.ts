import { RULES } from "../shared/channels";
import { listed } from "../shared/listed";
import { param } from "../shared/param";
import type { Plugin, Props } from "../types";

const enum Limit {
  /** Characters: it goes with every event. */
  VALUE = 150,
}

function siteOf(host: string): string {
  // "shop.example.com" and "example.com" are one site, "a.co.uk" and "b.co.uk" two.
  return host.split(".").slice(/\.\w{2,3}\.\w\w$/.test("." + host) ? -3 : -2).join();
}

function has(pattern: RegExp | undefined, text: unknown): boolean {
  return !pattern || pattern.test((text || "") as string);
}

function touch(domains?: string | null): Props | undefined {
  const click = location.search.match(/[?&]([gdf]clid|[gw]braid|fbclid|msclkid|ttclid|twclid|li_fat_id|yclid)=([^&]+)/);
  const host = document.referrer.split(/[:/]+/)[1] || "";
  const campaign: Props = click ? { click_id: click[2]!.slice(0, Limit.VALUE) } : {};
  ["source", "medium", "campaign", "term", "content"].forEach(function (name) {
    const value = param("utm_" + name).slice(0, Limit.VALUE);
    if (value) campaign[name == "campaign" ? "name" : name] = value;
  });
  if (host && !campaign.source && siteOf(host) != siteOf(location.hostname) && !listed(host, domains)) campaign.source = host;
  const found = JSON.stringify(campaign) != "{}";
  RULES.some(function (rule) {
    const fits = has(rule.medium_, campaign.medium) && has(rule.source_, campaign.source) && has(rule.click_, click && click[1]);
    if (fits) campaign.channel = rule.channel_;
    return fits;
  });
  return found ? campaign : undefined;
}

/**
 * What brought the visitor: the touch of this session goes with each of its events as campaign, the first touch ever
 * with the user as first_touch. A new touch is an address with a campaign or a click id, or a referrer of another
 * site, which those of data-domains are not; a session without one came directly.
 */
const attribution: Plugin = function (tracker) {
  let fresh = touch(tracker.data_("domains"));
  if (COOKIELESS) {
    // No page knows what brought the visitor to the one before; of a page within the site nothing is said.
    if (!fresh && !document.referrer) fresh = { channel: "direct" };
    tracker.context_.push(function () {
      return fresh && { campaign: fresh };
    });
    return;
  }
  tracker.context_.push(function () {
    const { sid, seq } = tracker.ids()!;
    let kept = tracker.keep_("c");
    if (fresh || kept.sid != sid) {
      kept = tracker.keep_("c", { sid, touch: fresh || { channel: "direct" } });
      // Not on each subdomain anew: what is kept is one origin's, and the number of the event is the visitor's.
      if (seq < 2) tracker.set!({ first_touch: kept.touch });
      fresh = undefined;
    }
    return { campaign: kept.touch as Props };
  });
};

export { attribution as default };
