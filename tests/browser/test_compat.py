"""Pages written for five other trackers, unmodified but for the script's address."""

import json
import time
from collections.abc import Callable

import pytest

from lambdas.common.event import parse_line
from lambdas.state.fold import fold
from lambdas.state.record import Key, Kind, State
from tests.browser.collector import until
from tests.browser.drivers.protocol import Context, Tab
from tests.browser.shop import Shop, complaints, loaded, referred

MakeShop = Callable[..., Shop]


def visit(shop: Shop, context: Context, html: str, path: str = "/") -> Tab:
    """A page that is `html` and nothing else, with its script loaded."""
    shop.site.page(
        path.partition("?")[0], f"<!doctype html><html><head><title>Shop</title></head><body>{html}</body></html>"
    )
    return shop.open(context, path)


def folded(shop: Shop, key: Key) -> State:
    """The record that the collected lines make."""
    state = fold(key, None, [parse_line(json.dumps(event).encode()) for event in shop.collector.events])
    assert state
    return state


class TestOpentracker:
    @pytest.fixture
    def shop(self, make_shop: MakeShop) -> Shop:
        # With the others on: they must not get in its way.
        return make_shop()

    def test_the_page_sends_itself_once(self, shop: Shop, context: Context) -> None:
        page = visit(shop, context, '<script src="/t.js?site=www.shop.example"></script>')
        shop.expect(page, [{"name": "Shop", "si": "www.shop.example"}], [{"name": "page_view"}])
        props = shop.collector.one("Shop")["props"]
        assert props["lc"] == shop.url("/")
        assert props["resolution"] == page.evaluate("screen.width + 'x' + screen.height")
        assert props["colors"] == page.evaluate("screen.colorDepth")
        assert props["browser"] == page.evaluate("navigator.userAgent")

    def test_onload_false(self, shop: Shop, context: Context) -> None:
        page = visit(shop, context, '<script src="/t.js?site=shop.example&onload=false"></script>')
        page.evaluate("OTLogService.sendEvent('only this')")
        shop.expect(page, [{"name": "only this"}], [{"name": "Shop"}, {"name": "page_view"}])

    def test_onload_map(self, shop: Shop, context: Context) -> None:
        page = visit(
            shop,
            context,
            """<script src="/t.js?site=shop.example&onload=map"></script>
            <script>_otmap.put("salesChannel!", "West coast ads"); OTLogService.sendEvent(_otmap)</script>""",
        )
        shop.expect(page, [{"name": "Shop", "props": {"salesChannel!": "West coast ads", "lc": shop.url("/")}}])

    def test_send_event_in_all_its_forms(self, make_shop: MakeShop, context: Context) -> None:
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

    def test_a_script_that_stands_before_the_title(self, shop: Shop, context: Context) -> None:
        shop.site.page(
            "/",
            "<!doctype html><html><head><script src='/t.js?site=shop.example'></script><title>Shop</title></head>"
            "<body><script>OTLogService.sendEvent('early')</script></body></html>",
        )
        page = shop.open(context)
        shop.expect(page, [{"name": "Shop", "props": {"ti": "Shop"}}, {"name": "early"}], [{"name": "NO TITLE"}])

    def test_the_page_of_the_consent(self, make_shop: MakeShop, context: Context) -> None:
        shop = make_shop(opt_out="opt-in")
        page = visit(shop, context, '<script src="/t.js?site=shop.example"></script>', "/?utm_source=letter")
        page.evaluate("OTLogService.sendEvent('refuted'), penstock.consent('granted')")
        shop.expect(
            page, [{"name": "Shop", "props": {"utm_source": "letter"}}], [{"name": "refuted"}, {"name": "page_view"}]
        )

    def test_maps(self, shop: Shop, context: Context) -> None:
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

    def test_the_full_example_of_its_documents(self, shop: Shop, context: Context) -> None:
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

    def test_what_session_and_user_become(self, make_shop: MakeShop, context: Context) -> None:
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

    def test_state_cookies(self, shop: Shop, context: Context) -> None:
        page = context.tab()
        shop.site.clock = 0
        html = '<script src="/t.js?site=shop.example"></script>'
        shop.site.page("/", html)
        shop.go(page)

        def cookies() -> tuple[list[int], list[int]]:
            found = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
            ots, otui = ([int(part) for part in found[name].split(".")] for name in ("ots", "otui"))
            return ots, otui

        ots, otui = cookies()
        start = otui[1]
        assert abs(start - time.time()) <= 20
        assert ots == [1, start, start, start]
        assert otui[1:] == [start, start, start, 1, 1]
        page.evaluate("clock.run(60_000)")
        page.evaluate("OTLogService.sendEvent('one'), OTLogService.sendEvent('two', undefined, false)")
        ots, otui = cookies()
        assert ots[:3] == [2, start, start]
        assert ots[3] - start in (60, 61, 62)
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

    def test_tags_in_the_address(self, shop: Shop, context: Context) -> None:
        html = '<script src="/t.js?site=shop.example"></script>'
        page = visit(shop, context, html, "/?utm_source=first&ot_customerId=1")
        shop.go(page, "/?utm_source=second&ot_customerId=2%203")
        assert page.evaluate("[_otmap.get('utm_source'), _otmap.get('ot_customerId')]") == ["first", "2 3"]

    def test_addresses_that_only_look_like_tags(self, shop: Shop, context: Context) -> None:
        html = '<script src="/t.js?site=shop.example"></script>'
        page = visit(shop, context, html, "/?robot_id=5&q=utm_source&ot_[=a&ot_b(=2&utm_source=kept&utm_none")
        shop.expect(page, [{"name": "Shop", "props": {"utm_source": "kept", "ot_[": "a", "ot_b(": "2"}}])
        props = shop.collector.one("Shop")["props"]
        assert not {"ot_id", "utm_none"} & set(props)


