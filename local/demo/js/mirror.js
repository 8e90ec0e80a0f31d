/**
 * Copies to the panel what the tracker sends. It stands before the tracker in the page and only looks on: each call goes
 * to the browser unchanged and its answer comes back unchanged. A classic script, so that nothing is sent before it.
 */
(function () {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const listeners = [];
  const kept = [];

  /** The panel comes later: what was sent by then is kept for it. */
  function tell(request) {
    if (!listeners.length) kept.push(request);
    for (const listener of listeners) listener(request);
  }

  function note(how, body) {
    const request = { how, body, at: Date.now(), status: null, answered: null };
    tell(request);
    return function answered(status) {
      request.status = status;
      request.answered = Date.now();
      tell(request);
    };
  }

  function ours(url) {
    try {
      return new URL(url, location.href).href === settings.collect_url;
    } catch {
      return false; // no address: the browser says so to the caller
    }
  }

  const browserFetch = window.fetch;
  window.fetch = function (input, init) {
    const answer = browserFetch.apply(this, arguments);
    if (ours(input?.url ?? input) && typeof init?.body === "string") {
      const answered = note(init.keepalive ? "fetch, keepalive" : "fetch", init.body);
      answer.then((response) => answered(response.status), () => answered(0));
    }
    return answer;
  };

  const browserBeacon = navigator.sendBeacon;
  if (browserBeacon) {
    navigator.sendBeacon = function (url, body) {
      const taken = browserBeacon.apply(this, arguments);
      if (taken && ours(url) && typeof body === "string") note("beacon", body);
      return taken;
    };
  }

  const browserOpen = XMLHttpRequest.prototype.open;
  const browserSend = XMLHttpRequest.prototype.send;
  const urls = new WeakMap();
  XMLHttpRequest.prototype.open = function (method, url) {
    urls.set(this, url);
    return browserOpen.apply(this, arguments);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (typeof body === "string" && ours(urls.get(this))) {
      const answered = note("XMLHttpRequest", body);
      this.addEventListener("loadend", () => answered(this.status));
    }
    return browserSend.apply(this, arguments);
  };

  window.demoMirror = {
    settings,
    listen(listener) {
      listeners.push(listener);
      kept.splice(0).forEach(listener);
    },
  };
})();
