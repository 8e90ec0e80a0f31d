"""The setting storage=none: events arrive, and nothing is stored in the browser but a visitor's own choice."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.collector import until
from tests.browser.drivers.protocol import Context, Tab
from tests.browser.shop import Shop, complaints, text
from tests.browser.test_pages import open_opt_out
from tracker_build.spec import MODULES

MakeShop = Callable[..., Shop]

STORED = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)]"


def stored(context: Context, page: Tab) -> list[str]:
    names = [str(each["name"]) for each in context.cookies()] + list(page.evaluate(STORED))
    databases: list[Any] = page.evaluate("indexedDB.databases()")
    return names + [str(each) for each in databases]


def names(shop: Shop, expected: list[str]) -> None:
    """Returns when these events have arrived, and no other."""
    shop.collector.wait(lambda: len(shop.collector.names()) >= len(expected), str(expected))
    assert sorted(shop.collector.names()) == sorted(expected)


@pytest.mark.parametrize("modules", [("pageviews",), MODULES], ids=["core", "all"])
def test_events_arrive_and_nothing_is_stored(make_shop: MakeShop, context: Context, modules: tuple[str, ...]) -> None:
    shop = make_shop(modules=modules, storage="none")
    page = shop.open(context, "/1?utm_source=letter")
    page.evaluate("penstock.track('a', {n: 1}); penstock.reset(); penstock.flush()")
    shop.collector.wait(lambda: "a" in shop.collector.names(), "a")
    shop.go(page, "/2")
    page.evaluate("penstock.track('b'); penstock.flush()")
    shop.collector.wait(lambda: "b" in shop.collector.names(), "b")
    events = {event["name"]: event for event in shop.collector.events}
    assert events["a"]["uid"] == events["b"]["uid"] == events["b"]["sid"]
    assert events["a"]["seq"] is None
    assert events["a"]["props"] == {"n": 1}
    assert all("cookieless" in event["flags"] for event in shop.collector.events)
    assert b'"uid"' not in shop.collector.batches[0].body
    assert page.evaluate("penstock.ids()") is None
    assert stored(context, page) == []
    # The collector's answer brought no cookie either, and the browser keeps nothing of a page that is closed.
    page.close()
    page = context.tab()
    page.goto(shop.url("/bare"))
    assert stored(context, page) == []


def test_a_burst_is_delivered_when_the_tab_closes_at_once(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("pageviews",), storage="none")
    page = shop.open(context)
    page.evaluate("for (let i = 0; i < 10; i++) penstock.track('e' + i)")
    page.close()
    names(shop, ["page_view", *(f"e{number}" for number in range(10))])


def test_while_the_collector_is_away_events_wait_in_memory(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("pageviews",), storage="none")
    page = shop.open(context)
    with shop.collector.unavailable():
        page.evaluate("penstock.track('a'); penstock.flush()")
        until(lambda: shop.collector.refused, "a refusal")
        assert stored(context, page) == []
    page.evaluate("dispatchEvent(new Event('online'))")
    shop.collector.wait(lambda: "a" in shop.collector.names(), "a")
    page.evaluate("penstock.flush()")
    names(shop, ["page_view", "a"])


def test_an_opt_out_is_the_one_thing_kept_and_is_taken_back_without_a_trace(
    make_shop: MakeShop, context: Context
) -> None:
    shop = make_shop(modules=("consent", "pageviews"), storage="none")
    page = shop.open(context)
    names(shop, ["page_view"])
    page.evaluate("penstock.optOut(); penstock.track('refuted'); penstock.flush()")
    assert set(stored(context, page)) == {"penstock_optout"}
    shop.go(page, "/later")
    choice = open_opt_out(shop, context)
    assert text(choice, "[role=status]").startswith("Nothing about your visits")
    choice.click("button")
    assert text(choice, "[role=status]").startswith("Your visits are recorded")
    assert stored(context, page) == []
    page.evaluate("penstock.track('again'); penstock.flush()")
    shop.collector.wait(lambda: "again" in shop.collector.names(), "again")
    names(shop, ["page_view", "again"])
    assert complaints(page) == []


def test_with_consent_asked_only_the_answer_is_kept(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("consent", "pageviews"), storage="none", opt_out="opt-in")
    page = shop.open(context)
    page.evaluate("penstock.track('refuted'); penstock.flush()")
    assert stored(context, page) == []
    page.evaluate("penstock.consent(true); penstock.track('agreed'); penstock.flush()")
    shop.collector.wait(lambda: "agreed" in shop.collector.names(), "agreed")
    assert "refuted" not in shop.collector.names()
    assert set(stored(context, page)) == {"penstock_optout"}


def test_what_was_stored_before_the_setting_changed_is_sent_or_erased(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("users", "opentracker", "pageviews"))
    page = shop.open(context)
    page.evaluate("penstock.identify(42); OTLogService.sendEvent('sent')")
    shop.settle(page)
    with shop.collector.down():
        page.evaluate("penstock.track('unsent'); penstock.flush()")
        until(lambda: shop.collector.refused, "a try")
        page.close()
    later = make_shop(modules=("users", "opentracker", "pageviews"), storage="none")
    page = later.open(context)
    later.collector.wait(lambda: "unsent" in later.collector.names(), "unsent")
    until(lambda: not stored(context, page), "an empty store")
    views = [event for event in later.collector.events if "cookieless" in event["flags"]]
    assert [event["user"] for event in views] == [{}]


def test_links_to_other_domains_carry_nobody(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("crossdomain", "pageviews"), storage="none")
    link = f"<a id='a' href='{shop.url('/there', 'localhost')}'>there</a>"
    shop.site.page("/", shop.html(link, attributes="data-domains='localhost'"))
    page = shop.open(context)
    page.click("#a")
    until(lambda: "/there" in str(page.evaluate("location.pathname")), "the next page")
    assert "_ps_x" not in page.evaluate("location.href")
