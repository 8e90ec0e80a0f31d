/** Where things are kept: localStorage, else memory; and cookies on the site's registrable domain. */
import { attempt } from "./util";

const memory: Record<string, string> = {};

/** localStorage throws where storage is blocked, and is null in some web views. */
function disk(): Record<string, string> {
  return (
    attempt(function () {
      return localStorage;
    }) || memory
  );
}

export function get(key: string): string | undefined {
  return disk()[key] || memory[key];
}

export function put(key: string, value: string): void {
  // Throws when the disk is full.
  attempt(function () {
    return (disk()[key] = value);
  }) || (memory[key] = value);
}

export function remove(key: string): void {
  delete disk()[key];
  delete memory[key];
}

/** Every key that starts with prefix, in order of name. */
export function keys(prefix: string): string[] {
  return Object.keys(memory)
    .concat(Object.keys(disk()))
    .filter(function (key) {
      return !key.indexOf(prefix);
    })
    .sort();
}

function read(name: string): string | undefined {
  // Where there is no such cookie, and where document.cookie throws (a sandboxed frame).
  return attempt(function () {
    return document.cookie.match("(^|; )" + name + "=([^;]*)")![2];
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

export function save(name: string, value: string, seconds: number): void {
  put(name, value);
  attempt(function () {
    // The browser knows the public suffix list and refuses a cookie on "co.uk": the shortest domain that takes
    // it is the registrable domain. An address or "localhost" may take none: the cookie is the host's then.
    for (let labels = ("." + location.hostname).split("."), i = labels.length; i-- && read(name) != value; ) {
      document.cookie =
        name + "=" + value + ";path=/;max-age=" + seconds + ";samesite=lax;domain=" +
        (i ? labels.slice(i).join(".") : "") + (location.protocol == "https:" ? ";secure" : "");
    }
  });
}

export function forget(name: string): void {
  // Written on every domain there is, since it never reads as "".
  save(name, "", 0);
  remove(name);
}
