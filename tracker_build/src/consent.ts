import { load } from "./store";

/**
 * Whether anything may be stored and sent. Read anew for each event and request: an opt-out in another tab or on
 * another subdomain counts at once.
 */
export function allowed(): boolean {
  const choice = load(OPT_OUT);
  const agent = navigator as Navigator & { globalPrivacyControl?: boolean; doNotTrack?: string };
  return !(
    (OPT_IN ? choice != "0" : choice == (1 as unknown)) ||
    (GPC && (agent.globalPrivacyControl || agent.doNotTrack == (1 as unknown)))
  );
}
