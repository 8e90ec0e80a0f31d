import { v1 } from "serverless-website-analytics-client";
v1.analyticsPageInit({ inBrowser: true, site: "bench.test", apiUrl: SINK });
v1.analyticsPageChange(location.pathname);
window.bench = (name, props) => v1.analyticsTrack(name, props.number, props.plan);
