"""Pages written for Pipes, unmodified but for the script's address; each of its own defects is a test."""

from collections.abc import Callable

import pytest

from tests.browser.collector import until
from tests.browser.compat import PIPES, visit
from tests.browser.drivers.protocol import Context
from tests.browser.shop import Shop, complaints

MakeShop = Callable[..., Shop]


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    return make_shop(modules=("pipes", "pageviews"))


def test_calls_before_and_after_the_script(shop: Shop, context: Context) -> None:
    early = "<script>pipes.page('home', {lang: 'de'}); pipes.track('early', {n: 1})</script>"
    page = visit(shop, context, PIPES + early)
    page.evaluate("pipes.screen('Cart', {n: 2}), pipes.track('grüße', {text: '日本'}), pipes.push(['track', 'pushed'])")
    shop.expect(
        page,
        [
            {"name": "page_view", "props": {"name": "home", "lang": "de"}},
            {"name": "early", "props": {"n": 1}},
            {"name": "screen_view", "props": {"name": "Cart", "n": 2}},
            {"name": "grüße", "props": {"text": "日本"}},
            {"name": "pushed"},
        ],
    )


def test_the_first_page_has_an_id(shop: Shop, context: Context) -> None:
    page = visit(shop, context, PIPES + "<script>pipes.page('home')</script>")
    shop.settle(page)
    assert len(shop.collector.events[0]["uid"]) == 36
    assert shop.collector.events[0]["uid"] == page.evaluate("penstock.ids().uid")


def test_identity(shop: Shop, context: Context) -> None:
    page = visit(shop, context, PIPES)
    page.evaluate("pipes.identity('u7', {plan: 'pro'}), pipes.track('after')")
    shop.expect(
        page,
        [
            {"name": "identity", "props": {"user_id": "u7", "plan": "pro"}},
            {"name": "after", "user": {"user_id": "u7", "plan": "pro"}},
        ],
    )


def test_disable_acts_at_once_and_there_is_a_way_back(shop: Shop, context: Context) -> None:
    page = visit(shop, context, PIPES)
    page.evaluate("pipes.track('before'), pipes.disable(), pipes.track('refuted')")
    shop.go(page)
    page.evaluate("pipes.track('refuted too'), pipes.enable(), pipes.track('again')")
    shop.expect(page, [{"name": "again"}], [{"name": "refuted"}, {"name": "refuted too"}])


def test_who_had_disabled_it_stays_out(shop: Shop, context: Context) -> None:
    before = context.tab()
    before.goto(shop.url("/bare"))
    before.evaluate("document.cookie = 'pipes_disabled=true;path=/'")
    page = visit(shop, context, PIPES)
    page.evaluate("pipes.track('refuted'), pipes.enable()")
    shop.expect(page, [], [{"name": "refuted"}])
    shop.go(page)
    page.evaluate("pipes.track('back')")
    shop.expect(page, [{"name": "back"}])


def test_who_had_disabled_it_may_come_back_by_any_way(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("pipes", "consent"))
    before = context.tab()
    before.goto(shop.url("/bare"))
    # Its cookies have no path: one of a page further down is not ours to erase.
    before.evaluate("document.cookie = 'pipes_disabled=true;path=/shop'")
    page = visit(shop, context, PIPES, "/shop/one")
    assert page.evaluate("penstock.ids()") is None
    page.evaluate("penstock.consent(true)")
    shop.go(page, "/shop/one")
    page.evaluate("pipes.track('back')")
    shop.expect(page, [{"name": "back"}])


def test_do_not_track(shop: Shop, context: Context) -> None:
    signal = "<script>Object.defineProperty(navigator, 'doNotTrack', {value: '1'})</script>"
    page = visit(shop, context, signal + PIPES)
    page.evaluate("pipes.page('home'), pipes.identity('u7')")
    assert context.cookies() == []
    assert page.evaluate("localStorage.length") == 0


def test_a_link_is_told_of_and_followed(shop: Shop, context: Context) -> None:
    page = visit(shop, context, PIPES + "<a id=more href=/more><b>Read</b> more</a>")
    page.evaluate("pipes.trackLink(document.getElementById('more'), 'read more', {n: 1})")
    page.click("a")
    until(lambda: "/more" in str(page.evaluate("location.pathname")), "the next page")
    shop.collector.wait(lambda: "read more" in shop.collector.names(), "the link")
    event = shop.collector.one("read more")
    assert event["props"] == {"n": 1, "id": "more", "href": shop.url("/more"), "text": "Read more"}
    assert event["page"]["path"] == "/"


def test_a_form_is_told_of_when_it_is_submitted_without_values(shop: Shop, context: Context) -> None:
    form = """<form id=login action=/in><input name=user value=anna>
    <input name=password type=password value=secret><button>Go</button></form>"""
    page = visit(shop, context, PIPES + form)
    page.evaluate("pipes.trackForm(document.getElementById('login'), 'log in', {n: 1})")
    page.click("[name=user]")
    shop.expect(page, [], [{"name": "log in"}])
    page.click("button")
    until(lambda: "/in" in str(page.evaluate("location.pathname")), "the next page")
    shop.collector.wait(lambda: "log in" in shop.collector.names(), "the form")
    assert shop.collector.one("log in")["props"] == {"n": 1, "id": "login", "fields": ["user", "password"]}


def test_the_page_context_is_that_of_the_event(shop: Shop, context: Context) -> None:
    page = visit(shop, context, PIPES)
    page.evaluate("history.pushState(0, '', '/second'), document.title = 'Second', pipes.page('second')")
    shop.expect(page, [{"name": "page_view", "page": {"path": "/second", "title": "Second"}}])
    assert shop.collector.events[0]["device"]["screen"] == page.evaluate("screen.width + 'x' + screen.height")


def test_its_cookies_are_the_whole_domains(shop: Shop, context: Context) -> None:
    shop.site.page("/", PIPES)
    shop.open(context, "/", "www.example.com").evaluate("pipes.page()")
    assert {(cookie["domain"], cookie["path"], cookie["sameSite"]) for cookie in context.cookies()} == {
        (".example.com", "/", "Lax")
    }


def test_included_twice_says_so_and_counts_once(shop: Shop, context: Context) -> None:
    page = context.tab()
    shop.site.page("/", PIPES + PIPES + "<script>pipes.page('home')</script>")
    shop.go(page)
    shop.expect(page, [{"name": "page_view"}])
    assert complaints(page) == ["Pipes tracker included twice"]
