import { AnalyticsBrowser } from "@segment/analytics-next";
// Its settings come from its CDN otherwise.
const analytics = AnalyticsBrowser.load({
  writeKey: "bench",
  cdnSettings: { integrations: { "Segment.io": { apiKey: "bench", apiHost: SINK.slice(7) + "/v1", protocol: "http" } } },
});
analytics.page();
window.bench = (name, props) => analytics.track(name, props);
