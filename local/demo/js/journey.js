/** One event's way, drawn: left what was sent, right what arrived, and the pipe between the two. */
import { el, price } from "./dom.js";
import { alone } from "./log.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const span = (milliseconds) => (milliseconds < 1000 ? `${Math.max(0, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`);

/** What an event is about, in a few words. */
function gist({ name, body, line }) {
  const { props = {}, page = {} } = body ?? line ?? {};
  if (name === "page_view") return page.path ?? "";
  const parts = [props.name ?? props.item_id ?? props.order_id ?? props.about ?? props.placement ?? props.text ?? props.metric, props.quantity > 1 && `× ${props.quantity}`, props.currency && props.value != null && price(props.value)];
  return parts.filter(Boolean).join(" · ");
}

const step = (done, label, detail, title) =>
  el("li", { class: done ? "done" : "due", title }, el("span", { class: "mark", "aria-hidden": "true" }), el("b", {}, label), detail && el("span", {}, detail));

function answer({ at, status, answered, how, stored }) {
  if (!at) return step(true, "Sent elsewhere", "", "By another page or tab of this visitor");
  if (status == null && stored) return step(true, "Handed over", "", "The page was left before the answer came");
  if (status == null) return how === "beacon" ? step(true, "Handed over", "", "By beacon, whose answer nobody sees") : step(false, "Under way", how);
  if (status >= 200 && status < 300) return step(true, "Answered", span(answered - at), `${status}: the collector has stored it`);
  if (status >= 400 && status < 500 && status !== 429) return step(false, `Refused, ${status}`, "", "The collector keeps it as a bad row");
  return step(false, status ? `Busy, ${status}` : "No answer", "is kept", "The tracker keeps it and sends it again");
}

function steps(one) {
  const { stored, folded, at, created } = one;
  const begun = at ?? created;
  return el("ul", { class: "steps" },
    answer(one),
    stored ? step(true, "In S3", span(stored.seen - begun), "First seen there so long after it was sent") : step(false, "S3", "not seen yet"),
    stored && el("li", { class: "key", title: stored.key }, el("code", {}, `…${stored.key.slice(-20)}`)),
    alone(one) ? step(true, "State", "left alone", "By the event's own wish") : folded ? step(true, "In state", span(folded - begun), "Session and user have it; first seen so long after it was sent") : step(false, "State", "not folded yet"));
}

const json = (title, value) => el("figure", {}, el("figcaption", {}, title), el("pre", { tabindex: 0 }, value ? JSON.stringify(value, null, 2) : "…"));

export function eventCard(one, { open, fresh, onToggle, bucket }) {
  const { created, company, tries, stored, folded, body, line } = one;
  const state = folded || (stored && alone(one)) ? "whole" : stored ? "most" : "some";
  return el("li", { class: `event ${state}${fresh ? " fresh" : ""}` },
    el("div", { class: "way" },
      el("button", { type: "button", class: "sent", "data-focus": one.eid, "aria-expanded": String(open), onclick: onToggle },
        el("b", {}, one.name),
        el("span", { class: "gist" }, gist(one)),
        el("small", {}, clock.format(created), company > 1 && ` · one of ${company}`, tries > 1 && ` · try ${tries}`)),
      el("span", { class: "tube", "aria-hidden": "true" }, el("i")),
      steps(one)),
    open && el("div", { class: "texts" },
      json("Sent by the tracker", body),
      json(stored ? `s3://${bucket}/${stored.key}` : "Not in S3 yet", line)));
}

export function record(kind, view, table) {
  const about = kind === "session" ? "This visit, folded from its events." : "This visitor, over all visits.";
  return el("div", { class: "record" },
    el("p", {}, about, " One item in ", el("code", {}, table ?? "DynamoDB"), "."),
    view ? el("pre", { tabindex: 0 }, JSON.stringify(view, null, 2)) : el("p", { class: "nothing" }, "No record yet."));
}
