/** Small helpers around the DOM. Text is always set as text: nothing that a visitor types becomes markup. */

/** An element: el("a", { href, class, onclick }, "text", child, …). Null and false children are left out. */
export function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "html") node.innerHTML = value; // our own drawings alone
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

const euros = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });
export const price = (value) => euros.format(value);

/** A word in passing, read out by screen readers. */
let hide;
export function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  node.classList.add("shown");
  clearTimeout(hide);
  hide = setTimeout(() => node.classList.remove("shown"), 2600);
}

/** A call to the tracker, by the API that every site has. The shop goes on when a blocker took it away. */
export function penstock(method, ...given) {
  window.penstock?.[method]?.(...given);
}
