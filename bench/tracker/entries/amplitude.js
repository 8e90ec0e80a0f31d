import * as amplitude from "@amplitude/analytics-browser";
// Its settings come from its own servers otherwise.
amplitude.init("bench", { serverUrl: SINK + "/2/httpapi", fetchRemoteConfig: false });
window.bench = (name, props) => amplitude.track(name, props);