class TestOtus:
    @pytest.fixture
    def page(self, make_shop: MakeShop, context: Context) -> tuple[Shop, Tab]:
        shop = make_shop(modules=("otus", "pageviews"))
        return shop, visit(shop, context, '<script defer src="/t.js"></script>')

    def test_track(self, page: tuple[Shop, Tab]) -> None:
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

    def test_user_properties_and_a_new_visitor(self, page: tuple[Shop, Tab]) -> None:
        shop, tab = page
        tab.evaluate(
            "otus.setUserProperties({plan: 'growth'}), otus.setUserProperties({role: 'admin'}), otus.track('a')"
        )
        shop.settle(tab)
        shop.go(tab)
        tab.evaluate("otus.track('b'), otus.clearVisitorId(), otus.track('c')")
        shop.settle(tab)
        for name in ("a", "b"):
            user = shop.collector.one(name)["user"]
            assert (user["plan"], user["role"]) == ("growth", "admin")
        assert shop.collector.one("a")["uid"] == shop.collector.one("b")["uid"] != shop.collector.one("c")["uid"]

    def test_ignore_at_any_moment(self, page: tuple[Shop, Tab]) -> None:
        shop, tab = page
        tab.evaluate(
            "localStorage.setItem('otus_ignore', 'true'), otus.track('refuted'), history.pushState(0, '', '/x')"
        )
        tab.evaluate("localStorage.removeItem('otus_ignore'), otus.track('expected')")
        shop.expect(tab, [{"name": "expected"}], [{"name": "refuted"}, {"name": "page_view", "page": {"path": "/x"}}])

    def test_it_never_throws(self, page: tuple[Shop, Tab]) -> None:
        _, tab = page
        tab.evaluate("otus.track(), otus.track(Symbol()), otus.setUserProperties(null), otus.track('a', 1n)")

    def test_from_a_tag_managers_custom_html(self, make_shop: MakeShop, context: Context) -> None:
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


PIPES = """<script>!function(){
window.pipes = window.pipes || [];
if (pipes.init) return;
if (pipes.invoked) { console.error('Pipes tracker included twice'); return }
pipes.invoked = true; pipes.init = false;
['identity','track','page','screen','trackLink','trackForm','disable'].forEach(function (name) {
  pipes[name] = function () { pipes.push([name].concat([].slice.call(arguments))); return pipes }
});
var script = document.createElement('script'); script.async = true; script.src = '/t.js';
document.head.appendChild(script);
}()</script>"""


