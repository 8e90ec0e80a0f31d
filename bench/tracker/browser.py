"""The measuring itself, in Chromium. Each measurement has a context of its own: no cache, no stored state."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, Playwright

from bench.tracker.heavy import HEAVY, visit
from bench.tracker.setups import Setup
from bench.tracker.sink import Sink, Wire
from local.chromium import FLAGS, ensure
from tests.browser.drivers.chromium import RESOLVE
from tests.browser.servers import Answer, Request, Server

SLOWER = 4
BURST = [f"bench_event_{number}" for number in range(10)]
# A program at the wheel is nobody to most trackers, and they would send nothing.
_UNSEEN = "--disable-blink-features=AutomationControlled"
_CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]
_BURST = (
    "for (const name of " + json.dumps(BURST) + ') bench(name, { number: name.length, plan: "premium", price: 12.5 });'
)
_ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
# From before the parser sees the script to after it has run: compiling and everything it does at once.
_START = """source => {
  const script = document.createElement("script");
  script.textContent = source;
  const before = performance.now();
  document.head.append(script);
  return performance.now() - before;
}"""


@dataclass(frozen=True)
class Start:
    """Milliseconds: the script until it has run, and all scripts of the page in the second that begins there."""

    started: float
    scripts: float


@dataclass(frozen=True)
class Task:
    """Milliseconds: the longest task of the main thread, and the most of one that the tracker's script took."""

    longest: float
    tracker: float


class Bench:
    """A browser, a site on one origin, and the sink on another."""

    def __init__(self, playwright: Playwright, sink: Sink) -> None:
        self._sink = sink
        self._setup: Setup | None = None
        self._server = Server(self._answer)
        self._site = self._server.origin("shop.example.com")
        # As good as https to the browser: without, it keeps from pages what some of the trackers need.
        secure = f"--unsafely-treat-insecure-origin-as-secure={self._site},{sink.origin}"
        flags = [*FLAGS, RESOLVE, _UNSEEN, secure]
        self._browser: Browser = playwright.chromium.launch(executable_path=ensure(), args=flags)
        page = self._browser.new_page()
        self._agent = page.evaluate("navigator.userAgent").replace("Headless", "")
        page.close()

    @property
    def version(self) -> str:
        return self._browser.version

    def close(self) -> None:
        self._browser.close()
        self._server.close()

    def start(self, setup: Setup | None) -> Start:
        """Loads and starts it on an empty page, the processor slowed down."""
        with self._page(setup) as (page, session):
            page.goto(self._site + "/bare")
            session.send("Performance.enable")
            before = _script_ms(session)
            started = page.evaluate(_START, setup.script.decode() if setup else "")
            page.wait_for_timeout(1000)
            return Start(started, _script_ms(session) - before)

    def wire(self, setup: Setup, *, burst: bool) -> Wire:
        """What a page view sends, alone or with ten events in one burst; the page stays."""
        with self._page(setup, slower=1) as (page, _):
            page.goto(self._site + ("/burst" if burst else "/view"))
            return self._sink.settle(setup.view, BURST if burst else [])

    def load_task(self, setup: Setup | None) -> Task:
        """While a small page loads with the tracker in it, and for a second more."""
        with self._page(setup) as (page, _), self._trace(page) as found:
            page.goto(self._site + "/view")
            page.wait_for_timeout(1000)
        return found[0]

    def burst_task(self, setup: Setup) -> Task:
        """While ten events are tracked at once, and for a second more."""
        with self._page(setup) as (page, _):
            page.goto(self._site + "/view")
            page.wait_for_timeout(1500)
            with self._trace(page) as found:
                page.evaluate(_BURST)
                page.wait_for_timeout(1000)
        return found[0]

    def heavy_task(self, setup: Setup | None) -> Task:
        """While somebody clicks, scrolls, types and submits on a page of many elements."""
        with self._page(setup) as (page, _):
            page.goto(self._site + "/heavy")
            page.wait_for_timeout(1500)
            with self._trace(page) as found:
                visit(page)
                page.wait_for_timeout(1500)
        return found[0]

    @contextmanager
    def _page(self, setup: Setup | None, slower: int = SLOWER) -> Iterator[tuple[Page, CDPSession]]:
        self._setup = setup
        context = self._browser.new_context(user_agent=self._agent, locale="en-US")
        try:
            page = context.new_page()
            session = context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
            self._sink.clear()
            yield page, session
        finally:
            context.close()

    @contextmanager
    def _trace(self, page: Page) -> Iterator[list[Task]]:
        found: list[Task] = []
        self._browser.start_tracing(page=page, categories=_CATEGORIES)
        yield found
        found.append(_longest(json.loads(self._browser.stop_tracing())["traceEvents"], self._site))

    def _answer(self, request: Request) -> Answer:
        if request.path == "/t.js":
            return 200, {"Content-Type": "text/javascript"}, self._setup.script if self._setup else b""
        tag = '<script src="/t.js"></script>' if request.path != "/bare" else ""
        if request.path == "/burst":
            tag += f"<script>{_BURST}</script>"
        body = HEAVY if request.path == "/heavy" else "<h1>Page</h1><p>Text</p>"
        page = f"<!doctype html><html lang=en><title>Bench</title><body>{body}{tag}"
        return 200, {"Content-Type": "text/html; charset=utf-8", **_ISOLATED}, page.encode()


def _script_ms(session: CDPSession) -> float:
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["ScriptDuration"]) * 1000


def _longest(events: list[dict[str, Any]], site: str) -> Task:
    """Of the main thread that ran the site's page."""
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    ours = [event for event in events if event.get("ph") == "X" and (event["pid"], event["tid"]) in mains]
    tasks = [event for event in ours if event["name"] == "RunTask"]
    scripts = [
        event
        for event in ours
        if event["name"] in ("EvaluateScript", "FunctionCall", "v8.compile")
        and re.match(re.escape(site) + "/t.js", str(event.get("args", {}).get("data", {}).get("url", "")))
    ]
    tracker = max((_inside(task, scripts) for task in tasks), default=0.0)
    return Task(max((event["dur"] for event in tasks), default=0) / 1000, tracker / 1000)


def _inside(task: dict[str, Any], scripts: list[dict[str, Any]]) -> float:
    """Microseconds of the task that the scripts took, those within others counted once."""
    total, until = 0.0, 0.0
    same = [script for script in scripts if (script["pid"], script["tid"]) == (task["pid"], task["tid"])]
    for script in sorted(same, key=lambda event: (event["ts"], -event["dur"])):
        if task["ts"] <= script["ts"] < task["ts"] + task["dur"] and script["ts"] >= until:
            total += script["dur"]
            until = script["ts"] + script["dur"]
    return total
