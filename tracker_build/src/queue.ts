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
 * Whether a request that outlived its page arrived cannot be known, so its events stay on disk and are sent once
 * more by a later page, in a batch with that page's own: the collector knows them by eid and counts them once.
 * A request whose page lives is never doubled, since only its answer, or LEASE without one, frees its events.
 */
import { BATCH, send } from "./send";
import { get, keys, put, remove } from "./store";
import { guard, on } from "./util";

/** A request without an answer for so long (milliseconds) is taken for lost. */
const LEASE = 1e4;
/** A page's events wait so long for company. */
const GATHER = 1e3;
/** Longest rest between two attempts; a time further off than this comes from a clock that was wrong. */
const LONGEST = 3e5;
/** Most events kept; the oldest go first, and the gap in seq tells. */
const MOST = 1e3;

const QUEUE = PREFIX + "q";

let may: () => boolean;
/** Keys of this page's events that are not under way. */
let mine: Record<string, 1> = {};
let failures = 0;
let rest = 0;
let due = 0;
let count = 0;
let timer: number;

function arm(milliseconds: number): void {
  const at = Date.now() + milliseconds;
  if (!due || at < due) {
    clearTimeout(timer);
    due = at;
    timer = setTimeout(guard(flush), milliseconds);
  }
}

/** Keeps the event, given as the JSON texts of its shared keys and of itself (its eid first). */
export function push(common: string, event: string): void {
  const now = Date.now();
  // Named so that their order is the order in which they happened.
  const key = QUEUE + now + (1e6 + count++) + event.slice(8, 16);
  mine[key] = 1;
  put(key, [now + LEASE, common, event].join("\n"));
  arm(count % 50 ? GATHER : 0);
}

/**
 * Sends what is free to go. Given anything (an event), the page may be gone in a moment or a way has opened: then
 * what rests after a failure is tried as well.
 */
export function flush(leaving?: unknown): void {
  const now = Date.now();
  const batch: string[] = [];
  const events: string[] = [];
  let size = 0;
  let next = LONGEST;
  let shared = "";
  let more = false;
  due = 0;
  if (!may()) return;
  const all = keys(QUEUE);
  all.splice(0, all.length - MOST).forEach(remove);
  all.forEach(function (key) {
    const [until, common, event] = (get(key) || "").split("\n") as [string, string, string];
    const wait = +until - now;
    if (!event) return remove(key);
    if (mine[key] ? !leaving && now < rest : wait > 0 && wait < LONGEST + LEASE) {
      next = Math.min(next, mine[key] ? rest - now : wait);
    } else if (more || (size && size + common.length + event.length > BATCH)) {
      more = true;
    } else {
      shared = shared || common;
      // What differs from the batch's shared keys goes with the event.
      events.push(common == shared ? event : event.slice(0, -1) + "," + common.slice(1));
      size += event.length + common.length;
      batch.push(key);
      delete mine[key];
      put(key, [now + LEASE, common, event].join("\n"));
    }
  });
  if (batch[0]) {
    send(
      '{"sent_at":' + now + "," + shared.slice(1, -1) + ',"events":[' + events + "]}",
      leaving,
      guard(function (status: number, retryAfter?: string | null) {
        // 4xx: the collector has it as a bad row, and would say the same again.
        const gone = status >= 200 && status < 500 && status != 429;
        failures = gone ? 0 : failures + 1;
        // "Full jitter" keeps a crowd of pages from coming back at the same moment.
        rest = gone ? 0 : Date.now() + Math.min(LONGEST, +retryAfter! * 1e3 || 5e2 * (1 + Math.random()) * Math.pow(2, failures));
        batch.forEach(function (key) {
          const value = get(key);
          if (gone) remove(key);
          else if (value) {
            mine[key] = 1;
            put(key, value.replace(/^\d+/, "" + rest));
          }
        });
        arm(gone ? (more ? 0 : LONGEST) : rest - Date.now());
      })
    );
    next = Math.min(next, LEASE);
  }
  if (more && leaving) flush(leaving);
  arm(next);
}

export function watch(allowed: () => boolean): void {
  may = allowed;
  ["visibilitychange", "pagehide", "online"].forEach(function (type) {
    on(window, type, flush);
  });
  arm(GATHER);
}
