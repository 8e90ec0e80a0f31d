"""Pages written for Opentracker, unmodified but for the script's address."""

import time
from collections.abc import Callable

import pytest

from lambdas.state.record import Key, Kind
from tests.browser.compat import folded, visit
from tests.browser.drivers.protocol import Context
from tests.browser.shop import Shop

MakeShop = Callable[..., Shop]


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    # With the others on: they must not get in its way.
    return make_shop()


def test_the_page_sends_itself_once(shop: Shop, context: Context) -> None:
    page = visit(shop, context, '<script src="/t.js?site=www.shop.example"></script>')
    shop.expect(page, [{"name": "Shop", "si": "www.shop.example"}], [{"name": "page_view"}])
    props = shop.collector.one("Shop")["props"]
    assert props["lc"] == shop.url("/")
    assert props["resolution"] == page.evaluate("screen.width + 'x' + screen.height")
    assert props["colors"] == page.evaluate("screen.colorDepth")
    assert props["browser"] == page.evaluate("navigator.userAgent")


def test_onload_false(shop: Shop, context: Context) -> None:
    page = visit(shop, context, '<script src="/t.js?site=shop.example&onload=false"></script>')
    page.evaluate("OTLogService.sendEvent('only this')")
    shop.expect(page, [{"name": "only this"}], [{"name": "Shop"}, {"name": "page_view"}])


def test_onload_map(shop: Shop, context: Context) -> None:
    page = visit(
        shop,
        context,
        """<script src="/t.js?site=shop.example&onload=map"></script>
        <script>_otmap.put("salesChannel!", "West coast ads"); OTLogService.sendEvent(_otmap)</script>""",
    )
    shop.expect(page, [{"name": "Shop", "props": {"salesChannel!": "West coast ads", "lc": shop.url("/")}}])


def test_send_event_in_all_its_forms(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("opentracker", "pageviews"))
    page = visit(
        shop,
        context,
        """<script src="/t.js?site=shop.example"></script><script>
        _otmap.put("salesChannel!", "West coast ads");
        OTLogService.sendEvent(_otmap);
        OTLogService.sendEvent("Just a simple event");
        OTLogService.sendEvent("Simple with map", _otmap);
        OTLogService.sendEvent("Without state", _otmap, false);
        var map = new OTMap(); map.put("n", 1);
        OTLogService.sendEvent("", map, false);
        OTLogService.sendEvent(undefined, map, false);
        </script>""",
    )
    shop.settle(page)
    events = sorted(
        (event for event in shop.collector.events if not event["name"].startswith("settled")),
        key=lambda event: event["seq"],
    )
    assert [event["name"] for event in events] == [
        "Shop",
        "Shop",
        "Just a simple event",
        "Simple with map",
        "Without state",
        "NO TITLE",
        "NO TITLE",
    ]
    segment = {"salesChannel!": "West coast ads"}
    assert [event["props"].get("salesChannel!") for event in events] == [
        None,
        *segment.values(),
        None,
        *2 * [*segment.values()],
        None,
        None,
    ]
    assert [("no_state" in event["flags"]) for event in events] == [False] * 4 + [True] * 3
    assert events[5]["props"] == {"ti": "NO TITLE", "n": 1}


def test_a_script_that_stands_before_the_title(shop: Shop, context: Context) -> None:
    shop.site.page(
        "/",
        "<!doctype html><html><head><script src='/t.js?site=shop.example'></script><title>Shop</title></head>"
        "<body><script>OTLogService.sendEvent('early')</script></body></html>",
    )
    page = shop.open(context)
    shop.expect(page, [{"name": "Shop", "props": {"ti": "Shop"}}, {"name": "early"}], [{"name": "NO TITLE"}])


