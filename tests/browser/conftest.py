"""One browser for the session; for each test a context of its own, so that nothing stored is shared."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.browser.collector import Collector
from tests.browser.servers import Server, Site
from tests.browser.shop import Shop
from tracker_build.bundle import Bundle, bundle
from tracker_build.spec import TrackerSpec
from tracker_build.stage import tools

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Sites on several subdomains of one registrable domain, all of them this machine.
    "--host-resolver-rules=MAP *.example.com 127.0.0.1, MAP *.example.co.uk 127.0.0.1",
)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
    yield launched
    launched.close()


@cache
def _build(spec: TrackerSpec) -> Bundle:
    return bundle(spec, tools())


@pytest.fixture(scope="session")
def collector_server() -> Iterator[tuple[Collector, Server]]:
    collector = Collector()
    server = Server(collector.answer)
    yield collector, server
    server.close()


@pytest.fixture
def site_server() -> Iterator[tuple[Site, Server]]:
    """A port for each test: what pages of the test before still send is told by their origin."""
    site = Site()
    server = Server(site.answer)
    yield site, server
    server.close()


@pytest.fixture
def collector(collector_server: tuple[Collector, Server], site_server: tuple[Site, Server]) -> Collector:
    collector_server[0].reset(site_server[1].port)
    return collector_server[0]


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> dict[str, Any]:
    """Options of a context that is no bot: the collector flags what calls itself headless."""
    page = browser.new_page()
    agent = page.evaluate("navigator.userAgent")
    page.close()
    return {"user_agent": agent.replace("Headless", ""), "locale": "en-US"}


@pytest.fixture
def context(browser: Browser, visitor: dict[str, Any]) -> Iterator[BrowserContext]:
    opened = browser.new_context(**visitor)
    yield opened
    opened.close()


@pytest.fixture
def make_shop(
    collector: Collector, collector_server: tuple[Collector, Server], site_server: tuple[Site, Server]
) -> Callable[..., Shop]:
    """A site with a tracker of the given settings (fields of TrackerSpec)."""

    def make(**settings: object) -> Shop:
        site, server = site_server
        site.files.clear()
        site.headers.clear()
        spec = TrackerSpec(**{"endpoint": collector_server[1].origin() + "/e", **settings})  # type: ignore[arg-type]
        return Shop(site, server, collector, spec, _build(spec).script)

    return make


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    """A site with page views and the whole native API, and no module that sends by itself beside them."""
    return make_shop(modules=("consent", "users", "screens", "pageviews"))
