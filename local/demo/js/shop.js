/** The shop: its routes, its header, its bag. Tracker calls are those any site makes: penstock.track(name, props). */
import { tin } from "./art.js";
import { KINDS } from "./catalogue.js";
import { byId, el, penstock, price, toast } from "./dom.js";
import { account, bag } from "./store.js";
import { checkout, home, missing, product, thanks } from "./views.js";

const main = byId("main");
const cart = byId("cart");
const who = byId("who");

const PEOPLE = [
  { id: "kim", name: "Kim", traits: { plan: "regular", favourite: "green" }, about: "a regular, drinks green" },
  { id: "alex", name: "Alex", traits: { plan: "wholesale", favourite: "black" }, account: { id: "cafe-alex", created_at: "2026-09-01" }, about: "runs a café, buys by the kilo" },
];

const actions = {
  add(one, quantity) {
    bag.add(one.slug, quantity);
    penstock("track", "add_to_cart", { item_id: one.slug, name: one.name, price: one.price, quantity, value: one.price * quantity, currency: "EUR" });
    toast(`${one.name} is in your bag`);
  },
  order(delivery) {
    // What was bought, never who bought it: the form's fields stay in the form.
    const number = bag.order();
    const bought = { order_id: number, value: bag.total(), currency: "EUR", delivery, items: bag.asItems() };
    penstock("track", "purchase", bought, { link: number });
    bag.empty();
    go("/thanks");
  },
};

function route({ pathname, search }) {
  const kind = new URLSearchParams(search).get("kind");
  const [, page, name] = pathname.split("/");
  if (!page) return home(kind in KINDS ? kind : null, actions);
  if (page === "tea") return product(name, actions);
  return { __proto__: null, checkout: () => checkout(actions), thanks }[page]?.() ?? missing();
}

function draw({ title, content }) {
  document.title = title;
  main.replaceChildren(...content.filter(Boolean));
}

/** After the address has changed: what a visitor's eyes, or screen reader, and the page's own event need. */
function arrive({ entered }) {
  for (const link of byId("kinds").children) {
    if (link.getAttribute("href") === location.pathname + location.search) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  entered?.();
}

function reveal() {
  scrollTo({ top: 0, behavior: "instant" });
  main.focus({ preventScroll: true });
}

/** In-page navigation. Title first: the tracker reads it when the address changes. */
function go(href) {
  if (href === location.pathname + location.search) return;
  const page = route(new URL(href, location.href));
  shut(cart);
  draw(page);
  history.pushState(null, "", href);
  arrive(page);
  reveal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.dataset.outbound) penstock("track", "outbound_click", { to: link.href, about: link.dataset.outbound });
  else if (link.getAttribute("href").startsWith("/")) {
    event.preventDefault();
    go(link.getAttribute("href"));
  }
});
addEventListener("popstate", () => {
  const page = route(location);
  draw(page);
  arrive(page);
});

// -- the bag -----------------------------------------------------------------------------------------------------

function drawBag() {
  const count = bag.count();
  byId("count").textContent = count;
  byId("bag").setAttribute("aria-label", `Bag, ${count} ${count === 1 ? "tin" : "tins"}`);
  const lines = bag.lines();
  cart.replaceChildren(
    el("header", {}, el("h2", { id: "cart-title", tabindex: -1 }, "Your bag"),
      el("button", { class: "quiet", type: "button", "aria-label": "Close the bag", onclick: () => shut(cart) }, "✕")),
    lines.length
      ? el("ul", {}, lines.map((line) => el("li", {},
          el("div", { class: "art", html: tin(line) }),
          el("div", {}, el("b", {}, line.name), el("small", {}, `${line.quantity} × ${price(line.price)}`)),
          el("button", { class: "quiet", type: "button", "aria-label": `Take ${line.name} out`, onclick: () => takeOut(line) }, "Remove"))))
      : el("p", { class: "nothing" }, "Nothing in it yet."),
    lines.length && el("footer", {}, el("p", { class: "total" }, el("span", {}, "Total"), el("b", {}, price(bag.total()))),
      el("a", { class: "solid", href: "/checkout" }, "Check out")) || ""
  );
}

function takeOut(line) {
  bag.remove(line.slug);
  penstock("track", "remove_from_cart", { item_id: line.slug, quantity: line.quantity, value: line.price * line.quantity, currency: "EUR" });
  byId("cart-title").focus();
}

function shut(dialog) {
  if (!dialog.open) return;
  dialog.close();
  byId("bag").setAttribute("aria-expanded", "false");
}

byId("bag").addEventListener("click", () => {
  if (cart.open) return shut(cart);
  cart.show(); // not modal: the panel beside it goes on showing what is sent
  byId("bag").setAttribute("aria-expanded", "true");
  byId("cart-title").focus();
  penstock("track", "view_cart", { value: bag.total(), currency: "EUR", items: bag.asItems() });
});
cart.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  shut(cart);
  byId("bag").focus();
});
bag.watch(drawBag);

// -- who you are ---------------------------------------------------------------------------------------------------

function drawAccount() {
  const person = account.person();
  byId("account").replaceChildren(person ? el("span", { class: "word" }, `${person.name} · `) : "", person ? "Sign out" : "Sign in");
}

function signIn(person) {
  account.signIn({ id: person.id, name: person.name });
  penstock("identify", person.id, person.traits);
  if (person.account) penstock("account", person.account.id, { created_at: person.account.created_at });
  penstock("track", "login", { method: "demo" });
  who.close();
  drawAccount();
  toast(`Hello, ${person.name}`);
}

byId("account").addEventListener("click", () => {
  if (!account.person()) return who.showModal();
  penstock("track", "logout");
  penstock("reset"); // the next visitor on this machine is somebody else
  account.signOut();
  drawAccount();
  toast("Signed out");
});
who.append(
  el("h2", { id: "who-title" }, "Sign in as"),
  el("p", {}, "Two people who do not exist. Their id and plan go with every event from then on."),
  el("div", { class: "people" }, PEOPLE.map((person) => el("button", { type: "button", onclick: () => signIn(person) }, el("b", {}, person.name), el("small", {}, person.about)))),
  el("button", { class: "quiet", type: "button", onclick: () => who.close() }, "Not now")
);

// -- the rest ----------------------------------------------------------------------------------------------------

byId("letter").addEventListener("submit", (event) => {
  event.preventDefault();
  penstock("track", "newsletter_signup", { placement: "footer" });
  event.target.reset();
  toast("Thank you: see you on Thursday");
});

byId("kinds").append(...[["/", "All teas"], ...Object.entries(KINDS).map(([kind, label]) => [`/?kind=${kind}`, label])]
  .map(([href, label]) => el("a", { href }, label)));
drawBag();
drawAccount();
const landed = route(location);
draw(landed);
arrive(landed);
