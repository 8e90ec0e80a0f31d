/** The pages: each gives its title and its content. */
import { tin } from "./art.js";
import { KINDS, TEAS, tea } from "./catalogue.js";
import { el, penstock, price } from "./dom.js";
import { bag } from "./store.js";

const art = (one, given) => el("div", { class: "art", html: tin(one, given) });

function card(one, { add }) {
  return el(
    "li",
    { class: "card" },
    el("a", { href: `/tea/${one.slug}`, class: "cover" }, art(one), el("h3", {}, one.name)),
    el("p", { class: "note" }, one.note),
    el(
      "div",
      { class: "buy" },
      el("span", { class: "price" }, price(one.price), el("small", {}, " / 100 g")),
      el("button", { class: "add", type: "button", onclick: () => add(one, 1), "aria-label": `Add ${one.name} to the bag` }, "Add")
    )
  );
}

export function home(kind, actions) {
  const shown = TEAS.filter((one) => !kind || one.kind === kind);
  const hero = el(
    "section",
    { class: "hero" },
    el("div", { class: "words" },
      el("p", { class: "eyebrow" }, "Spring lots are in"),
      el("h1", {}, "Tea that took ", el("em", {}, "the river road.")),
      el("p", {}, "Nine small lots, bought at the gate, posted on Thursdays. When a tin is gone it is gone."),
      el("a", { class: "solid light", href: "/tea/mist-ridge" }, "Meet Mist Ridge")
    ),
    el("div", { class: "tins", "aria-hidden": "true" },
      ["slow-river", "mist-ridge", "copper-pot"].map((slug) => art(tea(slug), { tile: false })))
  );
  const heading = kind ? el("h1", { class: "shelf" }, KINDS[kind]) : el("h2", { class: "shelf" }, "The shelf");
  return {
    title: `${kind ? `${KINDS[kind]} teas` : "Small-lot teas"} · Weir & Leaf`,
    content: [
      !kind && hero,
      heading,
      el("ul", { class: "grid" }, shown.map((one) => card(one, actions))),
    ],
  };
}

export function product(slug, actions) {
  const one = tea(slug);
  if (!one) return missing();
  const quantity = el("input", { type: "number", id: "quantity", min: 1, max: 20, value: 1, inputmode: "numeric" });
  const step = (by) => () => (quantity.value = Math.min(20, Math.max(1, (+quantity.value || 1) + by)));
  const submit = (event) => {
    event.preventDefault();
    actions.add(one, Math.min(20, Math.max(1, Math.round(+quantity.value) || 1)));
  };
  const others = TEAS.filter((other) => other !== one && other.kind === one.kind);
  const more = [...others, ...TEAS.filter((other) => other.kind !== one.kind)].slice(0, 3);
  return {
    title: `${one.name} · Weir & Leaf`,
    entered: () => penstock("track", "view_item", { item_id: one.slug, name: one.name, price: one.price, currency: "EUR" }),
    content: [
      el("nav", { class: "crumbs", "aria-label": "You are here" }, el("a", { href: "/" }, "Teas"), " / ",
        el("a", { href: `/?kind=${one.kind}` }, KINDS[one.kind])),
      el("article", { class: "product" },
        art(one),
        el("div", { class: "about" },
          el("p", { class: "eyebrow" }, one.from),
          el("h1", {}, one.name),
          el("p", { class: "lead" }, `${one.note}.`),
          el("p", {}, one.text),
          el("dl", { class: "brew" }, ["Water", "Time", "Leaves give"].map((term, i) => el("div", {}, el("dt", {}, term), el("dd", {}, one.brew[i])))),
          el("form", { class: "buy", onsubmit: submit },
            el("span", { class: "price" }, price(one.price), el("small", {}, " / 100 g")),
            el("div", { class: "stepper" },
              el("button", { type: "button", onclick: step(-1), "aria-label": "One fewer" }, "−"),
              el("label", { class: "sr", for: "quantity" }, "Tins"), quantity,
              el("button", { type: "button", onclick: step(1), "aria-label": "One more" }, "+")),
            el("button", { class: "solid", type: "submit" }, "Add to bag")),
          el("p", {}, el("a", { href: one.read, "data-outbound": one.slug }, "Read about this kind of tea ", el("span", { "aria-hidden": "true" }, "↗")))
        )
      ),
      el("h2", { class: "shelf" }, "Near it on the shelf"),
      el("ul", { class: "grid" }, more.map((other) => card(other, actions))),
    ],
  };
}

const field = (label, given, wide) =>
  el("label", { class: wide ? "field wide" : "field" }, el("span", {}, label), el("input", { required: true, ...given }));

export function checkout({ order }) {
  const lines = bag.lines();
  if (!lines.length) {
    return {
      title: "Your bag is empty · Weir & Leaf",
      content: [el("section", { class: "quietly" }, el("h1", {}, "Your bag is empty"), el("p", {}, el("a", { class: "solid", href: "/" }, "Back to the teas")))],
    };
  }
  const submit = (event) => {
    event.preventDefault();
    order(new FormData(event.target).get("delivery"));
  };
  const ways = [["letterbox", "Letterbox, Thursday", "free"], ["bicycle", "Bicycle courier, tomorrow", "free this week"]];
  return {
    title: "Checkout · Weir & Leaf",
    entered: () => penstock("track", "begin_checkout", { value: bag.total(), currency: "EUR", items: bag.asItems() }, { link: bag.order() }),
    content: [
      el("h1", { class: "shelf" }, "Checkout"),
      el("form", { class: "checkout", onsubmit: submit },
        el("div", { class: "fields" },
          el("p", { class: "hint" }, "This is a demo: nothing is charged, and no word you type here is tracked."),
          field("Name", { name: "name", autocomplete: "name" }, true),
          field("E-mail", { name: "email", type: "email", autocomplete: "email" }, true),
          field("Street and number", { name: "street", autocomplete: "street-address" }, true),
          field("Postcode", { name: "postcode", autocomplete: "postal-code" }),
          field("Town", { name: "town", autocomplete: "address-level2" }),
          el("fieldset", {}, el("legend", {}, "Delivery"),
            ways.map(([value, label, cost], i) => el("label", { class: "delivery" },
              el("input", { type: "radio", name: "delivery", value, checked: i === 0 }), el("span", {}, label), el("small", {}, cost))))
        ),
        el("div", { class: "summary" },
          el("h2", {}, "Your order"),
          el("ul", {}, lines.map((line) => el("li", {}, art(line), el("span", {}, line.name, el("small", {}, ` × ${line.quantity}`)), el("b", {}, price(line.price * line.quantity))))),
          el("p", { class: "total" }, el("span", {}, "Total"), el("b", {}, price(bag.total()))),
          el("button", { class: "solid", type: "submit" }, `Pay ${price(bag.total())}`))
      ),
    ],
  };
}

export function thanks() {
  return {
    title: "Thank you · Weir & Leaf",
    content: [
      el("section", { class: "quietly" }, art(tea("slow-river"), { tile: false }), el("h1", {}, "Thank you"),
        el("p", {}, "It would go out on Thursday, were this a real shop. The purchase event is real: watch it arrive in the panel."),
        el("p", {}, el("a", { class: "solid", href: "/" }, "Back to the teas"))),
    ],
  };
}

export function missing() {
  return {
    title: "Not on the shelf · Weir & Leaf",
    content: [el("section", { class: "quietly" }, el("h1", {}, "Not on the shelf"), el("p", {}, el("a", { class: "solid", href: "/" }, "To the teas")))],
  };
}
