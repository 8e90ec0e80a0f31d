// Time of a page that a test can put on: it goes on as it does, from START, and jumps when told to.
(() => {
  const RealDate = Date;
  const real = {now: Date.now, wait: setTimeout.bind(window), tick: performance.now.bind(performance)};
  let ahead = START;
  let number = 1e6;
  const waiting = new Map();
  const now = () => real.now() + ahead;
  window.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length ? parts : [now()]));
    }
    static now() {
      return now();
    }
  };
  performance.now = () => real.tick() + now() - real.now() - START;
  const add = (repeat) => (what, delay, ...parts) => {
    const wait = Math.max(Number(delay) || 0, repeat ? 1 : 0);
    waiting.set(++number, {at: now() + wait, what: () => what(...parts), every: repeat && wait});
    return number;
  };
  window.setTimeout = add(false);
  window.setInterval = add(true);
  window.clearTimeout = window.clearInterval = (id) => waiting.delete(id);
  const next = (until) => {
    const due = [...waiting].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at);
    return due[0];
  };
  const run = (id, timer) => {
    if (timer.every) timer.at += timer.every;
    else waiting.delete(id);
    timer.what();
  };
  const go = () => {
    const until = now();
    for (let due; (due = next(until)); ) run(...due);
    real.wait(go, 10);
  };
  go();
  window.clock = {
    /** Everything that is due within so many milliseconds happens, each at its time. */
    run(milliseconds) {
      const until = now() + milliseconds;
      for (let due; (due = next(until)); ) {
        ahead += Math.max(0, due[1].at - now());
        run(...due);
      }
      ahead += Math.max(0, until - now());
    },
    /** As a machine that slept: what was due happens once it is awake. */
    jump(milliseconds) {
      ahead += milliseconds;
    },
  };
})();
