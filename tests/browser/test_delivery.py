"""No event lost: whatever happens to the page, the browser or the collector, every event arrives once."""

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.browser.collector import until
from tests.browser.drivers.process import killed, written
from tests.browser.drivers.protocol import Context, Tab
from tests.browser.servers import Request
from tests.browser.shop import Shop

BURST = "for (let n = 0; n < 10; n++) penstock.track('event ' + n)"
# Whether an event waits for another attempt: until when is no longer ten seconds after it was made, nor whole as that
# of an event under way.
RESTING = """Object.keys(localStorage).some(key => {
    const until = +localStorage[key].split('\\n')[0];
    return key.startsWith('_ps_q') && until % 1 && until - key.slice(5, 20) != 10000;
})"""
ELEVEN = {"page_view", *(f"event {n}" for n in range(10))}


def arrived(shop: Shop) -> None:
    """Waits for the page view and the ten events."""
    shop.collector.wait(lambda: set(shop.collector.names()) >= ELEVEN, "eleven events")


def once(shop: Shop) -> None:
    """Nothing of the eleven was made twice or stands twice in a request, and no number is missing."""
    for body in (json.loads(request.body) for request in shop.collector.batches):
        eids = [event["eid"] for event in body["events"]]
        assert len(eids) == len(set(eids)), eids
    names = [name for name in shop.collector.names() if name in ELEVEN - {"page_view"}]
    assert len(names) == len(set(names)), names
    numbers = sorted(event["seq"] for event in shop.collector.events)
    assert numbers == list(range(1, len(numbers) + 1)), numbers


def sent(requests: Iterable[Request]) -> list[int]:
    """When each batch was sent, by the page's own clock, in that order. Milliseconds."""
    return sorted(json.loads(request.body)["sent_at"] for request in requests)


def test_a_burst_is_one_request(shop: Shop, context: Context) -> None:
    shop.site.page("/", shop.html(f"<script>{BURST}</script>"))
    shop.open(context)
    arrived(shop)
    once(shop)
    first = json.loads(shop.collector.batches[0].body)["events"]
    assert [event["seq"] for event in first] == list(range(1, 12))


