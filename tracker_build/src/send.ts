import { attempt } from "./util";

/**
 * In UTF-16 units, each of which is three bytes of UTF-8 at most. Browsers refuse keepalive requests beyond 64 KB, all
 * that are under way together, and count one until its answer has been read to the end.
 */
export const enum Size {
  /** A batch takes at least one event, and no second one beyond this. */
  ONE = 0,
  /** Two batches fit: one that goes while the one before it is being answered. */
  BATCH = 1e4,
  /** A single event may be larger than a batch. */
  KEEPALIVE = 2e4,
  /** Characters of an address that are left to the event; CloudFront takes 8,192 in all. */
  ADDRESS = 7e3,
}

/** What a batch may hold: less once it was found that only an address can carry it, of which CloudFront takes 8 KB. */
export let most: number = Size.BATCH;

/**
 * One POST of text/plain, by the first way the browser has. text/plain needs no CORS preflight, which a page
 * that is going away would not live to see answered (posthog-js#4139: application/json beacons vanish).
 *
 * done gets the status, or something that is no number above 0 when there was no answer. A beacon never calls it,
 * since its end is unknown.
 */
export function send(
  body: string,
  leaving: unknown,
  done: (status: unknown, retryAfter?: string | null) => void
): void {
  // Where a way is missing, or somebody replaced it by one that throws, the next one is taken. Without keepalive
  // (Firefox before 133) a fetch dies with its page, so a beacon is better then.
  [
    function () {
      return (!leaving || "keepalive" in Request.prototype) && fetch(ENDPOINT, {
        method: "POST",
        body,
        keepalive: body.length < Size.KEEPALIVE,
        // Cookies go along: the collector reads the opt-out cookie and sets the id cookie anew.
        credentials: "include",
      })
        .then(function (response) {
          // Chromium counts a keepalive request as under way until its answer has been read.
          return response.text().then(function () {
            done(response.status, response.headers.get("Retry-After"));
          });
        })
        .catch(done);
    },
    function () {
      return leaving && navigator.sendBeacon(ENDPOINT, body);
    },
    function () {
      const request = new XMLHttpRequest();
      request.open("POST", ENDPOINT);
      request.withCredentials = true;
      request.onloadend = function () {
        done(request.status);
      };
      request.send(body); // a string goes as text/plain
      return 1;
    },
    function () {
      const image = new Image();
      most = Size.ONE;
      // The collector answers with an image what it has dealt with, and with none what it could not store.
      image.onload = done.bind(0, 200) as () => void;
      image.onerror = done;
      image.src = ENDPOINT + "?" + encodeURIComponent(body);
    },
  ].some(attempt);
}