def test_the_page_of_the_consent(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(opt_out="opt-in")
    page = visit(shop, context, '<script src="/t.js?site=shop.example"></script>', "/?utm_source=letter")
    page.evaluate("OTLogService.sendEvent('refuted'), penstock.consent('granted')")
    shop.expect(
        page, [{"name": "Shop", "props": {"utm_source": "letter"}}], [{"name": "refuted"}, {"name": "page_view"}]
    )


def test_maps(shop: Shop, context: Context) -> None:
    page = visit(shop, context, '<script src="/t.js?site=shop.example"></script>')
    assert page.evaluate(
        """() => {
        var map = new OTMap(), other = new OTMap();
        map.put('color', 'red'); map.put('shape', 'circle'); other.put('color', 'blue');
        var seen = [map.get('color'), map.get('nothing')];
        map.remove('color'); seen.push(map.get('color'), map.get('shape'));
        map.clear(); seen.push(map.get('shape'), other.get('color'));
        return seen;
        }"""
    ) == ["red", None, None, "circle", None, "blue"]


def test_the_full_example_of_its_documents(shop: Shop, context: Context) -> None:
    page = visit(
        shop,
        context,
        """<script src="/t.js?site=shop.example"></script>
        <script type="text/javascript">
        function DoStuffFunction() {
            var map = new OTMap();
            map.put("color", "red");
            map.put("email", "brad@shop.example");
            OTLogService.sendEvent("first event", map);
            map.clear();
            map.put("shape", "circle");
            map.put("location", "home");
            OTLogService.sendEvent("second event", map);
            map.remove("shape");
            OTLogService.sendEvent("third event", map);
        }
        DoStuffFunction();
        </script>
        <input type=button value="myButton label" onclick='OTLogService.sendEvent("myButton was clicked")'>""",
    )
    page.click("input")
    shop.settle(page)
    first = shop.collector.one("first event")
    assert first["props"] == {"ti": "first event", "color": "red", "email": "brad@shop.example"}
    assert first["user"]["email"] == "brad@shop.example"
    assert shop.collector.one("second event")["props"] == {
        "ti": "second event",
        "shape": "circle",
        "location": "home",
    }
    assert shop.collector.one("third event")["props"] == {"ti": "third event", "location": "home"}
    assert shop.collector.one("myButton was clicked")["props"] == {"ti": "myButton was clicked"}


def test_what_session_and_user_become(make_shop: MakeShop, context: Context) -> None:
    """The javascript example of its documents, from the page through the collector into the records."""
    shop = make_shop(modules=("opentracker",))
    page = visit(
        shop,
        context,
        """<script src="/t.js?site=shop.example&onload=false"></script><script>
        var map = new OTMap();
        map.put("item", "Panasonic Lumix DMC-TZ30"); map.put("brand!", "Panasonic");
        map.put("price", "257"); map.put("item-type", "camera[+257]"); map.put("email", "brad@shop.example");
        OTLogService.sendEvent("Checkout complete", map);
        OTLogService.sendEvent("Checkout complete", map, false);
        map.clear(); map.put("privateMessage", "a third event"); map.put("item-type", "camera[+3]");
        OTLogService.sendEvent("Thanks", map);
        OTLogService.sendEvent("left alone", map, false);
        </script>""",
    )
    ids = page.evaluate("penstock.ids()")
    page.evaluate("penstock.flush()")
    shop.collector.wait(lambda: len(shop.collector.events) == 4, "four events")
    sent = next(each["props"] for each in shop.collector.events if each["name"] == "Checkout complete")
    assert sent == {
        "ti": "Checkout complete",
        "item": "Panasonic Lumix DMC-TZ30",
        "brand!": "Panasonic",
        "price": "257",
        "item-type": "camera[+257]",
        "email": "brad@shop.example",
    }
    for kind, record in ((Kind.SESSION, ids["sid"]), (Kind.USER, ids["uid"])):
        state = folded(shop, Key(kind, "shop.example", record))
        assert {name: cell.value for name, cell in state.props.items()} == {
            "ti": "Thanks",
            "item": "Panasonic Lumix DMC-TZ30",
            "brand": "Panasonic",
            "price": "257",
            "email": "brad@shop.example",
            "privateMessage": "a third event",
        }
        assert state.segments == {("brand", "Panasonic")}
        assert state.last.eid == shop.collector.one("Thanks")["eid"]
        assert list(state.counters) == [("item-type", "camera")]
    assert state.user["email"].value == "brad@shop.example"
    assert list(state.sessions) == [ids["sid"]]


def test_state_cookies(shop: Shop, context: Context) -> None:
    page = context.tab()
    shop.site.clock = 0
    html = '<script src="/t.js?site=shop.example"></script>'
    shop.site.page("/", html)
    began = int(time.time())
    shop.go(page)

    def cookies() -> tuple[list[int], list[int]]:
        found = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
        ots, otui = ([int(part) for part in found[name].split(".")] for name in ("ots", "otui"))
        return ots, otui

    ots, otui = cookies()
    start = otui[1]
    assert began <= start <= time.time()
    assert ots == [1, start, start, start]
    assert otui[1:] == [start, start, start, 1, 1]
    page.evaluate("clock.run(60_000)")
    page.evaluate("OTLogService.sendEvent('one'), OTLogService.sendEvent('two', undefined, false)")
    ots, otui = cookies()
    assert ots[:3] == [2, start, start]
    assert 60 <= ots[3] - start <= 61 + time.time() - began
    assert otui[4:] == [1, 2]
    page.evaluate("clock.jump(3_600_000)")
    page.evaluate("OTLogService.sendEvent('next visit')")
    ots, otui = cookies()
    assert ots[0] == 1
    assert ots[1] == ots[2] == ots[3] == otui[3]
    assert otui[1:3] == [start, start]
    assert otui[4:] == [2, 3]
    page.evaluate("document.cookie = 'otui=1.2.x;path=/'")
    page.evaluate("OTLogService.sendEvent('anew')")
    assert cookies()[1][4:] == [1, 1]
    page.evaluate("penstock.optOut()")
    assert [cookie["name"] for cookie in context.cookies()] == ["penstock_optout"]


def test_tags_in_the_address(shop: Shop, context: Context) -> None:
    html = '<script src="/t.js?site=shop.example"></script>'
    page = visit(shop, context, html, "/?utm_source=first&ot_customerId=1")
    shop.go(page, "/?utm_source=second&ot_customerId=2%203")
    assert page.evaluate("[_otmap.get('utm_source'), _otmap.get('ot_customerId')]") == ["first", "2 3"]


def test_addresses_that_only_look_like_tags(shop: Shop, context: Context) -> None:
    html = '<script src="/t.js?site=shop.example"></script>'
    page = visit(shop, context, html, "/?robot_id=5&q=utm_source&ot_[=a&ot_b(=2&utm_source=kept&utm_none")
    shop.expect(page, [{"name": "Shop", "props": {"utm_source": "kept", "ot_[": "a", "ot_b(": "2"}}])
    props = shop.collector.one("Shop")["props"]
    assert not {"ot_id", "utm_none"} & set(props)