def test_the_queue_is_on_disk_until_the_answer(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    shop.settle(page)
    stored = "Object.keys(localStorage).filter(key => key.startsWith('_ps_q')).length"
    until(lambda: page.evaluate(stored) == 0, "an empty queue")
    with shop.collector.slow():
        begun = shop.collector.begun
        assert page.evaluate(f"() => {{ {BURST}; return {stored} }}") == 10
        shop.collector.wait(lambda: shop.collector.begun > begun, "a request")
        assert page.evaluate(stored) == 10
    until(lambda: page.evaluate(stored) == 0, "an empty queue")
    arrived(shop)
    once(shop)


def test_tab_closed_at_once(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate(BURST)
    page.close()
    arrived(shop)
    once(shop)


def test_a_flush_that_is_broken_off_leaves_all_to_the_next(shop: Shop, context: Context) -> None:
    """Firefox breaks off what runs at pagehide in the last tab of a process, at any place and past every `catch`."""
    shop.site.page("/", shop.html())
    page = shop.open(context)
    page.evaluate(
        f"""() => {{
        {BURST};
        const split = String.prototype.split;
        let reads = 0;
        String.prototype.split = function (...parts) {{
          if (parts[0] == "\\n" && ++reads == 6) throw new Error("broken off");
          return split.apply(this, parts);
        }};
        dispatchEvent(new PageTransitionEvent("pagehide"));
        document.dispatchEvent(new Event("visibilitychange", {{bubbles: true}}));
        }}"""
    )
    arrived(shop)
    once(shop)
    # Not when their lease is over, for which a tab that is closed has no time.
    assert all(event["sent_at"] - event["created_at"] < 10_000 for event in shop.collector.events)


@pytest.mark.parametrize("target", ["away", "within"])
def test_navigation_in_the_same_tick(shop: Shop, context: Context, target: str) -> None:
    page = shop.open(context, "/start")
    to = shop.url("/next") if target == "within" else shop.elsewhere
    page.evaluate(f"() => {{ {BURST}; location.href = {to!r} }}")
    arrived(shop)
    once(shop)


def test_hidden_then_killed(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate(BURST)
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'});"
        "document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))"
    )
    page.crash()
    arrived(shop)
    once(shop)


def test_a_flood_goes_in_batches_that_a_browser_lets_a_leaving_page_send(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate("for (let n = 0; n < 500; n++) penstock.track('flood', {text: 'é'.repeat(50), n})")
    shop.settle(page)
    assert [event["props"]["n"] for event in shop.collector.named("flood")] == list(range(500))
    assert max(len(request.body) for request in shop.collector.batches) <= 30_000


def test_one_event_larger_than_a_batch_goes_alone(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate("penstock.track('large', {text: 'x'.repeat(200000)}), penstock.track('small')")
    shop.expect(page, [{"name": "large", "props": {"text": "x" * 200_000}}, {"name": "small"}])


def test_two_tabs_at_once(shop: Shop, context: Context) -> None:
    shop.site.page("/", shop.html(f"<script>{BURST}</script>"))
    pages = [context.tab(), context.tab()]
    for page in pages:
        page.goto(shop.url("/bare"))
    for page in pages:
        page.evaluate(f"void setTimeout(() => {{ location.href = {shop.url()!r} }})")
    shop.collector.wait(lambda: len(shop.collector.events) >= 22, "twice eleven events")
    for page in pages:
        shop.settle(page)
    assert len(shop.collector.events) == 24
    # A tab whose page lives sends again only what had no answer for ten seconds: nothing is sent by both.
    for event in shop.collector.events:
        times = sorted(line["sent_at"] for line in shop.collector.lines if line["eid"] == event["eid"])
        assert all(again - before >= 10_000 for before, again in pairwise(times)), times
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
def test_storage_that_fails(shop: Shop, context: Context, broken: str) -> None:
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
def test_each_way_of_sending(shop: Shop, context: Context, broken: str, leaving: bool) -> None:
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


def test_503_then_well_again(shop: Shop, context: Context) -> None:
    page = context.tab()
    shop.site.clock = 0
    shop.site.page("/", shop.html(f"<script>{BURST}; penstock.flush()</script>"))
    with shop.collector.unavailable():
        shop.go(page)
        until(lambda: page.evaluate(RESTING), "a rest")
    page.evaluate("clock.run(9_000)")
    page.evaluate("clock.run(2_000)")
    arrived(shop)
    once(shop)
    assert sent(shop.collector.batches)[0] - sent(shop.collector.refused)[-1] >= 10_000


def test_500_without_a_word_when_to_come_again(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    with shop.collector.refusing(500):
        page.evaluate(BURST)
        shop.collector.wait(lambda: shop.collector.refused, "a refused request")
    arrived(shop)
    once(shop)


def test_429_is_left_alone_for_as_long_as_it_says(shop: Shop, context: Context) -> None:
    page = context.tab()
    shop.site.clock = 0
    shop.site.page("/", shop.html(f"<script>{BURST}; penstock.flush()</script>"))
    with shop.collector.refusing(429, Retry_After="30"):
        shop.go(page)
        until(lambda: page.evaluate(RESTING), "a rest")
    page.evaluate("clock.run(25_000)")
    page.evaluate("penstock.flush()")
    page.evaluate("clock.run(6_000)")
    arrived(shop)
    once(shop)
    assert sent(shop.collector.batches)[0] - sent(shop.collector.refused)[-1] >= 30_000


def test_a_4xx_is_final(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    with shop.collector.refusing(400):
        page.evaluate(f"() => {{ {BURST}; penstock.flush() }}")
        shop.collector.wait(lambda: shop.collector.refused, "a refused request")
        until(lambda: page.evaluate("!Object.keys(localStorage).some(key => key.startsWith('_ps_q'))"), "the answer")
    # The page view may have gone before the collector refused.
    shop.expect(page, [], [{"name": name} for name in ELEVEN if name != "page_view"])


def test_offline_for_a_while(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    with context.offline():
        page.evaluate(f"() => {{ {BURST}; penstock.flush() }}")
        until(lambda: page.evaluate(RESTING), "a failure")
    arrived(shop)
    once(shop)


def test_offline_and_reloaded(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    with context.offline():
        page.evaluate(f"() => {{ {BURST}; penstock.flush() }}")
        until(lambda: page.evaluate(RESTING), "a failure")
    page.reload()
    arrived(shop)
    once(shop)


def test_offline_closed_and_visited_later(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    with context.offline():
        page.evaluate(BURST)
        page.close()
    later(shop, context)
    arrived(shop)
    once(shop)


def test_killed_and_visited_later(shop: Shop, engine: str, tmp_path: Path) -> None:
    """SIGKILL to the whole browser: no event handler runs."""
    shop.site.page("/", shop.html(f"<script>{BURST}</script>"))
    with shop.collector.down(), killed(engine, tmp_path, shop.url()):
        shop.collector.wait(lambda: shop.collector.refused, "a request")
        # Browsers keep localStorage in memory for some seconds; what they have not written dies with them.
        until(lambda: written(tmp_path, "event 9"), "the last event on the browser's disk")
    assert shop.collector.events == []
    shop.site.clock = 300_000
    with killed(engine, tmp_path, shop.url("/later")):
        arrived(shop)
        once(shop)
        assert len({event["uid"] for event in shop.collector.events}) == 1


def later(shop: Shop, context: Context) -> Tab:
    """Another visit, some minutes afterwards."""
    shop.site.clock = 300_000
    return shop.open(context, "/later")
