/** Wraps fn so that the page never sees an exception of ours; undefined stands for what threw. */
export function guard<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R | undefined {
  return function (this: unknown) {
    try {
      return fn.apply(this, arguments as unknown as A);
    } catch (e) {
      // The caller goes on without.
    }
    return undefined;
  };
}

/** What fn gives, or undefined where it throws. */
export function attempt<R>(fn: () => R): R | undefined {
  return guard(fn)();
}

/** Capturing, so that it runs before the page's own listeners, which may stop the event. */
export function on(target: EventTarget, type: string, listener: (event: Event) => void): void {
  target.addEventListener(type, guard(listener), true);
}

/** The page as it is now, no longer than the collector takes what events share. */
export function where(referrer: string): Record<string, unknown> {
  return {
    url: location.href.slice(0, 2e3),
    title: document.title.slice(0, 300),
    referrer: referrer.slice(0, 2e3),
  };
}

/** UUID version 4 (RFC 9562). crypto.randomUUID is left out: it is missing on plain http. */
export function uuid(): string {
  return ("" + 1e7 + -1e3 + -4e3 + -8e3 + -1e11).replace(/[018]/g, function (digit: string | number): string {
    const byte = attempt(function () {
      return crypto.getRandomValues(new Uint8Array(1))[0];
    });
    digit = digit as number;
    return (digit ^ ((byte || Math.random() * 16) & (15 >> (digit / 4)))).toString(16);
  });
}

/**
 * The JSON text of an object, whatever it is given: what cannot be written (circular, a getter or toJSON that
 * throws) is left out by itself, and what is no object becomes {"value": …}, since props is one.
 */
export function json(value: unknown): string {
  const object = (typeof value == "object" ? value : { value }) || {};
  const parts: string[] = [];
  Object.keys(object).forEach(function (key) {
    const part = attempt(function () {
      return JSON.stringify((object as Record<string, unknown>)[key]);
    });
    if (part) parts.push(JSON.stringify(key) + ":" + part);
  });
  return "{" + parts + "}";
}
