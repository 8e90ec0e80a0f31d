"""Measures, prints, and writes docs/reference/tracker-bench.md and its drawing."""

import argparse
import os
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import sync_playwright
from rich.console import Console

from bench.report import markdown
from bench.tracker.browser import SLOWER, Bench, Start, Task
from bench.tracker.drawing import dots, drawing
from bench.tracker.setups import Setup, setups
from bench.tracker.sink import PATIENCE, Sink, Wire

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "tracker-bench.md"
DRAWING = PAGE.with_suffix(".svg")
_NONE = "no tracker"
_T = TypeVar("_T")
_INTRO = """\
What the tracker costs a page, beside other trackers from npm, all in one run of Chromium {version}; `make bench`
measures it anew. Each measurement has a browser context of its own, so nothing is cached. The processor is slowed
down {slower} times (`Emulation.setCPUThrottlingRate`), but for what goes over the wire. The trackers take turns, in
another order each time, since other work on the machine changes all times: compare within a column.
In this run {load:.0f} tasks on average wanted the machine's {processors} processors; where that is more, times
say little but who is faster.

![Size, start and bytes on the wire](tracker-bench.svg)
"""
_METHOD = """\
## What is measured

- **Size**: the script as it is served; of the others, esbuild's minified bundle of the package and the lines that
  start it. gzip and brotli at their highest levels.
- **Start**: milliseconds from before the browser parses the script until it has run: compiling, and all that it does
  at once, its first page view with it. What comes later is in **scripts**: all script time of the page in
  the second that begins there. Median, and in brackets the quartiles, of {rounds} runs each.
- **Wire**: a page view and ten events in one burst; the page stays. Bytes are those of HTTP/1.1, headers and all, to a
  collector on another subdomain; HTTP/2 packs repeated headers. Preflights count as requests. *Delivered*: of the
  eleven, within {patience:.0f} seconds. *One page view* is the same without the burst: what an event costs alone.
- **Longest task** of the main thread (Chromium's trace), the page's own work in it; median of {tasks} runs.
  *Tracker*: the longest that its script took in one task. The large page has some 12,000 elements; somebody clicks,
  scrolls, types, submits and changes its address. A task over 50 ms is one that people may notice.

Each tracker runs with its defaults, but that nothing is fetched from its maker's servers. Umami's script is not on
npm: its package is the client for servers, which reads nothing of the page by itself. Plausible has two packages: the
one that is its script of today, and the one before.
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.tracker", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="starts of each tracker")
    parser.add_argument("--tasks", type=int, default=3, help="traces of each tracker")
    options = parser.parse_args()
    sink = Sink()
    try:
        chosen = setups(sink.origin)
        with sync_playwright() as playwright:
            bench = Bench(playwright, sink)
            try:
                text, picture = _measured(bench, chosen, options.rounds, options.tasks)
            finally:
                bench.close()
    finally:
        sink.close()
    sys.stdout.write(text)
    PAGE.write_text(text)
    DRAWING.write_text(picture)
    return 0


def _measured(bench: Bench, chosen: Sequence[Setup], rounds: int, tasks: int) -> tuple[str, str]:
    starts = _rounds("start", rounds, [None, *chosen], bench.start)
    burst = {setup.name: bench.wire(setup, burst=True) for setup in chosen}
    alone = {setup.name: bench.wire(setup, burst=False) for setup in chosen}
    loads = _rounds("load", tasks, [None, *chosen], bench.load_task)
    bursts = _rounds("burst", tasks, chosen, bench.burst_task)
    heavy = _rounds("large page", tasks, [None, *(setup for setup in chosen if setup.ours)], bench.heavy_task)
    parts = [
        "# The tracker beside others",
        "<!-- Made by `make bench`: do not edit. -->",
        _INTRO.format(
            version=bench.version.split(".")[0], slower=SLOWER, load=os.getloadavg()[2], processors=os.cpu_count()
        ),
        "## Size and start",
        _size_table(chosen, starts),
        "## Wire",
        _wire_table(chosen, burst, alone),
        "## Longest task, ms",
        _task_table(chosen, loads, bursts, heavy),
        _METHOD.format(rounds=rounds, tasks=tasks, patience=PATIENCE),
    ]
    panels = [
        dots("Size", "bytes, gzip", [(setup.name, setup.gzip, setup.ours) for setup in chosen]),
        dots(
            f"Start, processor {SLOWER} times slower",
            "ms, median",
            [(setup.name, _median(starts[setup.name], lambda start: start.started), setup.ours) for setup in chosen],
        ),
        dots("A page view and ten events", "bytes sent", [(s.name, burst[s.name].total, s.ours) for s in chosen]),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n", drawing(panels)


def _rounds(what: str, count: int, chosen: Sequence[Setup | None], measure: Callable[..., _T]) -> dict[str, list[_T]]:
    """By name; in another order each round, so that none always follows the same one."""
    found: dict[str, list[_T]] = {setup.name if setup else _NONE: [] for setup in chosen}
    for number in range(count):
        Console(stderr=True).print(f"{what}: round {number + 1} of {count}")
        for setup in random.sample(chosen, len(chosen)):
            found[setup.name if setup else _NONE].append(measure(setup))
    return found


def _median(found: Sequence[_T], value: Callable[[_T], float]) -> float:
    return statistics.median(value(each) for each in found)


def _spread(found: Sequence[Start], value: Callable[[Start], float]) -> str:
    low, middle, high = statistics.quantiles((value(each) for each in found), method="inclusive")
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


def _size_table(chosen: Sequence[Setup], starts: dict[str, list[Start]]) -> str:
    rows = [["tracker", "package", "bytes", "gzip", "brotli", "start, ms", "scripts, ms"]]
    for setup in chosen:
        found = starts[setup.name]
        rows.append(
            [
                *(setup.name, setup.source, f"{setup.raw:,}", f"{setup.gzip:,}", f"{setup.brotli:,}"),
                _spread(found, lambda start: start.started),
                _spread(found, lambda start: start.scripts),
            ]
        )
    none = starts[_NONE]
    spreads = [_spread(none, lambda start: start.started), _spread(none, lambda start: start.scripts)]
    return markdown([*rows, [_NONE, "an empty script", "", "", "", *spreads]])


def _wire_table(chosen: Sequence[Setup], burst: dict[str, Wire], alone: dict[str, Wire]) -> str:
    rows = [["tracker", "requests", "bytes", "of them bodies", "delivered", "one page view: requests", "bytes"]]
    for setup in chosen:
        all_of_it, view = burst[setup.name], alone[setup.name]
        rows.append(
            [
                *(setup.name, str(all_of_it.requests), f"{all_of_it.total:,}", f"{all_of_it.bodies:,}"),
                *(f"{all_of_it.delivered} of 11", str(view.requests), f"{view.total:,}"),
            ]
        )
    return markdown(rows)


def _task_table(
    chosen: Sequence[Setup],
    loads: dict[str, list[Task]],
    bursts: dict[str, list[Task]],
    heavy: dict[str, list[Task]],
) -> str:
    rows = [["tracker", "load", "tracker", "burst", "tracker", "large page, in use", "tracker"]]
    for name in [_NONE, *(setup.name for setup in chosen)]:
        row = [name]
        for found in (loads, bursts, heavy):
            tasks = found.get(name)
            row.append(f"{_median(tasks, lambda task: task.longest):.0f}" if tasks else "")
            row.append(f"{_median(tasks, lambda task: task.tracker):.1f}" if tasks and name != _NONE else "")
        rows.append(row)
    return markdown(rows)


if __name__ == "__main__":
    raise SystemExit(main())
