/** At three UTF-8 bytes a UTF-16 unit, the most a batch can weigh is 60 KB. */
export const BATCH = 2e4;

/**
 * One POST of text/plain, by the first way the browser has. text/plain needs no CORS preflight, which a page
 * that is going away would not live to see answered (posthog-js#4139: application/json beacons vanish).
 *
 * done gets the status, or 0 when there was no answer; a beacon never calls it, since its end is unknown.
 */
export function send(
  body: string,
  leaving: unknown,
  done: (status: number, retryAfter?: string | null) => void
): void {
  try {
    // Without keepalive (Firefox before 133) a fetch dies with its page, so a beacon is better then.
    if (!leaving || "keepalive" in Request.prototype) {
      fetch(ENDPOINT, {
        method: "POST",
        body,
        // Browsers refuse more than 64 KB of keepalive requests under way; a single event may be larger.
        keepalive: body.length < BATCH * 1.1,
        // Cookies go along: the collector reads the opt-out cookie and sets the id cookie anew.
        credentials: "include",
      }).then(
        function (response) {
          done(response.status, response.headers.get("Retry-After"));
        },
        function () {
          done(0);
        }
      );
      return;
    }
  } catch (e) {
    // No fetch, or one that somebody replaced: the next way.
  }
  if (!leaving || !navigator.sendBeacon || !navigator.sendBeacon(ENDPOINT, body)) {
    const request = new XMLHttpRequest();
    request.open("POST", ENDPOINT);
    request.withCredentials = true;
    request.onloadend = function () {
      done(request.status, request.getResponseHeader("Retry-After"));
    };
    request.send(body); // a string goes as text/plain
  }
}
