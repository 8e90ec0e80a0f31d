"""Each module by itself: an act of a visitor, the events expected, the events refuted."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.collector import until
from tests.browser.drivers.protocol import Browser, Context, Tab
from tests.browser.shop import Shop, loaded, referred

MakeShop = Callable[..., Shop]
MOUSEDOWN = "void document.querySelector('%s').dispatchEvent(new MouseEvent('mousedown', {bubbles: true}))"
# What is told by browsers that measure it.
METRICS = {"largest-contentful-paint": "LCP", "layout-shift": "CLS"}


def href(page: Tab, selector: str) -> str:
    return str(page.evaluate(f"document.querySelector({selector!r}).getAttribute('href')"))


def click(shop: Shop, page: Tab, selector: str, at: tuple[int, int] | None = None) -> dict[str, Any]:
    """The props of the event that a click makes."""
    before = shop.collector.names().count("click")
    page.click(selector, at=at)
    page.evaluate("penstock.flush()")
    shop.collector.wait(lambda: shop.collector.names().count("click") > before, "a click")
    return dict(shop.collector.named("click")[-1]["props"])


def test_native_api(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate(
        """penstock.account('acme', {seats: 3}), penstock.set({plan: 'free', trial: true}),
        penstock.unset('trial', 'nothing'), penstock.screen('Checkout', {step: 2}),
        penstock.track('begin', {n: 1}, {link: 'L1'})"""
    )
    user = {"account_id": "acme", "account": {"seats": 3}, "plan": "free"}
    shop.expect(
        page,
        [
            {"name": "screen_view", "props": {"name": "Checkout", "step": 2}, "user": user},
            {"name": "begin", "props": {"n": 1, "linking_id": "L1"}},
        ],
    )
    assert "trial" not in shop.collector.one("begin")["user"]


def test_another_account_has_nothing_of_the_one_before(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate("penstock.account('acme', {seats: 3}), penstock.account('acme'), penstock.track('same')")
    page.evaluate("penstock.account('beta'), penstock.track('other')")
    shop.settle(page)
    assert shop.collector.one("same")["user"] == {"account_id": "acme", "account": {"seats": 3}}
    assert shop.collector.one("other")["user"] == {"account_id": "beta"}


def test_consent_by_call(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate("penstock.consent(false), penstock.track('refuted')")
    assert [cookie["name"] for cookie in context.cookies()] == ["penstock_optout"]
    page.evaluate("penstock.consent('granted'), penstock.track('expected'), penstock.consent('denied')")
    page.evaluate("penstock.track('refuted too'), penstock.consent(true)")
    page.evaluate("penstock.consent(), penstock.consent(null), penstock.track('as before')")
    shop.expect(page, [{"name": "as before"}], [{"name": "refuted"}, {"name": "refuted too"}])


def test_consent_by_link(shop: Shop, context: Context) -> None:
    page = shop.open(context, "/?a=1&penstock_optout=1")
    shop.go(page, "/next")
    page.evaluate("penstock.track('refuted')")
    assert [cookie["value"] for cookie in context.cookies()] == ["1"]
    shop.go(page, "/?penstock_optout=0")
    shop.expect(page, [{"name": "page_view", "page": {"path": "/"}}], [{"name": "refuted"}])


def test_hash_routing_by_setting(shop: Shop, context: Context) -> None:
    shop.site.page("/", shop.html(attributes="data-hash"))
    page = shop.open(context, "/#/one")
    page.evaluate("location.hash = '/two'")
    until(lambda: page.evaluate("location.hash == '#/two'"), "the hash")
    shop.expect(
        page,
        [
            {"name": "page_view", "page": {"url": shop.url("/#/one")}},
            {"name": "page_view", "page": {"url": shop.url("/#/two"), "referrer": shop.url("/#/one")}},
        ],
    )


CLICKS = """
<main id=shop><div class="list big wide">
<a id=inner href="/next?x=1"><b>To the</b>  next   page</a>
<a class="out" target=_blank href="http://other.example/x">Away</a>
<a class="pdf" href="/files/Price%20list.PDF?v=2">Prices</a>
<a class="save" download href="/data">Save</a>
<button class="buy now please" data-penstock-name="buy" data-penstock-price="9"><span>Buy <i>it</i></span></button>
<button id=dead>Nothing happens</button>
<button id=alive onclick="this.textContent = 'Something'">Something happens</button>
<label id=label>Password <input id=secret type=text value="hunter2"></label>
<div contenteditable id=note>my diary</div>
<p id=text>Just a long text that nobody expects to do anything, and that goes on and on.</p>
</div></main>
<script>addEventListener('click', event => event.target.closest('a') && event.preventDefault())</script>
"""


@pytest.fixture
def clicking(make_shop: MakeShop, context: Context) -> tuple[Shop, Tab]:
    shop = make_shop(modules=("clicks",))
    shop.site.page("/", shop.html(CLICKS))
    return shop, shop.open(context)


@pytest.mark.parametrize(
    ("selector", "props"),
    [
        ("#inner b", {"path": "a#inner", "text": "To the next page", "href": "/next?x=1"}),
        (".out", {"path": "main#shop>div.list.big>a.out", "text": "Away", "outbound": True}),
        (".pdf", {"path": "main#shop>div.list.big>a.pdf", "text": "Prices", "download": "pdf"}),
        (".save", {"path": "main#shop>div.list.big>a.save", "text": "Save", "download": True}),
        (
            ".buy i",
            {"path": "main#shop>div.list.big>button.buy.now", "text": "Buy it", "name": "buy", "price": "9"},
        ),
        ("#secret", {"path": "input#secret"}),
        ("#label", {"path": "input#secret"}),
    ],
)
def test_clicks(clicking: tuple[Shop, Tab], selector: str, props: dict[str, Any]) -> None:
    shop, page = clicking
    found = click(shop, page, selector, at=(2, 2))
    href = found.pop("href", None)
    if "href" in props:
        assert href == shop.url(props["href"])
    assert found == {name: value for name, value in props.items() if name != "href"}


def test_clicks_on_text_are_none_until_they_rage(clicking: tuple[Shop, Tab]) -> None:
    shop, page = clicking
    page.click("#text", times=2)
    shop.expect(page, [], [{"name": "click"}])
    page.click("#text", times=4)
    shop.settle(page)
    rages = [event["props"] for event in shop.collector.named("click")]
    assert rages
    assert all(props["rage"] for props in rages)
    assert rages[0]["path"] == "p#text"
    assert len(rages[0]["text"]) == 50


def test_dead_clicks(clicking: tuple[Shop, Tab]) -> None:
    shop, page = clicking
    page.click("#alive")
    page.click(".out")
    page.click("#dead")
    shop.collector.wait(lambda: "dead_click" in shop.collector.names(), "a dead click")
    shop.expect(page, [{"name": "dead_click", "props": {"path": "button#dead"}}])


def test_a_click_that_moves_the_page_is_not_dead(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("clicks",))
    elsewhere = shop.spec.endpoint.removesuffix("/e") + "/form"
    shop.site.page(
        "/",
        shop.html(
            "<div style='height:4000px'></div><button id=top onclick='scrollTo(0, 0)'>To the top</button>"
            f"<form action='{elsewhere}' method=post><button id=send>Send</button></form><button id=dead>No</button>"
        ),
    )
    page = shop.open(context)
    page.click("#top")
    with shop.collector.refusing(204):  # the next page is on its way, and this one stays
        page.click("#send")
        shop.collector.wait(lambda: "/form" in [each.path for each in shop.collector.refused], "the form")
    page.click("#dead")
    shop.collector.wait(lambda: "dead_click" in shop.collector.names(), "a dead click")
    shop.settle(page)
    dead = [event["props"]["path"] for event in shop.collector.events if event["name"] == "dead_click"]
    assert dead == ["button#dead"]


def test_nothing_typed_is_read_by_clicks(clicking: tuple[Shop, Tab]) -> None:
    shop, page = clicking
    page.click("#secret")
    page.click("#note", times=5)
    shop.settle(page)
    assert "hunter2" not in json.dumps(shop.collector.events)
    assert "diary" not in json.dumps(shop.collector.events)


def test_forms_tell_names_and_never_values(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("forms",))
    form = """<form id=login name=f action="/go?token=hunter2" onsubmit="return false">
    <input name=user value=anna><input name=password type=password value=hunter2><input name=id value=7>
    <input type=radio name=size value=s><input type=radio name=size value=m><input value=unnamed>
    <textarea name=note>hunter2</textarea><button>Send</button></form>"""
    shop.site.page("/", shop.html(form))
    page = shop.open(context)
    page.click("button")
    shop.expect(
        page,
        [
            {
                "name": "form_submit",
                "props": {
                    "id": "login",
                    "name": "f",
                    "action": "/go",
                    "fields": ["user", "password", "id", "size", "note"],
                },
            }
        ],
    )
    assert "hunter2" not in json.dumps(shop.collector.events)
    assert "anna" not in json.dumps(shop.collector.events)
    shop.site.page("/", shop.html("<form onsubmit='return false'><button>Go</button></form>"))
    page = shop.open(context)
    page.click("button")
    shop.expect(page, [{"name": "form_submit", "props": {"action": "", "fields": []}}])
    assert not [event for event in shop.collector.events if None in event["props"].values()]


def test_engagement_of_a_page_that_is_left(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("engagement", "pageviews"))
    shop.site.page("/long", shop.html("<div style='height:4000px'>long</div>"))
    page = context.tab()
    shop.site.clock = 0
    began = time.monotonic()
    shop.go(page, "/long")
    page.evaluate("clock.run(4_000)")
    page.move(5, 5)
    page.evaluate("clock.run(60_000)")  # nobody is there
    page.move(9, 9)
    page.evaluate(
        "new Promise(done => { addEventListener('scroll', () => setTimeout(done));"
        "scrollTo(0, document.documentElement.scrollHeight / 2 - innerHeight) })"
    )
    page.goto(shop.elsewhere)
    shop.collector.wait(lambda: "engagement" in shop.collector.names(), "engagement")
    # A second event comes where hiding the page took long enough to count; they add up.
    told = shop.collector.named("engagement")
    assert {event["page"]["path"] for event in told} == {"/long"}
    # 4 seconds, and 15 of the 60 in which nothing was done; beside them the time goes on in which this was asked for.
    assert 19 <= sum(event["props"]["seconds"] for event in told) <= 20 + time.monotonic() - began
    assert 49 <= told[-1]["props"]["scroll"] <= 51


def test_what_a_page_within_an_app_shows_without_scrolling_was_seen(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("engagement", "pageviews"))
    shop.site.page("/short", shop.html("<button onclick=\"history.pushState(0, '', '/next')\">Next</button>"))
    page = shop.open(context, "/short")
    page.click("button")
    shop.expect(page, [{"name": "engagement", "page": {"path": "/short"}, "props": {"scroll": 100}}])


def test_engagement_within_an_app_belongs_to_the_page_that_is_left(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("engagement", "pageviews"))
    page = context.tab()
    shop.site.clock = 0
    began = time.monotonic()
    shop.go(page, "/one")
    page.evaluate("clock.run(5_000)")
    page.evaluate("history.pushState(0, '', '/two')")
    page.evaluate("clock.run(8_000)")
    page.evaluate("history.pushState(0, '', '/three')")
    shop.settle(page)
    found = [(event["page"]["path"], event["props"]["seconds"]) for event in shop.collector.named("engagement")]
    assert [path for path, _ in found] == ["/one", "/two"]
    took = time.monotonic() - began
    assert 5 <= found[0][1] <= 6 + took
    assert 8 <= found[1][1] <= 9 + took


@pytest.mark.parametrize(
    ("query", "referrer", "campaign"),
    [
        ("", "", {"channel": "direct"}),
        (
            "?utm_source=News+letter&utm_medium=email&utm_campaign=May%20sale&utm_term=t&utm_content=c",
            "",
            {
                "source": "News letter",
                "medium": "email",
                "name": "May sale",
                "term": "t",
                "content": "c",
                "channel": "email",
            },
        ),
        (
            "?gclid=abc-1",
            "https://www.google.com/",
            {"source": "www.google.com", "click_id": "abc-1", "channel": "paid search"},
        ),
        ("", "https://www.google.de/", {"source": "www.google.de", "channel": "search"}),
        ("", "https://chatgpt.com/", {"source": "chatgpt.com", "channel": "ai"}),
        ("", "https://t.co/x", {"source": "t.co", "channel": "social"}),
        ("?fbclid=1", "", {"click_id": "1", "channel": "social"}),
        ("?utm_source=facebook&utm_medium=cpc", "", {"source": "facebook", "medium": "cpc", "channel": "paid social"}),
        ("?utm_source=Facebook&utm_medium=CPC", "", {"source": "Facebook", "medium": "CPC", "channel": "paid social"}),
        ("?utm_source=List&utm_medium=E-Mail", "", {"source": "List", "medium": "E-Mail", "channel": "email"}),
        ("", "https://blog.example.org/post", {"source": "blog.example.org", "channel": "referral"}),
        ("", "http://pay.example.co.uk/", {"channel": "direct"}),
        ("", "http://other.co.uk/", {"source": "other.co.uk", "channel": "referral"}),
        ("?utm_campaign=x&utm_medium=qr", "", {"name": "x", "medium": "qr", "channel": "campaign"}),
    ],
)
def test_attribution(
    make_shop: MakeShop, context: Context, query: str, referrer: str, campaign: dict[str, str]
) -> None:
    shop = make_shop(modules=("attribution", "pageviews"))
    shop.site.page("/", shop.html(head=referred(referrer)))
    page = shop.open(context, "/" + query, "www.example.co.uk")
    shop.settle(page)
    view = shop.collector.one("page_view")
    assert view["campaign"] == campaign
    assert view["user"]["first_touch"] == campaign


def test_the_last_touch_stays_for_the_session_and_the_first_for_ever(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("attribution", "pageviews"))
    page = context.tab()
    shop.site.clock = 0
    shop.go(page, "/1?utm_source=first")
    shop.go(page, "/2")
    shop.go(page, "/3?utm_source=second")
    page.evaluate("clock.jump(31 * 60_000)")
    page.evaluate("penstock.track('later')")
    shop.settle(page)
    events = {event["page"]["path"]: event for event in shop.collector.events if event["name"] == "page_view"}
    assert [events[path]["campaign"].get("source") for path in ("/1", "/2", "/3")] == ["first", "first", "second"]
    assert shop.collector.one("later")["campaign"] == {"channel": "direct"}
    assert {event["user"]["first_touch"]["source"] for event in shop.collector.events} == {"first"}


def test_a_site_of_several_domains_is_no_referral_of_its_own(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("crossdomain", "attribution", "pageviews"))
    pay, blog = shop.url("/pay", "pay.example.co.uk"), shop.url("/blog", "blog.example.com")
    links = f"<a id=pay href='{pay}'>pay</a><a id=blog href='{blog}'>blog</a>"
    shop.site.default = shop.html(links, attributes='data-domains="example.com example.co.uk"')
    page = shop.open(context, "/?utm_source=letter", "www.example.com")
    for link, path in (("#blog", "/blog"), ("#pay", "/pay")):
        page.click(link)
        until(lambda at=path: page.evaluate("location.pathname") == at, "the next page")  # type: ignore[misc]
        loaded(page)
    shop.settle(page)
    views = {event["page"]["path"]: event for event in shop.collector.events if event["name"] == "page_view"}
    assert views["/"]["user"]["first_touch"]["source"] == "letter"
    for path, referrer in (("/blog", "www.example.com"), ("/pay", "blog.example.com")):
        assert referrer in views[path]["page"]["referrer"]
        assert views[path]["sid"] == views["/"]["sid"]
        assert views[path]["campaign"] == {"channel": "direct"}
        assert "first_touch" not in views[path]["user"]


def test_web_vitals(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("vitals",))
    shop.site.page("/", shop.html("<h1>Large text</h1><button onclick='this.textContent += 1'>b</button>"))
    page = shop.open(context)

    def told() -> set[str]:
        return {event["props"]["metric"] for event in shop.collector.events}

    kinds = page.evaluate("PerformanceObserver.supportedEntryTypes")
    shop.collector.wait(lambda: told() >= {"TTFB", "FCP"}, "what is known once the page has painted")
    page.click("button")
    page.goto(shop.elsewhere)
    shop.collector.wait(
        lambda: told() >= {METRICS[kind] for kind in kinds if kind in METRICS}, "what is known when the page is left"
    )
    for event in shop.collector.events:
        assert event["name"] == "web_vital"
        assert event["page"]["path"] == "/"
        assert event["props"]["rating"] in ("good", "needs-improvement", "poor")
        assert event["props"]["value"] >= 0


def test_errors(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("errors",))
    page = shop.open(context)
    page.evaluate(
        """() => {
        for (let n = 0; n < 3; n++) setTimeout(() => { throw new Error('thrown') });
        setTimeout(() => Promise.reject(new Error('rejected')));
        setTimeout(() => Promise.reject('just text'));
        document.body.appendChild(new Image()).src = 'data:broken';
        const many = () => { for (let n = 0; n < 20; n++) setTimeout(() => { throw new Error('many ' + n) }) };
        return new Promise(done => setTimeout(() => { many(); setTimeout(done, 5) }, 5));
        }"""
    )
    shop.settle(page)
    errors = [event["props"] for event in shop.collector.named("error")]
    assert [props["message"].removeprefix("Uncaught ") for props in errors[:3]] == [
        "Error: thrown",
        "rejected",
        "just text",
    ]
    assert errors[0]["stack"]
    assert errors[0]["line"]
    assert len(errors) == 10


def test_media(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("media",))
    shop.site.page("/", shop.html("<video id=film title=Film src='/film.mp4?token=1'></video>"))
    page = shop.open(context)
    page.evaluate(
        """() => {
        const film = document.getElementById('film');
        let at = 0;
        Object.defineProperty(film, 'duration', {get: () => 100});
        Object.defineProperty(film, 'currentTime', {get: () => at});
        const tell = (type, now) => { at = now; film.dispatchEvent(new Event(type)) };
        tell('play', 0);
        for (let now = 0; now < 60; now++) tell('timeupdate', now);
        tell('pause', 60); tell('timeupdate', 10); tell('play', 60); tell('timeupdate', 80); tell('timeupdate', 100);
        tell('ended', 100);
        }"""
    )
    shop.settle(page)
    events = [event["props"] for event in shop.collector.named("media")]
    assert [props["action"] for props in events] == ["play", "25%", "50%", "pause", "play", "75%", "ended"]
    assert events[3] == {
        "action": "pause",
        "kind": "video",
        "src": shop.url("/film.mp4"),
        "title": "Film",
        "position": 60,
        "duration": 100,
    }


def test_bots_are_flagged_with_the_sign_and_not_dropped(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("bots", "pageviews"))
    shop.site.page("/bot", shop.html())
    page = shop.open(context, "/bot")  # driven by a program: navigator.webdriver is true
    shop.expect(page, [{"name": "page_view", "flags": ["bot:webdriver", "bot"]}])
    person = "<script>Object.defineProperty(navigator, 'webdriver', {get: () => false})</script>"
    shop.site.page("/person", shop.html(head=person))
    shop.expect(shop.open(context, "/person"), [{"page": {"path": "/person"}, "name": "page_view", "flags": []}])


def test_links_to_listed_domains_keep_the_visitor(make_shop: MakeShop, context: Context) -> None:
    shop = make_shop(modules=("crossdomain", "pageviews"))
    shop.site.page("/landing", shop.html(attributes='data-domains="example.com"'))
    other = shop.url("/landing?a=1#part", "pay.example.co.uk")
    stranger = shop.url("/landing", "127.0.0.2")
    shop.site.page(
        "/",
        shop.html(
            f"<a id=listed href='{other}'>pay</a> <a id=other href='{stranger}'>x</a>",
            attributes='data-domains="other.test, example.co.uk"',
        ),
    )
    page = shop.open(context, "/", "www.example.com")
    shop.settle(page)
    page.evaluate(MOUSEDOWN % "#other")
    assert href(page, "#other") == stranger
    page.click("#listed")
    until(lambda: "/landing" in str(page.evaluate("location.pathname")), "the next page")
    loaded(page)
    shop.expect(page, [{"name": "page_view", "page": {"url": other}}])
    assert len({event["uid"] for event in shop.collector.events}) == 1
    assert len({event["sid"] for event in shop.collector.events}) == 1
    assert page.evaluate("location.href") == other


@pytest.mark.parametrize(
    ("spoil", "visitors"),
    [("not at all", 1), ("late", 2), ("elsewhere", 2), ("forged", 2), ("by a stranger", 2), ("by nobody", 2)],
)
def test_a_link_that_was_passed_on_makes_nobody_somebody_else(
    make_shop: MakeShop, browser: Browser, context: Context, spoil: str, visitors: int
) -> None:
    shop = make_shop(modules=("crossdomain", "pageviews"))
    other = shop.url("/landing", "pay.example.co.uk")
    receives = 'data-domains="example.com"'
    shop.site.page("/landing", shop.html(attributes=receives))
    shop.site.page("/", shop.html(f"<a href='{other}'>pay</a>", attributes='data-domains="example.co.uk"'))
    page = shop.open(context, "/", "www.example.com")
    shop.settle(page)
    page.evaluate(MOUSEDOWN % "a")
    link = href(page, "a")
    if spoil == "forged":
        uid = shop.collector.one("page_view")["uid"]
        link = link.replace(uid, uid[::-1])
    context.close()
    if spoil == "elsewhere":
        other_browser = "<script>Object.defineProperty(navigator, 'userAgent', {value: 'Someone else'})</script>"
        shop.site.page("/landing", shop.html(head=other_browser, attributes=receives))
    if spoil == "late":
        shop.site.clock = 130_000
    friend = browser.context()
    there = friend.tab()
    hidden = "rel=noreferrer" if spoil == "by nobody" else ""
    shop.site.page("/passed-on", f"<!doctype html><title>x</title><a {hidden} href='{link}'>pay</a>")
    there.goto(shop.url("/passed-on", "127.0.0.1" if spoil == "by a stranger" else "www.example.com"))
    there.click("a")
    until(lambda: "/landing" in str(there.evaluate("location.pathname")), "the next page")
    loaded(there)
    shop.settle(there)
    assert len({event["uid"] for event in shop.collector.events}) == visitors
    assert there.evaluate("location.href") == other
    friend.close()
