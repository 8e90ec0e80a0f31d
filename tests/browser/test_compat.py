"""Pages with a plain script tag, and with all other trackers' calls at once."""

from collections.abc import Callable

from tests.browser.collector import until
from tests.browser.compat import DATA_LAYER, innertrends, visit
from tests.browser.drivers.protocol import Context
from tests.browser.shop import Shop, loaded

MakeShop = Callable[..., Shop]


def test_a_plain_script_tag(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop()
    page = visit(shop, context, '<script async src="/t.js"></script>')
    shop.expect(page, [{"name": "page_view", "page": {"path": "/"}}])


def test_all_of_them_together(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop()
    page = visit(shop, context, DATA_LAYER + innertrends())
    loaded(page)
    page.evaluate("otus.track('a'), OTLogService.sendEvent('b'), pipes.track('c'), _itl.log('d'), penstock.track('e')")
    shop.expect(page, [{"name": name, "user": {"user_id": "u7"}} for name in "abcde"])
    until(lambda: "page_view" in shop.collector.names(), "the page view")
