/** What fn gives, or undefined where it throws. */
export function attempt<R>(fn: () => R): R | undefined {
  try {
    return fn();
  } catch (e) {
    return;
  }
}

/** Wraps fn so that the page never sees an exception of ours. */
export function guard<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R | undefined {
  return function () {
    const args = arguments as unknown as A;
    return attempt(function () {
      return fn.apply(null, args);
    });
  };
}

/** Capturing, so that it runs before the page's own listeners, which may stop the event. */
export function on(target: EventTarget, type: string, listener: (event: Event) => void): void {
  target.addEventListener(type, guard(listener), true);
}

/** UUID version 4 (RFC 9562). crypto.randomUUID is left out: it is missing on plain http. */
export function uuid(): string {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, function (c: string): string {
    const byte = attempt(function () {
      return crypto.getRandomValues(new Uint8Array(1))[0];
    });
    return (+c ^ ((byte == null ? Math.random() * 256 : byte) & (15 >> (+c / 4)))).toString(16);
  });
}

/**
 * The JSON text of an object, whatever it is given: what cannot be written (circular, a getter or toJSON that
 * throws) is left out by itself, and a value that is no object becomes {"value": …}, since props is an object.
 */
export function json(value: unknown): string {
  const text =
    attempt(function () {
      return JSON.stringify(value);
    }) ||
    "{" +
      Object.keys(value || {}).reduce(function (parts: string[], key) {
        const part = attempt(function () {
          return JSON.stringify((value as Record<string, unknown>)[key]);
        });
        return part ? parts.concat(JSON.stringify(key) + ":" + part) : parts;
      }, []) +
      "}";
  return text[0] == "{" ? text : '{"value":' + text + "}";
}
