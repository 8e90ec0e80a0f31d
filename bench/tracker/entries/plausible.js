import { init, track } from "@plausible-analytics/tracker";
init({ domain: "bench.test", endpoint: SINK + "/api/event", captureOnLocalhost: true });
window.bench = (name, props) => track(name, { props });
