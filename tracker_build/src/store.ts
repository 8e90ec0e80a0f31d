/** Where things are kept: localStorage, else memory; and cookies on the site's registrable domain. */
import { attempt } from "./util";

const memory: Record<string, string> = {};

// localStorage throws when storage is blocked, is null in some web views, and is full at times.
export function get(key: string): string | undefined {
  return (
    attempt(function () {
      return localStorage.getItem(key);
    }) || memory[key]
  );
}

export function put(key: string, value: string): void {
  memory[key] = value;
  attempt(function () {
    localStorage.setItem(key, value);
    delete memory[key];
  });
}

export function remove(key: string): void {
  delete memory[key];
  attempt(function () {
    localStorage.removeItem(key);
  });
}

/** Every key that starts with prefix, in order of name. */
export function keys(prefix: string): string[] {
  return Object.keys(memory)
    .concat(
      attempt(function () {
        return Object.keys(localStorage);
      }) || []
    )
    .filter(function (key) {
      return !key.indexOf(prefix);
    })
    .sort();
}

let domain: string | undefined;

function read(name: string): string | undefined {
  return (document.cookie.match("(?:^|; )" + name + "=([^;]*)") || [])[1];
}

function write(name: string, value: string, seconds: number, on: string): void {
  document.cookie =
    name + "=" + value + ";path=/;max-age=" + seconds + ";samesite=lax" +
    (location.protocol == "https:" ? ";secure" : "") + (on && ";domain=" + on);
}

/** Cookie first: it is shared over subdomains. The copy serves where cookies are refused or were evicted. */
export function load(name: string): string | undefined {
  // document.cookie throws in a sandboxed frame.
  return (
    attempt(function () {
      return read(name);
    }) || get(name)
  );
}

export function save(name: string, value: string, seconds: number): void {
  put(name, value);
  attempt(function () {
    // The browser knows the public suffix list and refuses a cookie on "co.uk": the shortest domain that takes
    // one is the registrable domain. "localhost" or an address may take none: the cookie is the host's then.
    for (let labels = location.hostname.split("."), i = labels.length; domain == null && i--; ) {
      const candidate = labels.slice(i).join(".");
      write(PREFIX, "1", 9, candidate);
      if (read(PREFIX)) domain = candidate;
      write(PREFIX, "", 0, candidate);
    }
    write(name, value, seconds, (domain = domain || ""));
  });
}

export function forget(name: string): void {
  save(name, "", 0);
  remove(name);
}
