"""The site under test and what tests do with it: an action, the events expected, the events refuted."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.browser.collector import Collector, until
from tests.browser.drivers.protocol import Context, Tab
from tests.browser.servers import Server, Site
from tracker_build.pages import stub
from tracker_build.spec import TrackerSpec

Pattern = Mapping[str, Any]


class Shop:
    """Serves pages that load the tracker; `collector` has what arrived."""

    def __init__(self, site: Site, server: Server, collector: Collector, spec: TrackerSpec, script: bytes) -> None:
        self.site, self.server, self.collector = site, server, collector
        self.spec, self.script = spec, script
        site.script("/t.js", script)
        site.default = self.html()

    def html(self, body: str = "", *, head: str = "", attributes: str = "", early: bool = True) -> str:
        """A page with the published snippet; `early` is its stub for calls before the script."""
        stubbed = f"<script>{stub(self.spec)}</script>" if early else ""
        return (
            f"<!doctype html><html lang='en'><head><title>Shop</title>{head}{stubbed}"
            f"<script async src='/t.js' {attributes}></script></head><body>{body}</body></html>"
        )

    @property
    def elsewhere(self) -> str:
        """A page of another origin that has no tracker."""
        return self.spec.endpoint.removesuffix("/e") + "/health"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return self.server.origin(host) + path

    def open(self, context: Context, path: str = "/", host: str = "127.0.0.1") -> Tab:
        """A tab on `path` with the tracker loaded."""
        page = context.tab()
        self.go(page, path, host)
        return page

    def go(self, page: Tab, path: str = "/", host: str = "127.0.0.1") -> None:
        page.goto(self.url(path, host))
        loaded(page, self.spec.global_name)

    def settle(self, page: Tab) -> None:
        """Returns when everything that the page has tracked until now has arrived.

        A last event goes the same way, so that what has not come before it will not come.
        """
        mark = f"settled {len(self.collector.events)}"
        page.evaluate(f"{self.spec.global_name}.track({mark!r}), {self.spec.global_name}.flush()")
        self.collector.wait(lambda: mark in self.collector.names(), mark)
        # Requests may overtake each other: nothing is under way when nothing waits for its answer any more.
        waiting = f"Object.keys(localStorage).some(key => key.startsWith('{self.spec.prefix}q'))"
        until(lambda: not page.evaluate(waiting), "the answer to everything")

    def expect(self, page: Tab, expected: Iterable[Pattern], refuted: Iterable[Pattern] = ()) -> None:
        """Of everything that arrived, each `expected` came exactly once and no `refuted` at all."""
        self.settle(page)
        for pattern in expected:
            found = [event for event in self.collector.events if matches(event, pattern)]
            assert len(found) == 1, f"{len(found)} times {pattern}; came: {self.collector.events}"
        for pattern in refuted:
            assert not [event for event in self.collector.events if matches(event, pattern)], f"came: {pattern}"
        assert self.collector.bad == []


def loaded(page: Tab, name: str = "penstock") -> None:
    """Waits until the script has replaced its stub."""
    until(lambda: page.evaluate(f"!!window.{name} && !!{name}.ids"), "the tracker")


def complaints(page: Tab) -> list[str]:
    """Everything that went wrong before the eyes of whoever looks at the console, on all pages of the tab's site."""
    return list(page.evaluate("said()"))


def text(page: Tab, selector: str) -> str:
    return str(page.evaluate(f"document.querySelector({selector!r}).innerText"))


def referred(referrer: str) -> str:
    """Makes the page one that was reached from there."""
    return f"<script>Object.defineProperty(document, 'referrer', {{get: () => {referrer!r}}})</script>"


def matches(event: Any, pattern: Any) -> bool:
    """Whether `event` holds all of `pattern`; objects are compared by the pattern's keys alone."""
    if isinstance(pattern, Mapping):
        return isinstance(event, dict) and all(
            key in event and matches(event[key], value) for key, value in pattern.items()
        )
    return bool(event == pattern)
