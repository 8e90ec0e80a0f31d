import type { Plugin } from "../types";

const enum Limit {
  /** An error in a loop would fill the lake. */
  PER_PAGE = 10,
  TEXT = 500,
}

/** Exceptions that nobody caught and promises that nobody handled. */
const errors: Plugin = function (tracker) {
  let seen: string[] = [];

  function report(message: unknown, error: { stack?: unknown } | undefined, source?: string, line?: number): void {
    const text = String(message).slice(0, Limit.TEXT);
    if (seen.length < Limit.PER_PAGE && seen.indexOf(text) < 0) {
      seen.push(text);
      tracker.emit_("error", {
        message: text,
        source,
        line,
        stack: error && String(error.stack || "").slice(0, Limit.TEXT),
      });
    }
  }

  tracker.on_(window, "error", function (event) {
    const { message, error, filename, lineno } = event as ErrorEvent;
    // An image that does not load is an error event as well, without a message.
    if (message) report(message, error, filename, lineno);
  });
  tracker.on_(window, "unhandledrejection", function (event) {
    const { reason } = event as PromiseRejectionEvent;
    report((reason && reason.message) || reason, reason);
  });
};

export { errors as default };