class TestPipes:
    @pytest.fixture
    def shop(self, make_shop: MakeShop) -> Shop:
        return make_shop(modules=("pipes", "pageviews"))

    def test_calls_before_and_after_the_script(self, shop: Shop, context: Context) -> None:
        early = "<script>pipes.page('home', {lang: 'de'}); pipes.track('early', {n: 1})</script>"
        page = visit(shop, context, PIPES + early)
        page.evaluate(
            "pipes.screen('Cart', {n: 2}), pipes.track('grüße', {text: '日本'}), pipes.push(['track', 'pushed'])"
        )
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

    def test_the_first_page_has_an_id(self, shop: Shop, context: Context) -> None:
        page = visit(shop, context, PIPES + "<script>pipes.page('home')</script>")
        shop.settle(page)
        assert len(shop.collector.events[0]["uid"]) == 36
        assert shop.collector.events[0]["uid"] == page.evaluate("penstock.ids().uid")

    def test_identity(self, shop: Shop, context: Context) -> None:
        page = visit(shop, context, PIPES)
        page.evaluate("pipes.identity('u7', {plan: 'pro'}), pipes.track('after')")
        shop.expect(
            page,
            [
                {"name": "identity", "props": {"user_id": "u7", "plan": "pro"}},
                {"name": "after", "user": {"user_id": "u7", "plan": "pro"}},
            ],
        )

    def test_disable_acts_at_once_and_there_is_a_way_back(self, shop: Shop, context: Context) -> None:
        page = visit(shop, context, PIPES)
        page.evaluate("pipes.track('before'), pipes.disable(), pipes.track('refuted')")
        shop.go(page)
        page.evaluate("pipes.track('refuted too'), pipes.enable(), pipes.track('again')")
        shop.expect(page, [{"name": "again"}], [{"name": "refuted"}, {"name": "refuted too"}])

    def test_who_had_disabled_it_stays_out(self, shop: Shop, context: Context) -> None:
        before = context.tab()
        before.goto(shop.url("/bare"))
        before.evaluate("document.cookie = 'pipes_disabled=true;path=/'")
        page = visit(shop, context, PIPES)
        page.evaluate("pipes.track('refuted'), pipes.enable()")
        shop.expect(page, [], [{"name": "refuted"}])
        shop.go(page)
        page.evaluate("pipes.track('back')")
        shop.expect(page, [{"name": "back"}])

    def test_who_had_disabled_it_may_come_back_by_any_way(self, make_shop: MakeShop, context: Context) -> None:
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

    def test_do_not_track(self, shop: Shop, context: Context) -> None:
        signal = "<script>Object.defineProperty(navigator, 'doNotTrack', {value: '1'})</script>"
        page = visit(shop, context, signal + PIPES)
        page.evaluate("pipes.page('home'), pipes.identity('u7')")
        assert context.cookies() == []
        assert page.evaluate("localStorage.length") == 0

    def test_a_link_is_told_of_and_followed(self, shop: Shop, context: Context) -> None:
        page = visit(shop, context, PIPES + "<a id=more href=/more><b>Read</b> more</a>")
        page.evaluate("pipes.trackLink(document.getElementById('more'), 'read more', {n: 1})")
        page.click("a")
        until(lambda: "/more" in str(page.evaluate("location.pathname")), "the next page")
        shop.collector.wait(lambda: "read more" in shop.collector.names(), "the link")
        event = shop.collector.one("read more")
        assert event["props"] == {"n": 1, "id": "more", "href": shop.url("/more"), "text": "Read more"}
        assert event["page"]["path"] == "/"

    def test_a_form_is_told_of_when_it_is_submitted_without_values(self, shop: Shop, context: Context) -> None:
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

    def test_the_page_context_is_that_of_the_event(self, shop: Shop, context: Context) -> None:
        page = visit(shop, context, PIPES)
        page.evaluate("history.pushState(0, '', '/second'), document.title = 'Second', pipes.page('second')")
        shop.expect(page, [{"name": "page_view", "page": {"path": "/second", "title": "Second"}}])
        assert shop.collector.events[0]["device"]["screen"] == page.evaluate("screen.width + 'x' + screen.height")

    def test_its_cookies_are_the_whole_domains(self, shop: Shop, context: Context) -> None:
        shop.site.page("/", PIPES)
        shop.open(context, "/", "www.example.com").evaluate("pipes.page()")
        assert {(cookie["domain"], cookie["path"], cookie["sameSite"]) for cookie in context.cookies()} == {
            (".example.com", "/", "Lax")
        }

    def test_included_twice_says_so_and_counts_once(self, shop: Shop, context: Context) -> None:
        page = context.tab()
        shop.site.page("/", PIPES + PIPES + "<script>pipes.page('home')</script>")
        shop.go(page)
        shop.expect(page, [{"name": "page_view"}])
        assert complaints(page) == ["Pipes tracker included twice"]


