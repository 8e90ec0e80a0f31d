"""No event lost: whatever happens to the page, the browser or the collector, every event arrives once."""

import os
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from tests.browser.collector import until
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.shop import Shop

BURST = "for (let n = 0; n < 10; n++) penstock.track('event ' + n)"
ELEVEN = {"page_view", *(f"event {n}" for n in range(10))}


def arrived(shop: Shop) -> None:
    """Waits for the page view and the ten events."""
    shop.collector.wait(lambda: set(shop.collector.names()) >= ELEVEN, "eleven events")


def once(shop: Shop) -> None:
    """Nothing of the eleven came twice."""
    names = [name for name in shop.collector.names() if name in ELEVEN - {"page_view"}]
    assert len(names) == len(set(names)), names
    numbers = sorted(event["seq"] for event in shop.collector.events)
    assert numbers == list(range(1, len(numbers) + 1)), numbers


def test_a_burst_is_one_request(shop: Shop, context: BrowserContext) -> None:
    shop.site.page("/", shop.html(f"<script>{BURST}</script>"))
    shop.open(context)
    arrived(shop)
    once(shop)
    assert len(shop.collector.batches) == 1
    assert [event["seq"] for event in shop.collector.events] == list(range(1, 12))


def test_the_queue_is_on_disk_until_the_answer(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    shop.settle(page)
    stored = "Object.keys(localStorage).filter(key => key.startsWith('_ps_q')).length"
    page.wait_for_function(f"{stored} == 0")
    with shop.collector.slow():
        with page.expect_request("**/e"):
            assert page.evaluate(f"() => {{ {BURST}; return {stored} }}") == 10
        assert page.evaluate(stored) == 10
    page.wait_for_function(f"{stored} == 0")
    arrived(shop)
    once(shop)


def test_tab_closed_at_once(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    page.evaluate(BURST)
    page.close(run_before_unload=True)
    arrived(shop)
    once(shop)


@pytest.mark.parametrize("target", ["away", "within"])
def test_navigation_in_the_same_tick(shop: Shop, context: BrowserContext, target: str) -> None:
    page = shop.open(context, "/start")
    to = shop.url("/next") if target == "within" else shop.elsewhere
    with page.expect_navigation():
        page.evaluate(f"() => {{ {BURST}; location.href = {to!r} }}")
    arrived(shop)
    once(shop)


def test_hidden_then_killed(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    page.evaluate(BURST)
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'});"
        "document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))"
    )
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    arrived(shop)
    once(shop)


def test_a_flood_goes_in_batches_that_a_browser_lets_a_leaving_page_send(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    page.evaluate("for (let n = 0; n < 500; n++) penstock.track('flood', {text: 'é'.repeat(50), n})")
    shop.settle(page)
    floods = [event for event in shop.collector.events if event["name"] == "flood"]
    assert [event["props"]["n"] for event in floods] == list(range(500))
    assert max(len(request.body) for request in shop.collector.batches) <= 30_000


def test_one_event_larger_than_a_batch_goes_alone(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    page.evaluate("penstock.track('large', {text: 'x'.repeat(200000)}), penstock.track('small')")
    shop.expect(page, [{"name": "large", "props": {"text": "x" * 200_000}}, {"name": "small"}])


def test_two_tabs_at_once(shop: Shop, context: BrowserContext) -> None:
    shop.site.page("/", shop.html(f"<script>{BURST}</script>"))
    pages = [context.new_page(), context.new_page()]
    for page in pages:
        page.goto(shop.url(), wait_until="commit")
    shop.collector.wait(lambda: len(shop.collector.events) >= 22, "twice eleven events")
    for page in pages:
        shop.settle(page)
    eids = [event["eid"] for event in shop.collector.events]
    assert len(eids) == len(set(eids)) == 24
    # Two tabs that meet may give a number twice; they never leave one out.
    assert max(event["seq"] for event in shop.collector.events) == len(
        {event["seq"] for event in shop.collector.events}
    )


@pytest.mark.parametrize(
    "broken",
    [
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})",
        "Object.defineProperty(window, 'localStorage', {value: null})",
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') };"
        "Object.defineProperty(window, 'localStorage', {value: new Proxy({}, {set() { throw new Error('full') }})})",
        "Object.defineProperty(document, 'cookie', {get() { throw new Error('no') }, set() { throw new Error('no') }})",
    ],
    ids=["blocked", "null", "full", "no cookies"],
)
def test_storage_that_fails(shop: Shop, context: BrowserContext, broken: str) -> None:
    shop.site.page("/", shop.html(f"<script>{BURST}</script>", head=f"<script>{broken}</script>"))
    page = shop.open(context)
    arrived(shop)
    once(shop)
    with shop.collector.refusing(503):
        page.evaluate("penstock.track('kept'), penstock.flush()")
        shop.collector.wait(lambda: shop.collector.refused, "a refused request")
    shop.collector.wait(lambda: "kept" in shop.collector.names(), "kept")
    once(shop)
    assert len({event["uid"] for event in shop.collector.events}) == 1


@pytest.mark.parametrize(
    ("broken", "leaving"),
    [
        ("delete window.fetch; delete window.Request", False),
        ("window.fetch = () => { throw new Error('replaced') }", False),
        ("delete Request.prototype.keepalive", True),
        ("delete Request.prototype.keepalive; delete Navigator.prototype.sendBeacon", False),
    ],
    ids=["no fetch", "fetch replaced", "beacon", "plain fetch"],
)
def test_each_way_of_sending(shop: Shop, context: BrowserContext, broken: str, leaving: bool) -> None:
    shop.site.page("/", shop.html(f"<script>{BURST}</script>", head=f"<script>{broken}</script>"))
    page = shop.open(context)
    if leaving:
        page.evaluate("penstock.track('last'), dispatchEvent(new PageTransitionEvent('pagehide'))")
        shop.collector.wait(lambda: "last" in shop.collector.names(), "last")
    arrived(shop)
    once(shop)
    assert {request.headers["content-type"].lower() for request in shop.collector.batches} == {
        "text/plain;charset=utf-8"
    }


def test_503_then_well_again(shop: Shop, context: BrowserContext) -> None:
    page = context.new_page()
    page.clock.install()
    shop.site.page("/", shop.html(f"<script>{BURST}; penstock.flush()</script>"))
    with shop.collector.unavailable(), page.expect_response("**/e") as refused:
        shop.go(page)
    assert refused.value.headers["retry-after"] == "10"
    refused.value.finished()
    page.clock.run_for(9_000)
    assert len(shop.collector.refused) == 1
    page.clock.run_for(2_000)
    arrived(shop)
    once(shop)


def test_500_without_a_word_when_to_come_again(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    with shop.collector.refusing(500):
        page.evaluate(BURST)
        shop.collector.wait(lambda: shop.collector.refused, "a refused request")
    arrived(shop)
    once(shop)


def test_429_is_left_alone_for_as_long_as_it_says(shop: Shop, context: BrowserContext) -> None:
    page = context.new_page()
    page.clock.install()
    shop.site.page("/", shop.html(f"<script>{BURST}; penstock.flush()</script>"))
    with shop.collector.refusing(429, Retry_After="30"), page.expect_response("**/e") as refused:
        shop.go(page)
    refused.value.finished()
    page.clock.run_for(25_000)
    page.evaluate("penstock.flush()")
    assert shop.collector.events == []
    assert len(shop.collector.refused) == 1
    page.clock.run_for(6_000)
    arrived(shop)
    once(shop)


def test_a_4xx_is_final(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    with shop.collector.refusing(400):
        page.evaluate(f"() => {{ {BURST}; penstock.flush() }}")
        shop.collector.wait(lambda: shop.collector.refused, "a refused request")
        page.wait_for_function("!Object.keys(localStorage).some(key => key.startsWith('_ps_q'))")
    shop.expect(page, [], [{"name": name} for name in ELEVEN])


def test_offline_for_a_while(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.evaluate(f"() => {{ {BURST}; penstock.flush() }}")
    context.set_offline(False)
    arrived(shop)
    once(shop)


def test_offline_and_reloaded(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.evaluate(f"() => {{ {BURST}; penstock.flush() }}")
    context.set_offline(False)
    page.reload()
    arrived(shop)
    once(shop)


def test_offline_closed_and_visited_later(shop: Shop, context: BrowserContext) -> None:
    page = shop.open(context)
    context.set_offline(True)
    page.evaluate(BURST)
    page.close()
    context.set_offline(False)
    later(shop, context)
    arrived(shop)
    once(shop)


def test_killed_and_visited_later(shop: Shop, playwright: Playwright, tmp_path: Path) -> None:
    """SIGKILL to the whole browser: no event handler runs."""
    with Process(playwright, tmp_path) as context, shop.collector.down():
        shop.open(context).evaluate(BURST)
        shop.collector.wait(lambda: shop.collector.refused, "a request")
        # Chromium keeps localStorage in memory for some seconds; what it has not written dies with it.
        until(lambda: b"event 9" in written(tmp_path), "the last event on the browser's disk")
    assert shop.collector.events == []
    with Process(playwright, tmp_path) as context:
        later(shop, context)
        arrived(shop)
        once(shop)
        assert len({event["uid"] for event in shop.collector.events}) == 1


def written(profile: Path) -> bytes:
    """Chromium's localStorage as it is on disk."""
    return b"".join(path.read_bytes() for path in (profile / "Default" / "Local Storage" / "leveldb").glob("*.log"))


class Process:
    """A browser of our own on a profile; at the end it is killed, all of it."""

    def __init__(self, playwright: Playwright, profile: Path) -> None:
        self._playwright = playwright
        flags = [*FLAGS, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        self._process = subprocess.Popen(
            [CHROMIUM, *flags, "about:blank"], stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def __enter__(self) -> BrowserContext:
        assert self._process.stderr
        address = next(line.split()[-1] for line in self._process.stderr if "DevTools listening" in line)
        self._drain = threading.Thread(target=self._process.stderr.read, daemon=True)
        self._drain.start()
        return self._playwright.chromium.connect_over_cdp(address).contexts[0]

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def later(shop: Shop, context: BrowserContext) -> Page:
    """Another visit, some minutes afterwards."""
    page = context.new_page()
    page.clock.install()
    page.clock.fast_forward(300_000)
    shop.go(page, "/later")
    return page
