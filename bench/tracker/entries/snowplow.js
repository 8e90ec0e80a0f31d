import { newTracker, trackPageView, trackSelfDescribingEvent } from "@snowplow/browser-tracker";
newTracker("sp", SINK, { appId: "bench" });
trackPageView();
window.bench = (name, props) =>
  trackSelfDescribingEvent({ event: { schema: `iglu:test.bench/${name}/jsonschema/1-0-0`, data: props } });
