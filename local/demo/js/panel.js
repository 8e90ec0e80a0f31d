/** The panel "what was sent / what arrived". It asks the demo server, never the tracker's own insides. */
import { byId, el } from "./dom.js";
import { eventCard, record } from "./journey.js";
import { log } from "./log.js";

const BUSY = 600; // milliseconds between two looks while something is under way
const IDLE = 4000;
const { settings, listen } = window.demoMirror;

const panel = byId("pipe");
const wide = matchMedia("(min-width: 1120px)");
const view = { tab: "events", open: new Set(), folded: false, problem: settings.problem, silent: false, records: null };

// -- asking ------------------------------------------------------------------------------------------------------

async function ask(path, query) {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

const distinct = (given, key) => [...new Map(given.map((one) => [key(one), one])).values()];

async function look() {
  const newest = log.all()[0];
  const open = log.open();
  const asked = open.length ? open : newest ? [newest] : [];
  try {
    for (const { uid } of distinct(asked, ({ uid }) => uid)) log.arrived((await ask("/api/arrived", { uid })).arrived);
    for (const { si, sid, uid } of distinct(asked, ({ si, sid, uid }) => [si, sid, uid].join())) {
      const eids = log.open().filter((one) => one.sid === sid && one.uid === uid && one.stored).map(({ eid }) => ["eid", eid]);
      const found = await ask("/api/state", [["si", si], ["sid", sid], ["uid", uid], ...eids]);
      log.folded(found.folded);
      if (sid === newest.sid && uid === newest.uid) view.records = found;
    }
    view.problem = settings.problem;
  } catch (error) {
    view.problem = error.message || "The demo server does not answer.";
  }
  draw();
}

let timer;
async function lookAgain() {
  clearTimeout(timer);
  if (!document.hidden) await look();
  clearTimeout(timer);
  timer = setTimeout(lookAgain, log.open().length ? BUSY : IDLE);
}

// -- tracking on and off -----------------------------------------------------------------------------------------

const switches = () => document.querySelectorAll(".js-tracking");

function readChoice() {
  if (!window.penstock?.ids) return;
  view.silent = !window.penstock.ids();
  for (const one of switches()) one.checked = !view.silent;
  draw();
}

document.addEventListener("change", (event) => {
  if (!event.target.matches(".js-tracking")) return;
  window.penstock?.[event.target.checked ? "optIn" : "optOut"]?.();
  readChoice();
});

/** The tracker comes later than this script, or, with a blocker, not at all. */
function awaitTracker(looks) {
  if (window.penstock?.ids) return readChoice();
  if (looks) return setTimeout(awaitTracker, 250, looks - 1);
  view.problem ||= `The tracker did not load from ${settings.tracker_url}: is a blocker on?`;
  settings.problem = view.problem;
  draw();
}

// -- drawing -----------------------------------------------------------------------------------------------------

const shell = {
  toggle: el("button", { type: "button", class: "fold", "aria-controls": "pipe-body", onclick: () => fold(!view.folded) }),
  tracking: el("label", { class: "switch" }, el("input", { type: "checkbox", role: "switch", class: "js-tracking", checked: true }), el("span", { class: "track", "aria-hidden": "true" }), el("span", {}, "Tracking")),
  figures: el("dl", { class: "figures" }),
  problem: el("p", { class: "problem", role: "alert" }),
  tabs: el("div", { class: "tabs", role: "tablist", "aria-label": "What to show" }),
  list: el("div", { class: "list", id: "pipe-list", role: "tabpanel", tabindex: 0 }),
};
const TABS = { events: "Events", session: "Session", user: "User" };

panel.append(
  shell.toggle,
  el("div", { class: "body", id: "pipe-body" },
    el("header", {}, el("div", {}, el("h2", { id: "pipe-title" }, "Through the pipe"), el("p", {}, "From this page to S3 and DynamoDB.")), shell.tracking),
    shell.figures, shell.problem, shell.tabs, shell.list)
);
for (const [name, label] of Object.entries(TABS)) {
  shell.tabs.append(el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "pipe-list", onclick: () => choose(name) }, label));
}
shell.tabs.addEventListener("keydown", (event) => {
  const names = Object.keys(TABS);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  choose(names[(names.indexOf(view.tab) + step + names.length) % names.length]);
  byId(`tab-${view.tab}`).focus();
});

function choose(tab) {
  view.tab = tab;
  draw();
}

function fold(folded) {
  view.folded = folded;
  document.documentElement.classList.toggle("pipe-folded", folded);
  draw();
}

function open(eid) {
  view.open[view.open.has(eid) ? "delete" : "add"](eid);
  draw();
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const figure = (term, value) => el("div", {}, el("dt", {}, term), el("dd", {}, value));

let drawn = "";
const known = new Set();

function draw() {
  const events = log.all();
  const now = JSON.stringify([view, [...view.open], events]);
  if (now === drawn) return; // nothing to show anew: whoever reads or selects in the panel is left in peace
  drawn = now;
  const stored = events.filter((one) => one.stored);
  const delays = stored.filter((one) => one.at).map((one) => one.line.received_at - one.at);
  const counts = [events.length, stored.length, events.filter((one) => one.folded).length];
  const says = view.silent ? "not tracking" : `${counts[0]} sent · ${counts[1]} stored`;
  shell.toggle.setAttribute("aria-expanded", String(!view.folded));
  shell.toggle.replaceChildren(el("span", { class: view.problem || view.silent ? "dot off" : "dot", "aria-hidden": "true" }), el("b", {}, "Through the pipe"), el("span", { class: "says" }, says), el("span", { class: "arrow", "aria-hidden": "true" }));
  shell.figures.replaceChildren(figure("sent", counts[0]), figure("stored", counts[1]), figure("in state", counts[2]),
    figure("to collector", delays.length ? `${Math.max(0, median(delays))} ms` : "–"));
  shell.problem.textContent = view.problem || (view.silent ? "Tracking is off for you: the tracker stores and sends nothing." : "");
  for (const tab of shell.tabs.children) {
    const chosen = tab.id === `tab-${view.tab}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  shell.list.setAttribute("aria-labelledby", `tab-${view.tab}`);
  if (view.tab === "events") drawEvents(events);
  else shell.list.replaceChildren(record(view.tab, view.records?.[view.tab], settings.state_table));
}

function drawEvents(events) {
  const at = shell.list.scrollTop;
  const focused = shell.list.contains(document.activeElement) && document.activeElement.dataset.focus;
  shell.list.replaceChildren(
    el("div", { class: "heads", "aria-hidden": "true" }, el("span", {}, "What was sent"), el("span", {}, "What arrived")),
    events.length
      ? el("ol", {}, events.map((one) => eventCard(one, { open: view.open.has(one.eid), fresh: !known.has(one.eid), onToggle: () => open(one.eid), bucket: settings.raw_bucket })))
      : el("p", { class: "nothing" }, "Click about in the shop. Each event shows here, on its way.")
  );
  for (const { eid } of events) known.add(eid);
  shell.list.scrollTop = at;
  if (focused) shell.list.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

listen((request) => {
  log.sent(request);
  lookAgain();
});
log.watch(draw);
document.addEventListener("visibilitychange", lookAgain);
fold(!wide.matches);
wide.addEventListener("change", () => fold(!wide.matches));
lookAgain();
awaitTracker(24);
