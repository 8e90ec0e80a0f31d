/** The bag and who is signed in, kept over reloads. */
import { tea } from "./catalogue.js";

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Blocked storage: the bag lives as long as the page.
  }
}

let items = read("weir-leaf-bag", []).filter(({ slug }) => tea(slug));
let person = read("weir-leaf-person", null);
let order = read("weir-leaf-order", null);
const watchers = [];

function changed() {
  write("weir-leaf-bag", items);
  write("weir-leaf-person", person);
  write("weir-leaf-order", order);
  watchers.forEach((watch) => watch());
}

/** Money is added in cents, so that three times 14.50 is 43.50. */
const sum = (lines) => lines.reduce((cents, { price, quantity }) => cents + Math.round(price * 100) * quantity, 0) / 100;

export const bag = {
  lines: () => items.map(({ slug, quantity }) => ({ ...tea(slug), quantity })),
  count: () => items.reduce((all, { quantity }) => all + quantity, 0),
  total: () => sum(bag.lines()),
  /** As the events say it. */
  asItems: () => bag.lines().map(({ slug, name, price, quantity }) => ({ item_id: slug, name, price, quantity })),
  add(slug, quantity) {
    const line = items.find((one) => one.slug === slug);
    if (line) line.quantity += quantity;
    else items = [...items, { slug, quantity }];
    changed();
  },
  remove(slug) {
    items = items.filter((one) => one.slug !== slug);
    changed();
  },
  /** The number of the order this bag becomes: what ties its begin_checkout to its purchase. */
  order() {
    if (!order) {
      order = `WL-${Date.now().toString(36).toUpperCase()}`;
      write("weir-leaf-order", order);
    }
    return order;
  },
  empty() {
    items = [];
    order = null;
    changed();
  },
  watch: (watcher) => watchers.push(watcher),
};

export const account = {
  person: () => person,
  signIn(who) {
    person = who;
    changed();
  },
  signOut() {
    person = null;
    changed();
  },
};
