"""Never in the page's way: whatever the page, the browser or a policy does, nothing is thrown and nothing blocks."""

import base64
import hashlib
import json
from collections.abc import Callable

import pytest

from tests.browser.collector import until
from tests.browser.drivers.protocol import Context
from tests.browser.servers import WATCH
from tests.browser.shop import Shop, complaints, loaded
from tracker_build.spec import MODULES

MakeShop = Callable[..., Shop]

# Everything that the page may call, with what no one should give it.
ABUSE = """() => {
  const circle = {}; circle.self = circle;
  const trap = new Proxy({}, {ownKeys() { throw new Error('trap') }, get() { throw new Error('trap') }});
  const odd = [undefined, null, NaN, -0, '', 'x'.repeat(1e4), 10n, Symbol('s'), () => 1, circle, trap, [circle],
    new Date(NaN), Object.freeze({}), Object.create(null), {toJSON() { throw new Error('json') }},
    {toString() { throw new Error('text') }}, {get a() { throw new Error('getter') }}, document, window,
    new Map([[1, 2]]), '\\ud800', '\\u0000', {__proto__: null, a: 1},
    JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1}')];
  const native = 'page track identify account set unset screen consent reset optIn ids flush use'.split(' ');
  for (const call of native) for (const first of odd) for (const second of [circle, trap])
    penstock[call](first, second);
  const others = 'track setUserProperties sendEvent page screen identity trackLink trackForm push'.split(' ');
  for (const api of [window.otus, window.OTLogService, window.pipes]) for (const call of others)
    if (api && api[call]) for (const first of odd) api[call](first, circle, trap);
  if (window.dataLayer) for (const each of odd) { dataLayer.push(each); _itlt.push(each); _itlq.push(each) }
}"""


