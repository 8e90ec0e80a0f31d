import type { Plugin, Props } from "../types";

const enum Limit {
  TEXT = 50,
  LEVELS = 5,
  /** Clicks of a rage follow each other within so many milliseconds and pixels. */
  SAME_TIME = 20,
  RAGE_TIME = 1e3,
  RAGE_SPACE = 30,
  RAGE_CLICKS = 3,
  /** A click is dead when nothing has come of it in so many milliseconds. */
  DEAD = 1e3,
}

/** What a person clicks to make something happen. */
const ACTS = "a,button,input,select,textarea,summary,[role],[onclick],[data-penstock-name]";
/** What holds a person's own words or choices, of which nothing is read. */
const OWN = "input,select,textarea,[contenteditable]";

/** Tags, ids and classes down to the element, from the nearest id on: "main#cart>button.buy". */
function pathOf(element: Element | null): string {
  const parts: string[] = [];
  while (element && parts.length < Limit.LEVELS) {
    const id = element.getAttribute("id");
    const names = element.getAttribute("class");
    parts.unshift(
      element.localName + (id ? "#" + id : names ? "." + names.trim().split(/\s+/).slice(0, 2).join(".") : "")
    );
    element = id ? null : element.parentElement;
  }
  return parts.join(">");
}

function describe(element: Element): Props {
  const props: Props = { path: pathOf(element) };
  if (!element.closest(OWN) && !element.querySelector(OWN)) {
    props.text = (element.textContent || "").replace(/\s+/g, " ").trim().slice(0, Limit.TEXT);
  }
  const link = element.closest("a[href]") as HTMLAnchorElement | null;
  if (link) {
    props.href = link.href;
    if (/^http/.test(link.protocol) && link.hostname != location.hostname) props.outbound = true;
    const file = link.pathname.match(/\.(pdf|zip|gz|tar|rar|7z|dmg|exe|msi|apk|docx?|xlsx?|pptx?|csv|txt|mp[34]|mov|avi|wav)$/i);
    if (file || link.hasAttribute("download")) props.download = file ? file[1]!.toLowerCase() : true;
  }
  for (let named: Element | null = element; named; named = named.parentElement) {
    for (let i = 0; i < named.attributes.length; i++) {
      const found = named.attributes[i]!.name.match(/^data-penstock-(.+)/);
      if (found && !(found[1]! in props)) props[found[1]!] = named.attributes[i]!.value;
    }
  }
  return props;
}

/** Clicks on what looks clickable, and rage on whatever it hits. */
const clicks: Plugin = function (tracker) {
  let rage = 0;
  let last: MouseEvent | undefined;
  let moves = 0;

  ["scroll", "submit"].forEach(function (type) {
    tracker.on_(window, type, function () {
      moves++;
    });
  });

  tracker.on_(document, "click", function (event) {
    const click = event as MouseEvent;
    const target = (event.composedPath ? event.composedPath()[0] : event.target) as Element;
    const since = last ? click.timeStamp - last.timeStamp : Limit.RAGE_TIME;
    // A click on a label is two: the browser makes another one on its field at once.
    const near =
      last &&
      since > Limit.SAME_TIME &&
      since < Limit.RAGE_TIME &&
      Math.abs(click.clientX - last.clientX) + Math.abs(click.clientY - last.clientY) < Limit.RAGE_SPACE;
    rage = near ? rage + 1 : 1;
    last = click;
    const act = target.closest(ACTS);
    if (!act && rage < Limit.RAGE_CLICKS) return;
    const props = describe(act || target);
    if (rage >= Limit.RAGE_CLICKS) props.rage = true;
    tracker.emit_("click", props);
    // A link goes somewhere and a field takes what is typed; of the others the page must make something.
    if (!act || !act.matches("button,[role=button],[onclick],input[type=button],a:not([href]),a[href='#']")) return;
    const address = location.href;
    const before = moves;
    const watch = new MutationObserver(function () {
      moves++;
    });
    watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    setTimeout(function () {
      watch.disconnect();
      if (moves == before && location.href == address && !document.hidden) tracker.emit_("dead_click", props);
    }, Limit.DEAD);
  });
};

export { clicks as default };