def innertrends(name: str = "_itl", key: str = "shop-key") -> str:
    """The snippet of its documents."""
    return (
        "<script type='text/javascript'>(function(w,o,d,s) {"
        "w['_itlt']=[]; w['_itlq']=[];w['_itld']=s;w[o]=w[o]||{log:function(t,v,p){w['_itlt'].push([t,v,p])},"
        "stream:function(q){w['_itlq'].push([q])}};"
        "var pa = d.createElement('script'), ae = d.getElementsByTagName('script')[0];"
        "pa.async = 1; pa.src = '/t.js'; pa.type = 'text/javascript'; ae.parentNode.insertBefore(pa, ae);"
        f"}})(window,'{name}',document,'{key}');</script>"
    )


DATA_LAYER = """<script>var dataLayer = dataLayer || []; dataLayer.push({
"identity": {"account": {"id": "acme"}, "user": {"id": "u7"}},
"context": {"staging": "true", "impersonating": "true"},
"accountProperties": {"created_at": "1700000000"}});</script>"""


class TestInnerTrends:
    @pytest.fixture
    def shop(self, make_shop: MakeShop) -> Shop:
        return make_shop(modules=("innertrends",))

    @pytest.mark.parametrize("name", ["_itl", "anyName"])
    def test_calls_before_and_after_the_script_under_any_name(self, shop: Shop, context: Context, name: str) -> None:
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

    def test_identity_account_and_context(self, shop: Shop, context: Context) -> None:
        page = visit(shop, context, DATA_LAYER + innertrends())
        shop.settle(page)
        event = shop.collector.one("page_view")
        user = event["user"]
        assert (user["user_id"], user["account_id"]) == ("u7", "acme")
        assert user["account"] == {"created_at": "1700000000"}
        assert event["flags"] == ["staging", "impersonating"]

    def test_entries_that_are_pushed_later(self, shop: Shop, context: Context) -> None:
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

    def test_who_is_logged_in_is_what_the_page_says(self, shop: Shop, context: Context) -> None:
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

    def test_identity_that_was_read_before_the_consent(self, make_shop: MakeShop, context: Context) -> None:
        shop = make_shop(modules=("consent", "innertrends"), opt_out="opt-in")
        page = visit(shop, context, DATA_LAYER + innertrends())
        assert page.evaluate("localStorage.length") == 0
        page.evaluate("penstock.consent(true)")
        shop.expect(page, [{"name": "page_view", "user": {"user_id": "u7", "account_id": "acme"}}])

    def test_what_is_said_of_an_account_comes_together(self, shop: Shop, context: Context) -> None:
        page = visit(shop, context, innertrends())
        page.evaluate(
            "dataLayer.push({identity: {account: {id: 'acme', name: 'Acme'}}, accountProperties: {created_at: 5}});"
            "dataLayer.push({identity: {account: {id: 'acme'}, user: {id: 'u7'}}});"
            "_itl.log('after', undefined, {value: 3})"
        )
        shop.expect(page, [{"name": "after", "props": {"value": 3}}])
        assert shop.collector.one("after")["user"]["account"] == {"name": "Acme", "created_at": 5}

    def test_the_older_form_with_a_subaccount(self, shop: Shop, context: Context) -> None:
        layer = (
            "<script>var dataLayer = [{account: {id: 1, created_at: 5}}, {subaccount: {id: 2, email: 'x'}}]</script>"
        )
        page = visit(shop, context, layer + innertrends())
        shop.settle(page)
        user = shop.collector.one("page_view")["user"]
        assert (user["account_id"], user["user_id"], user["email"]) == (1, 2, "x")
        assert user["account"] == {"created_at": 5}

    def test_channels_and_clicks_are_on(self, shop: Shop, context: Context) -> None:
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

    def test_who_is_identified_needs_no_cookie(self, shop: Shop, context: Context) -> None:
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