def test_no_call_throws_whatever_it_is_given(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop()
    shop.site.default = shop.html(head="<script>var _itlt = [], _itlq = [], dataLayer = []</script>")
    page = context.tab()
    shop.go(page)
    page.evaluate(ABUSE)
    # What was tracked above is megabytes.
    page.evaluate("penstock.optOut(), penstock.optIn(), penstock.track('still well', {n: 1})")
    shop.collector.wait(lambda: "still well" in shop.collector.names(), "an event after all that")
    assert page.evaluate("({}).polluted") is None
    assert complaints(page) == []


@pytest.mark.parametrize(
    "patch",
    [
        "Date.now = () => 'yesterday'",
        "Storage.prototype.getItem = Storage.prototype.setItem = () => { throw new Error('patched') }",
        "Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(Function.prototype)",
        "window.fetch = () => ({then() { throw new Error('patched') }})",
        "window.fetch = () => undefined",
        "window.fetch = () => Promise.resolve({})",
        "window.fetch = window.XMLHttpRequest = window.Request = undefined; Navigator.prototype.sendBeacon = undefined",
        "Object.defineProperty(window, 'crypto', {value: undefined})",
        "window.Intl = undefined",
        "window.penstock = 5",
        "window.penstock = {q: [['nothing'], null, ['track', null], ['track', ['x']]]}",
        "window.dataLayer = 'text'; window.pipes = {}; window._itlt = null",
        "history.pushState = history.replaceState = undefined",
        "Object.defineProperty(document, 'currentScript', {value: null})",
        "document.addEventListener = () => { throw new Error('patched') }",
        "window.addEventListener = () => { throw new Error('patched') }",
        "Element.prototype.closest = () => { throw new Error('patched') }",
    ],
)
def test_a_page_that_has_patched_its_browser_sees_no_exception(
    make_shop: MakeShop, context: Context, patch: str
) -> None:
    undisturbed(make_shop, context, patch)


@pytest.mark.parametrize(
    "patch",
    [
        # Prototype.js 1.6 does this to every page it is on.
        "Array.prototype.toJSON = function () { return '[' + this.join(',') + ']' }",
        "Object.prototype.extra = function () {}; Array.prototype.extra = 1; String.prototype.extra = 1",
        "JSON.stringify = () => { throw new Error('patched') }",
    ],
)
def test_a_page_that_has_patched_what_json_is_made_with_sees_no_exception(
    make_shop: MakeShop, context: Context, patch: str
) -> None:
    undisturbed(make_shop, context, patch)


def undisturbed(make_shop: MakeShop, context: Context, patch: str) -> None:
    """No exception on a patched page: loaded, clicked on, tracking, left."""
    # web-vitals has listeners of its own, which throw where these do.
    shop = make_shop(modules=tuple(name for name in MODULES if name != "vitals"))
    shop.site.page(
        "/",
        shop.html("<button onclick='this.textContent = 1'>b</button>", head=f"<script>{patch}</script>", early=False),
    )
    page = context.tab()
    page.goto(shop.url())
    page.click("button")
    page.evaluate("try { penstock.track('x', {list: [1]}) } catch (e) { if (penstock.track) throw e }")
    page.goto(shop.url("/bare"))
    assert complaints(page) == []


def test_lists_stay_lists_where_the_page_has_patched_arrays(shop: Shop, context: Context) -> None:
    patch = "<script>Array.prototype.toJSON = function () { return 'spoilt' }</script>"
    shop.site.page("/", shop.html(head=patch))
    page = shop.open(context)
    page.evaluate("penstock.track('a', {n: 1})")
    shop.expect(page, [{"name": "a", "props": {"n": 1}}])


def test_one_call_too_large_to_keep_spoils_nothing(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate("penstock.set({plan: 'free'}), penstock.set({all: 'x'.repeat(1e6)}), penstock.track('after')")
    shop.expect(page, [{"name": "after", "user": {"plan": "free"}}])


def test_under_a_strict_policy_with_integrity_and_a_hash(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop()
    stub = shop.html().partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(stub.encode()).digest()).decode()
    integrity = base64.b64encode(hashlib.sha384(shop.script).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; connect-src {shop.spec.endpoint}; img-src 'self'; "
        "style-src 'none'; require-trusted-types-for 'script'"
    )
    shop.site.page(
        "/",
        shop.html("<button>b</button>", attributes=f'integrity="sha384-{integrity}" crossorigin="anonymous"'),
        Content_Security_Policy=policy,
    )
    page = context.tab()
    shop.go(page)
    page.click("button")
    shop.expect(page, [{"name": "page_view"}, {"name": "click"}])
    assert complaints(page) == []


def test_a_script_that_was_tampered_with_does_not_run(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("pageviews",))
    shop.site.page("/", shop.html(attributes='integrity="sha384-AAAA" crossorigin="anonymous"'))
    page = context.tab()
    page.goto(shop.url())
    until(lambda: f"not loaded: {shop.url('/t.js')}" in complaints(page), "a complaint")
    assert page.evaluate("penstock.ids") is None


@pytest.mark.parametrize("sandbox", [None, "allow-scripts allow-same-origin", "allow-scripts"])
def test_in_a_frame(shop: Shop, context: Context, sandbox: str | None) -> None:
    shop.site.page("/inner", shop.html())
    attribute = "" if sandbox is None else f'sandbox="{sandbox}"'
    shop.site.page(
        "/outer", f"<!doctype html><iframe {attribute} src='{shop.url('/inner', 'www.example.com')}'></iframe>"
    )
    page = context.tab()
    page.goto(shop.url("/outer"))
    shop.collector.wait(lambda: shop.collector.events, "a page view")
    [event] = shop.collector.events
    assert event["page"]["path"] == "/inner"
    assert complaints(page) == []


def test_in_a_document_without_an_address(shop: Shop, context: Context) -> None:
    page = context.tab()
    page.goto("about:blank")
    page.evaluate(WATCH)
    page.evaluate(
        f"void (document.head.appendChild(document.createElement('script')).text = {json.dumps(shop.script.decode())})"
    )
    # Chromium lets no such document talk to a loopback address; it tries, and goes on.
    page.evaluate("penstock.track('from nowhere'), penstock.flush()")
    assert page.evaluate("penstock.ids().si") == ""
    assert complaints(page) == []


def test_in_a_file(shop: Shop, context: Context, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("file") / "page.html"
    html = shop.html(attributes='data-site="a-file"', head="<script src='/watch.js'></script>")
    path.write_text(html.replace("'/", f"'{shop.url()}"))
    page = context.tab()
    page.goto(path.as_uri())
    loaded(page)
    page.evaluate("penstock.track('from a file'), penstock.flush()")
    shop.collector.wait(lambda: "from a file" in shop.collector.names(), "the event")
    assert {event["si"] for event in shop.collector.events} == {"a-file"}
    assert complaints(page) == []


def test_a_collector_that_never_answers_holds_nothing_up(shop: Shop, context: Context) -> None:
    with shop.collector.slow():
        page = shop.open(context)
        page.evaluate("penstock.track('a'), penstock.flush()")
        assert page.evaluate("document.readyState") == "complete"
        shop.site.page("/next", "<title>Next</title>")
        page.goto(shop.url("/next"))
        assert page.evaluate("document.title") == "Next"


def test_an_exception_in_a_pages_own_pushstate_is_the_pages(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    thrown = page.evaluate(
        "() => { try { history.pushState(0, '', 'http://other.example/') } catch (error) { return error.name } }"
    )
    assert thrown == "SecurityError"
    until(
        lambda: page.evaluate("history.pushState({n: 1}, '', '/x') === undefined && history.state.n == 1"), "the state"
    )
