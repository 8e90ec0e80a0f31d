/**
 * Where things are kept: localStorage, else memory; and cookies on the site's registrable domain. COOKIELESS: memory
 * alone, but for the opt-out, which has to outlive the page.
 */
import { attempt } from "./util";

const memory: Record<string, string> = {};

let disk: Record<string, string>;

export function open(): void {
  // Throws where storage is blocked, and is null in some web views.
  disk =
    attempt(function () {
      return localStorage;
    }) || memory;
}

export function get(key: string): string | undefined {
  return disk[key] || memory[key];
}

export function put(key: string, value: string): void {
  if (COOKIELESS && key != OPT_OUT) {
    // What lay on the disk before the setting changed may not stay there.
    remove(key);
    memory[key] = value;
    return;
  }
  // Throws when the disk is full.
  attempt(function () {
    return (disk[key] = value);
  }) || (memory[key] = value);
}

export function remove(key: string): void {
  delete disk[key];
  delete memory[key];
}

/** Every key that starts with prefix, once, in order of name. */
export function keys(prefix: string): string[] {
  return Object.keys(memory)
    .concat(Object.keys(disk))
    .sort()
    .filter(function (key, at, all) {
      // Where there is no disk, memory stands for it.
      return !key.indexOf(prefix) && key != all[at - 1];
    });
}

function read(name: string): string | undefined {
  // Where there is no such cookie, and where document.cookie throws (a sandboxed frame).
  return attempt(function () {
    return ("; " + document.cookie).split("; " + name + "=")[1]!.split(";")[0];
  });
}

/** Cookie first: it is shared over subdomains. The copy serves where cookies are refused or were evicted. */
export function load(name: string): string | undefined {
  return read(name) || get(name);
}

/** The parts of what is kept under a name of ours. */
export function fields(name: string): string[] {
  return (load(PREFIX + name) || "").split(".");
}

/** In seconds, round: two years and ten. */
const enum Age {
  KEPT = 63e6,
  OPT_OUT = 315e6,
}

/** The label, counted from 1, with which the domain begins that cookies are written on; 0 until one was. */
let first: number | "" = 0;

export function save(name: string, value: string | 1): void {
  put(name, value as string);
  if (COOKIELESS && value && name != OPT_OUT) return;
  attempt(function () {
    // The browser knows the public suffix list and refuses a cookie on "co.uk": the shortest domain that takes
    // it is the registrable domain. An address or "localhost" may take none: the cookie is the host's then.
    // The page waits for each answer, so it is looked for once, and from then on nothing is
    // asked. The last label alone takes none.
    for (
      let labels = ("." + location.hostname).split("."), known = value && first, i = known || labels.length - 1;
      i-- && (known ? i + 1 == known : read(name) != value);
      first = value && i + 1
    ) {
      document.cookie =
        name + "=" + value + ";path=/;max-age=" + (value ? (name == OPT_OUT ? Age.OPT_OUT : Age.KEPT) : 0) + ";samesite=lax;domain=" +
        (i ? labels.slice(i).join(".") : "") + (location.protocol == "https:" ? ";secure" : "");
    }
  });
}

export function forget(name: string): void {
  // Written on every domain there is, since it never reads as "".
  save(name, "");
  remove(name);
}
