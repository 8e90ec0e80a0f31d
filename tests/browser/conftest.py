"""One browser of each engine for the session; for each test a context of its own, so that nothing stored is shared."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.browser.collector import Collector
from tests.browser.drivers.engines import CANNOT, ENGINES
from tests.browser.drivers.protocol import Browser, Context
from tests.browser.servers import Server, Site
from tests.browser.shop import Shop
from tracker_build.bundle import bundle
from tracker_build.script import Bundle
from tracker_build.spec import TrackerSpec
from tracker_build.stage import tools


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that needs a browser runs in every engine that can be asked for what it does."""
    if "engine" in metafunc.fixturenames:
        able = [name for name in ENGINES if name not in CANNOT.get(metafunc.definition.originalname, {})]
        metafunc.parametrize("engine", able, scope="session")


@pytest.fixture(scope="session")
def browser(engine: str) -> Iterator[Browser]:
    started = ENGINES[engine]()
    yield started
    started.close()


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


@pytest.fixture
def context(browser: Browser, site_server: object) -> Iterator[Context]:
    """Closed before its site is."""
    opened = browser.context()
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
        site.clock = None
        spec = TrackerSpec(**{"endpoint": collector_server[1].origin() + "/e", **settings})  # type: ignore[arg-type]
        return Shop(site, server, collector, spec, _build(spec).script)

    return make


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    """A site with page views and the whole native API, and no module that sends by itself beside them."""
    return make_shop(modules=("consent", "users", "screens", "pageviews"))
