"""Pages written for InnerTrends, unmodified but for the script's address."""

from collections.abc import Callable

import pytest

from tests.browser.compat import DATA_LAYER, innertrends, visit
from tests.browser.drivers.protocol import Context
from tests.browser.shop import Shop, referred

MakeShop = Callable[..., Shop]


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    return make_shop(modules=("innertrends",))


@pytest.mark.parametrize("name", ["_itl", "anyName"])
def test_calls_before_and_after_the_script_under_any_name(shop: Shop, context: Context, name: str) -> None:
    page = visit(shop, context, innertrends(name) + f"<script>{name}.log('early', 'v', {{n: 1}})</script>")
    page.evaluate(f"{name}.log('late'), {name}.stream({{q: 1}})")
    shop.expect(
        page,
        [
            {"name": "early", "props": {"value": "v", "n": 1}, "si": "shop-key"},
            {"name": "late", "props": {}},
            {"name": "stream", "props": {"q": 1}},
        ],
    )


def test_identity_account_and_context(shop: Shop, context: Context) -> None:
    page = visit(shop, context, DATA_LAYER + innertrends())
    shop.settle(page)
    event = shop.collector.one("page_view")
    user = event["user"]
    assert (user["user_id"], user["account_id"]) == ("u7", "acme")
    assert user["account"] == {"created_at": "1700000000"}
    assert event["flags"] == ["staging", "impersonating"]


def test_entries_that_are_pushed_later(shop: Shop, context: Context) -> None:
    page = visit(shop, context, innertrends())
    pushed = "{identity: {user: {id: 'u8', email: 'a@b.example'}}, context: {staging: true}}"
    assert page.evaluate(f"dataLayer.push({{event: 'gtm.js'}}, {pushed})") == 2
    page.evaluate("_itl.log('after')")
    shop.expect(
        page,
        [{"name": "after", "user": {"user_id": "u8", "email": "a@b.example"}, "flags": ["staging"]}],
        [{"name": "page_view", "user": {"user_id": "u8"}}],
    )
    assert page.evaluate("dataLayer.length") == 2


def test_who_is_logged_in_is_what_the_page_says(shop: Shop, context: Context) -> None:
    """Nothing of it is kept: the page after a log-out, or after staff has impersonated someone, is nobody's."""
    page = visit(shop, context, DATA_LAYER + innertrends(), "/app")
    shop.settle(page)
    assert "u7" not in page.evaluate("JSON.stringify(localStorage) + document.cookie")
    page = visit(shop, context, innertrends(), "/out")
    shop.settle(page)
    views = {event["page"]["path"]: event for event in shop.collector.events if event["name"] == "page_view"}
    assert views["/app"]["user"]["user_id"] == "u7"
    assert views["/app"]["uid"] == views["/out"]["uid"]
    assert not {"user_id", "account_id", "account"} & set(views["/out"]["user"])
    assert views["/out"]["flags"] == []


def test_identity_that_was_read_before_the_consent(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("consent", "innertrends"), opt_out="opt-in")
    page = visit(shop, context, DATA_LAYER + innertrends())
    assert page.evaluate("localStorage.length") == 0
    page.evaluate("penstock.consent(true)")
    shop.expect(page, [{"name": "page_view", "user": {"user_id": "u7", "account_id": "acme"}}])


def test_what_is_said_of_an_account_comes_together(shop: Shop, context: Context) -> None:
    page = visit(shop, context, innertrends())
    page.evaluate(
        "dataLayer.push({identity: {account: {id: 'acme', name: 'Acme'}}, accountProperties: {created_at: 5}});"
        "dataLayer.push({identity: {account: {id: 'acme'}, user: {id: 'u7'}}});"
        "_itl.log('after', undefined, {value: 3})"
    )
    shop.expect(page, [{"name": "after", "props": {"value": 3}}])
    assert shop.collector.one("after")["user"]["account"] == {"name": "Acme", "created_at": 5}


def test_a_data_layer_of_others_is_left_alone(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop()
    page = visit(shop, context, DATA_LAYER + '<script src="/t.js"></script>', "/others")
    page.evaluate("dataLayer.push({account: {id: 7, email: 'anna@shop.example'}}), penstock.track('after')")
    shop.settle(page)
    assert not [event for event in shop.collector.events if {"user_id", "email"} & set(event["user"])]
    page = visit(shop, context, '<script src="/t.js"></script>', "/plain")
    assert page.evaluate("['dataLayer', '_itlt', '_itlq'].filter(name => name in window)") == []


def test_the_older_form_with_a_subaccount(shop: Shop, context: Context) -> None:
    layer = "<script>var dataLayer = [{account: {id: 1, created_at: 5}}, {subaccount: {id: 2, email: 'x'}}]</script>"
    page = visit(shop, context, layer + innertrends())
    shop.settle(page)
    user = shop.collector.one("page_view")["user"]
    assert (user["account_id"], user["user_id"], user["email"]) == (1, 2, "x")
    assert user["account"] == {"created_at": 5}


def test_channels_and_clicks_are_on(shop: Shop, context: Context) -> None:
    shop.site.page(
        "/", f"<title>Shop</title>{referred('https://www.bing.com/')}{innertrends()}<button>Upgrade</button>"
    )
    page = shop.open(context)
    page.click("button")
    shop.expect(
        page,
        [
            {"name": "page_view", "campaign": {"channel": "search", "source": "www.bing.com"}},
            {"name": "click", "props": {"text": "Upgrade"}},
        ],
    )


def test_who_is_identified_needs_no_cookie(shop: Shop, context: Context) -> None:
    blocked = (
        "<script>Object.defineProperty(document, 'cookie', {get() { return '' }, set() {}});"
        "Object.defineProperty(window, 'localStorage', {value: null})</script>"
    )
    shop.site.page("/", blocked + DATA_LAYER + innertrends())
    page = shop.open(context)
    page.evaluate("penstock.flush()")
    shop.collector.wait(lambda: "page_view" in shop.collector.names(), "the page view")
    user = shop.collector.one("page_view")["user"]
    assert (user["user_id"], user["account_id"]) == ("u7", "acme")
