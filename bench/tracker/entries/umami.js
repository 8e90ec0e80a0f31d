// A client for servers by origin: what its script reads of the page is handed over here.
import umami from "@umami/node";
umami.init({ websiteId: "a4c3ef2e-5d84-4f4b-9a5b-6c1d2e3f4a5b", hostUrl: SINK, userAgent: navigator.userAgent });
const page = () => ({
  hostname: location.hostname,
  language: navigator.language,
  referrer: document.referrer,
  screen: `${screen.width}x${screen.height}`,
  title: document.title,
  url: location.pathname,
});
umami.track(page());
window.bench = (name, data) => umami.track({ ...page(), name, data });
