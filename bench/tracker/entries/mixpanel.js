import mixpanel from "mixpanel-browser";
mixpanel.init("bench", { api_host: SINK, track_pageview: true });
window.bench = (name, props) => mixpanel.track(name, props);
