/**
 * The durable queue. An event is on disk before it is sent and leaves only when the collector has answered.
 *
 * One localStorage key per event holds three lines: the time before which nobody but its owner may send it,
 * the keys it shares with others of its batch, and the event. Disk is the truth: every flush reads it anew, so
 * an opt-out or a delivery in another tab counts here at once.
 *
 * That first line makes one simple rule out of leases, back-off and adoption. A new event is its tab's alone for
 * LEASE; an event under way is leased to the request; a refused one rests until its back-off has passed. When
 * its time has passed it belongs to whoever comes first: the events of a closed, killed or crashed tab are found
 * and sent by any later page without a word between the two.
 *
 * A request that outlives its page has nobody to read its answer. Its browser takes the answer's cookie all the same,
 * where the collector has a name on the site's own domain: it says which batch was taken, and the next page erases
 * those events. Without that cookie they are sent once more by a later page, in a batch with that page's own, and the
 * collector knows them by eid. A request whose page lives is never doubled, since only its answer, or LEASE without
 * one, frees its events.
 */
import { allowed } from "./consent";
import { most, send, Size } from "./send";
import { fields, forget, get, keys, put, remove } from "./store";
import type { Props, Shared } from "./types";
import { guard, json, where } from "./util";

/** Times are in milliseconds. */
const enum Limit {
  /** A request without an answer for so long is taken for lost. */
  LEASE = 1e4,
  /**
   * A page's events wait so long for company. One act of a visitor makes its events within this time, the next
   * act is seconds away: waiting longer would save few requests, and is what a browser that is killed loses, since
   * Chromium writes localStorage to its disk seconds later.
   */
  GATHER = 250,
  /** So many do not wait. */
  CROWD = 50,
  MOMENT = 100,
  /** Longest rest between two attempts. */
  REST = 3e5,
  /** A time further off than this comes from a clock that was wrong. */
  AHEAD = 4e5,
  /** Most events kept; the oldest go first, and the gap in seq tells. */
  KEPT = 1e3,
}

/** By key, what this page's events share that are not under way. */
const mine: Record<string, Shared | undefined> = {};
let count = 0;
/** Grows with every flush: a batch is known by its sent_at. */
let sent = 0;
let pause = 0;
let rest = 0;
let timer: number;

/** The last word counts, since every flush finds out anew what waits for how long. */
function arm(milliseconds: number): void {
  clearTimeout(timer);
  timer = setTimeout(flush, milliseconds);
}

/** Keeps the event, given as its shared keys and as its own JSON text (its eid first). */
export function push(shared: Shared, event: string): void {
  // No batch is sent at half a millisecond: nobody's answer can take this event for one of its own.
  const now = Date.now() + 0.5;
  // Named so that their order is the order in which they happened: by time, then by eid, which counts in a page.
  const key = PREFIX + "q" + now + event.slice(8, 44);
  mine[key] = shared;
  put(key, [now + Limit.LEASE, json(shared), event].join("\n"));
  arm(++count % Limit.CROWD ? Limit.GATHER : 0);
}

/**
 * Sends what is free to go. Given anything (an event), the page may be gone in a moment or a way has opened: then
 * what rests after a failure is tried as well.
 */
export const flush = guard(function (leaving?: unknown): void {
  const now = (sent = Math.max(sent + 1, Date.now()));
  const batch: string[] = [];
  const lines: string[] = [];
  const events: string[] = [];
  let page: Props;
  let size = 0;
  let next = Limit.REST;
  let shared: string | undefined;
  // What an answer of the collector has left in a cookie: the id, and the sent_at of the batch it took.
  const k = fields("k");
  // After an opt-out: from an answer that was on its way.
  if (!allowed()) return (k[1] && forget(PREFIX + "k")) as undefined;
  const all = keys(PREFIX + "q");
  all.splice(0, all.length - Limit.KEPT).forEach(remove);
  all.forEach(function (key) {
    const own = mine[key];
    // Arithmetic makes a number of the first one.
    let [until, common, event] = (get(key) || "").split("\n") as unknown as [number, string, string];
    // A navigation makes the browser report requests as failed that go on all the same, a moment before pagehide.
    const wait = (own ? (leaving ? rest - pause + Limit.MOMENT : rest) : until) - now;
    if (!event || until - Limit.LEASE == (k[1] as unknown)) return remove(key);
    // A single-page app writes the title of its next page after it has gone there.
    if (own && own.page && own.page.url == (page = where(own.page.referrer as string)).url) {
      own.page = page;
      common = json(own);
    }
    // What differs from the batch's shared keys goes with the event.
    const text = shared && common != shared ? event.slice(0, -1) + "," + common.slice(1) : event;
    if (wait > 0 && wait < Limit.AHEAD) {
      next = Math.min(next, wait);
    } else if (!most && encodeURIComponent(text + common).length > Size.ADDRESS) {
      // It waits for a page that has another way, and holds up no other event.
    } else if ((size += text.length) < most || !shared) {
      if (!shared) size += (shared = common).length;
      events.push(text);
      batch.push(key);
      lines.push("\n" + common + "\n" + event);
    } // else in order: what comes after this one waits as well, since size does not shrink
  });
  if (shared) {
    send(
      '{"sent_at":' + now + "," + shared.slice(1, -1) + ',"events":[' + events + "]}",
      leaving,
      guard(function (status: unknown, retryAfter?: string | null) {
        // 4xx: the collector has it as a bad row, and would say the same again.
        const gone = status && (status as number) < 500 && status != 429;
        // Growing, and at random, so that a crowd of pages does not come back at the same moment.
        pause = gone ? 0 : Math.min(Limit.REST, (retryAfter as unknown as number) * 1e3 || (pause + 500) * (1.5 + Math.random()));
        rest = pause && Date.now() + pause + 0.5;
        batch.forEach(function (key, at) {
          if (gone || !get(key)) return remove(key); // not there: an opt-out meanwhile
          mine[key] = {};
          put(key, rest + lines[at]!);
        });
        arm(pause);
      })
    );
    // Only now: Firefox breaks off what runs in the last tab of a process as it is closed, at any place. What pagehide
    // could not send then, visibilitychange still finds free.
    batch.forEach(function (key, at) {
      delete mine[key];
      if (get(key)) put(key, now + Limit.LEASE + lines[at]!);
    });
    if (leaving) flush(leaving);
  }
  arm(next);
});

export function watch(): void {
  ["visibilitychange", "pagehide", "online"].forEach(function (type) {
    // Not capturing: after the listeners of the page and of modules, which may track as well.
    addEventListener(type, flush);
  });
  arm(Limit.GATHER);
}
