import posthog from "posthog-js";
posthog.init("phc_bench", { api_host: SINK });
window.bench = (name, props) => posthog.capture(name, props);
