"""What is rare and must not cost an event, or make one: no way to send but an image, endless addresses, nonsense."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.browser.collector import until
from tests.browser.drivers.protocol import Context
from tests.browser.shop import Shop

MakeShop = Callable[..., Shop]

NONE = "delete window.fetch; delete window.Request; delete Navigator.prototype.sendBeacon; delete window.XMLHttpRequest"
THROWING = (
    "window.fetch = navigator.sendBeacon = () => { throw new Error('replaced') };"
    "XMLHttpRequest.prototype.send = () => { throw new Error('replaced') }"
)


@pytest.mark.parametrize("broken", [NONE, THROWING], ids=["nothing there", "everything throws"])
def test_the_image_is_the_last_way(make_shop: MakeShop, context: Context, broken: str) -> None:
    shop = make_shop(modules=("pageviews",))
    burst = "for (let i = 0; i < 10; i++) penstock.track('e' + i, {n: i, text: 'ä&+%'.repeat(40)})"
    shop.site.page("/", shop.html(f"<script>{burst}</script>", head=f"<script>{broken}</script>"))
    page = shop.open(context)
    expected = {"page_view", *(f"e{number}" for number in range(10))}
    shop.collector.wait(lambda: set(shop.collector.names()) == expected, "eleven events")
    until(lambda: not page.evaluate("Object.keys(localStorage).some(key => key.startsWith('_ps_q'))"), "an empty queue")
    assert len(shop.collector.names()) == 11
    assert {request.method for request in shop.collector.batches} == {"GET"}
    assert sorted(event["seq"] for event in shop.collector.events) == list(range(1, 12))
    last = shop.collector.one("e9")
    assert last["props"] == {"n": 9, "text": "ä&+%" * 40}
    assert last["src"]["api"] == "batch"


def test_an_event_too_long_for_an_address_holds_up_no_other(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("pageviews",))
    burst = "penstock.track('long', {text: 'x'.repeat(9000)}); penstock.track('short')"
    shop.site.page("/", shop.html(f"<script>{burst}</script>", head=f"<script>{NONE}</script>"))
    page = shop.open(context)
    shop.collector.wait(lambda: {"page_view", "short"} <= set(shop.collector.names()), "the others")
    # It waits, and goes once there is another way.
    shop.site.page("/well", shop.html())
    shop.site.clock = 60_000
    shop.go(page, "/well")
    shop.collector.wait(lambda: "long" in shop.collector.names(), "the long one")


def test_an_image_that_could_not_be_stored_is_sent_again(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("pageviews",))
    shop.site.page("/", shop.html(head=f"<script>{NONE}</script>"))
    with shop.collector.unavailable():
        shop.open(context)
        shop.collector.wait(lambda: shop.collector.refused, "a refusal")
        assert shop.collector.events == []
    shop.collector.wait(lambda: shop.collector.events, "the event")
    assert shop.collector.names() == ["page_view"]


def test_an_endless_address_title_and_referrer_cost_no_event(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop()
    long = "/long?q=" + "x" * 12_000
    page = shop.open(context, long)
    page.evaluate(
        f"document.title = {'題' * 20_000!r}; penstock.identify(1, {{name: {'名' * 2_900!r}}}); penstock.track('one');"
        "history.pushState(0, '', '/next?utm_source=' + 'y'.repeat(9000)); penstock.track('two')"
    )
    shop.settle(page)
    shop.go(page, "/after?utm_medium=50%off&utm_source=" + quote("東" * 1_500) + "&utm_campaign=" + quote("京" * 1_500))
    shop.expect(page, [{"name": "one"}, {"name": "two"}, {"name": "page_view", "page": {"path": "/after"}}])
    views = [event for event in shop.collector.events if event["name"] == "page_view"]
    (after,) = (event for event in views if event["page"]["path"] == "/after")
    assert after["campaign"] == {"medium": "50%off", "source": "東" * 150, "name": "京" * 150, "channel": "campaign"}
    one = shop.collector.one("one")
    assert one["page"]["url"] == shop.url(long)[:2_000]
    assert one["page"]["title"] == "題" * 300
    assert one["user"]["name"] == "名" * 2_900


@pytest.mark.parametrize(
    "call",
    [
        "track()",
        "track({})",
        "track(null)",
        "track('')",
        "track(function () {})",
        "track(['a'])",
        "screen()",
    ],
)
def test_a_call_without_a_name_is_no_event(shop: Shop, context: Context, call: str) -> None:
    page = shop.open(context)
    page.evaluate(f"penstock.{call}")
    shop.settle(page)
    assert sorted(shop.collector.names()) == ["page_view", *(n for n in shop.collector.names() if "settled" in n)]
    assert page.evaluate("penstock.ids().seq") == 2


def test_a_call_without_sense_changes_no_user(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate("penstock.identify(42, {plan: 'free'}), penstock.account('acme')")
    page.evaluate(
        "penstock.identify(), penstock.identify(null), penstock.identify(''), penstock.identify({}),"
        "penstock.account(), penstock.identify(NaN), penstock.set('x'), penstock.set(7), penstock.set(['y']),"
        "penstock.set(), penstock.unset(), penstock.track('as before')"
    )
    shop.expect(page, [{"name": "as before"}])
    assert shop.collector.one("as before")["user"] == {"user_id": 42, "plan": "free", "account_id": "acme"}
    page.evaluate("penstock.identify(0, 'no traits'), penstock.track('zero')")
    shop.expect(page, [{"name": "zero", "user": {"user_id": 0}}])


def test_the_page_of_the_consent_counts_once_it_is_given(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("consent", "pageviews"), opt_out="opt-in")
    page = shop.open(context, "/asked")
    page.evaluate("penstock.consent('granted')")
    page.evaluate("penstock.consent('granted'), penstock.track('after')")
    shop.expect(page, [{"name": "page_view", "page": {"path": "/asked"}, "seq": 1}, {"name": "after"}])


def test_a_consent_is_no_view_where_a_page_sends_its_own(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("pageviews",), opt_out="opt-in")
    shop.site.page("/", shop.html(attributes="data-manual"))
    page = shop.open(context)
    page.evaluate("penstock.optIn(), penstock.track('after')")
    shop.expect(page, [{"name": "after"}], [{"name": "page_view"}])


def test_the_title_of_a_page_within_an_app_is_its_own(shop: Shop, context: Context) -> None:
    page = shop.open(context, "/one")
    shop.settle(page)
    # A framework goes to the page first and writes its title when it has drawn it.
    page.evaluate(
        "history.pushState(0, '', '/two'); penstock.track('early');"
        "setTimeout(() => { document.title = 'Two'; document.title = 'Two' }, 20)"
    )
    until(lambda: page.evaluate("document.title") == "Two", "the title")
    shop.expect(
        page,
        [
            {"name": "page_view", "page": {"path": "/one", "title": "Shop"}},
            {"name": "page_view", "page": {"path": "/two", "title": "Two"}},
            {"name": "early", "page": {"path": "/two", "title": "Two"}},
        ],
    )


def test_a_page_that_is_left_before_its_title_came_counts(shop: Shop, context: Context) -> None:
    page = shop.open(context, "/one")
    shop.settle(page)
    page.evaluate(f"history.pushState(0, '', '/two'); document.title = 'Two'; location.href = {shop.elsewhere!r}")
    shop.collector.wait(lambda: shop.collector.names().count("page_view") == 2, "the second view")
    assert shop.collector.named("page_view")[-1]["page"]["path"] == "/two"
    assert shop.collector.named("page_view")[-1]["page"]["title"] == "Two"


def test_the_title_stays_with_the_page_it_was_of(shop: Shop, context: Context) -> None:
    page = shop.open(context, "/one")
    page.evaluate("history.pushState(0, '', '/two'); document.title = 'Two'")
    shop.expect(
        page,
        [
            {"name": "page_view", "page": {"path": "/one", "title": "Shop"}},
            {"name": "page_view", "page": {"title": "Two"}},
        ],
    )
