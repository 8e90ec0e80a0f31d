// Writes down what a page's visitor could see go wrong, before anything of the page can be in the way.
(() => {
  const KEY = "complaints";
  const {parse, stringify} = JSON;
  const store = (() => {
    try {
      const {getItem, setItem} = Storage.prototype;
      return {get: getItem.bind(sessionStorage, KEY), set: setItem.bind(sessionStorage, KEY)};
    } catch (error) {
      return undefined; // a frame that may store nothing
    }
  })();
  const inner = top != window;
  const tell = top.postMessage.bind(top);
  const said = (text) => {
    if (inner) return tell({complaint: text}, "*");
    if (store) store.set(stringify([...parse(store.get() || "[]"), text]));
    else window.complaints = [...(window.complaints || []), text];
  };
  window.said = () => (store ? parse(store.get() || "[]") : window.complaints || []);
  const listen = window.addEventListener.bind(window);
  const text = String;
  listen("message", (event) => event.data && event.data.complaint && said(event.data.complaint));
  listen(
    "error",
    (event) => said(event.message || "not loaded: " + (event.target.src || event.target.href || event.target)),
    true
  );
  listen("unhandledrejection", (event) => said("rejected: " + text(event.reason)));
  listen("securitypolicyviolation", (event) => {
    // What the driver evaluates, and what the browser itself asks for.
    if (/^(eval|trusted-types-sink)$/.test(event.blockedURI) && window.driven) window.driven--;
    else if (!event.blockedURI.endsWith("/favicon.ico")) said("policy: " + event.violatedDirective + " " + event.blockedURI);
  });
  for (const level of ["log", "warn", "error"]) {
    const real = console[level].bind(console);
    console[level] = (...parts) => {
      said(parts.map(text).join(" "));
      real(...parts);
    };
  }
})();
