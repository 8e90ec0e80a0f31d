import Plausible from "plausible-tracker";
const plausible = Plausible({ domain: "bench.test", apiHost: SINK, trackLocalhost: true });
plausible.enableAutoPageviews();
window.bench = (name, props) => plausible.trackEvent(name, { props });
