"""Pages written for otus, unmodified but for the script's address."""

from collections.abc import Callable

import pytest

from tests.browser.compat import visit
from tests.browser.drivers.protocol import Context, Tab
from tests.browser.shop import Shop

MakeShop = Callable[..., Shop]


@pytest.fixture
def page(make_shop: MakeShop, context: Context) -> tuple[Shop, Tab]:
    shop = make_shop(modules=("otus", "pageviews"))
    return shop, visit(shop, context, '<script defer src="/t.js"></script>')


def test_track(page: tuple[Shop, Tab]) -> None:
    shop, tab = page
    tab.evaluate(
        """() => {
        window.otus.track('newsletter_signup');
        window.otus.track('add_to_cart', {item_id: 'SKU-1', value: 49.9});
        window.otus.track('begin_checkout', {}, 'order-7');
        window.otus.track('purchase', {value: 1}, 'order-7');
        for (const bad of ['Signup', 'a b', '', 'ü', 'x'.repeat(65), undefined, null, {}, 'a-b']) otus.track(bad);
        }"""
    )
    shop.settle(tab)
    names = sorted(name for name in shop.collector.names() if not name.startswith("settled"))
    assert names == ["add_to_cart", "begin_checkout", "newsletter_signup", "page_view", "purchase"]
    assert shop.collector.one("add_to_cart")["props"] == {"item_id": "SKU-1", "value": 49.9}
    assert shop.collector.one("begin_checkout")["props"] == {"linking_id": "order-7"}
    assert shop.collector.one("purchase")["props"] == {"value": 1, "linking_id": "order-7"}
    tab.evaluate("otus.track('own', {linking_id: 'its own'}), otus.track('none', null)")
    shop.expect(tab, [{"name": "own", "props": {"linking_id": "its own"}}])
    assert shop.collector.one("none")["props"] == {}


def test_user_properties_and_a_new_visitor(page: tuple[Shop, Tab]) -> None:
    shop, tab = page
    tab.evaluate("otus.setUserProperties({plan: 'growth'}), otus.setUserProperties({role: 'admin'}), otus.track('a')")
    shop.settle(tab)
    shop.go(tab)
    tab.evaluate("otus.track('b'), otus.clearVisitorId(), otus.track('c')")
    shop.settle(tab)
    for name in ("a", "b"):
        user = shop.collector.one(name)["user"]
        assert (user["plan"], user["role"]) == ("growth", "admin")
    assert shop.collector.one("a")["uid"] == shop.collector.one("b")["uid"] != shop.collector.one("c")["uid"]


def test_ignore_at_any_moment(page: tuple[Shop, Tab]) -> None:
    shop, tab = page
    tab.evaluate("localStorage.setItem('otus_ignore', 'true'), otus.track('refuted'), history.pushState(0, '', '/x')")
    tab.evaluate("localStorage.removeItem('otus_ignore'), otus.track('expected')")
    shop.expect(tab, [{"name": "expected"}], [{"name": "refuted"}, {"name": "page_view", "page": {"path": "/x"}}])


def test_it_never_throws(page: tuple[Shop, Tab]) -> None:
    _, tab = page
    tab.evaluate("otus.track(), otus.track(Symbol()), otus.setUserProperties(null), otus.track('a', 1n)")


def test_from_a_tag_managers_custom_html(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop()
    page = visit(
        shop,
        context,
        """<script>
        var tag = document.createElement('div');
        tag.innerHTML = '<script src="/t.js"><\\/script>';
        var made = document.createElement('script'); made.async = true; made.src = tag.firstChild.src;
        made.onload = function () { window.otus.track('from_gtm') };
        document.body.appendChild(made);
        </script>""",
    )
    shop.expect(page, [{"name": "from_gtm"}])
