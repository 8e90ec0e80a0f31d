/**
 * The events of this visitor and how far each has come: sent, answered, stored in S3, folded into state. Kept in the tab's
 * sessionStorage, so that what the last page sent while it went away shows on the next one.
 */
const KEY = "weir-leaf-log";
const MOST = 60;
const PATIENCE = 120_000; // milliseconds after which nobody is asked any more about an event

const events = new Map(load().map((event) => [event.eid, event]));
const watchers = [];

function load() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function changed() {
  for (const eid of [...events.keys()].slice(0, Math.max(0, events.size - MOST))) events.delete(eid);
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...events.values()]));
  } catch {
    // Storage full or blocked: the list then lives as long as the page.
  }
  watchers.forEach((watch) => watch());
}

/** A request as the mirror saw it, on its way or answered. One batch holds several events. */
function sent(request) {
  let batch;
  try {
    batch = JSON.parse(request.body);
  } catch {
    return; // no batch of ours
  }
  const { events: listed = [], ...shared } = batch;
  for (const own of listed) {
    const whole = { ...shared, ...own };
    const known = events.get(own.eid);
    events.set(own.eid, {
      ...known,
      eid: own.eid,
      name: own.name,
      body: whole,
      si: whole.si,
      uid: whole.uid,
      sid: whole.sid,
      created: own.created_at,
      at: request.at,
      how: request.how,
      company: listed.length,
      tries: known && known.at !== request.at ? known.tries + 1 : known?.tries ?? 1,
      status: request.status,
      answered: request.answered,
    });
  }
  changed();
}

/** Raw lines read back from S3. One that this tab did not send (another tab, the page before) joins the list. */
function arrived(lines) {
  let news = false;
  for (const { eid, key, stored_at, line } of lines) {
    const known = events.get(eid);
    if (known?.stored) continue;
    news = true;
    const elsewhere = { eid, name: line.name, si: line.si, uid: line.uid, sid: line.sid, created: line.created_at ?? line.ts };
    events.set(eid, { ...elsewhere, ...known, line, stored: { key, at: stored_at, seen: Date.now() } });
  }
  if (news) changed();
}

function folded(eids) {
  const fresh = eids.filter((eid) => events.has(eid) && !events.get(eid).folded);
  for (const eid of fresh) events.set(eid, { ...events.get(eid), folded: Date.now() });
  if (fresh.length) changed();
}

/** Sent with the wish to leave session and user as they are. */
export const alone = ({ body, line }) => (body ?? line)?.flags?.includes("no_state") ?? false;

export const log = {
  sent,
  arrived,
  folded,
  /** Newest first. */
  all: () => [...events.values()].sort((a, b) => b.created - a.created || (b.body?.seq ?? 0) - (a.body?.seq ?? 0)),
  /** Those that something is still to be heard of. */
  open: () => [...events.values()].filter((one) => !one.folded && !(one.stored && alone(one)) && Date.now() - (one.at ?? one.created) < PATIENCE),
  watch: (watcher) => watchers.push(watcher),
  clear() {
    events.clear();
    changed();
  },
};
