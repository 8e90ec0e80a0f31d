"""The tracker in a real browser, against a collector on another origin: action, events expected, refuted."""

import json
import re
from collections.abc import Callable

from tests.browser.collector import Collector, until
from tests.browser.drivers.protocol import Context
from tests.browser.shop import Shop, complaints, loaded

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


def view(path: str, **more: object) -> dict[str, object]:
    return {"name": "page_view", "page": {"path": path, **more}}


def test_a_page_that_loads_is_a_page_view(shop: Shop, context: Context) -> None:
    page = shop.open(context, "/start?q=1#top")
    shop.expect(page, [view("/start", url=shop.url("/start?q=1#top"), title="Shop", referrer="")])
    event = shop.collector.one("page_view")
    assert UUID.match(event["eid"])
    assert UUID.match(event["uid"])
    assert UUID.match(event["sid"])
    assert event["si"] == "127.0.0.1"
    assert event["seq"] == 1
    assert event["props"] == {}
    assert event["user"] == {}
    assert event["campaign"] == {}
    assert event["flags"] == []
    assert event["src"]["lib"] == "penstock"
    assert event["device"] == {
        "ua": page.evaluate("navigator.userAgent"),
        "lang": "en-US",
        "tz": page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone"),
        "screen": page.evaluate("screen.width + 'x' + screen.height"),
        "viewport": page.evaluate("innerWidth + 'x' + innerHeight"),
    }
    assert event["created_at"] <= event["sent_at"]


def test_a_batch_is_one_post_of_text_that_needs_no_preflight(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    shop.settle(page)
    assert {request.method for request in shop.collector.batches} == {"POST"}
    assert {request.headers["content-type"] for request in shop.collector.batches} == {"text/plain;charset=UTF-8"}


def test_what_events_share_goes_once(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    shop.settle(page)
    page.evaluate("penstock.track('a', {n: 1}), penstock.track('b'), penstock.flush()")
    shop.collector.wait(lambda: "b" in shop.collector.names(), "b")
    [batch, *_] = (json.loads(request.body) for request in shop.collector.batches if b'"b"' in request.body)
    assert set(batch) == {*("sent_at", "si", "uid", "sid", "user", "page", "device", "src", "flags", "events")}
    assert [set(event) for event in batch["events"]] == [{"eid", "name", "created_at", "seq", "props"}] * 2
    assert batch["events"][0]["props"] == {"n": 1}


def test_events_of_two_pages_in_one_batch_keep_their_own_page(shop: Shop, context: Context) -> None:
    page = shop.open(context, "/one")
    page.evaluate("penstock.track('first'); history.pushState(0, '', '/two'); penstock.track('second')")
    shop.expect(
        page,
        [
            {"name": "first", "page": {"path": "/one"}},
            {"name": "second", "page": {"path": "/two"}},
            view("/one"),
            view("/two", referrer=shop.url("/one")),
        ],
    )


def test_calls_before_the_script_has_loaded_are_made_then(shop: Shop, context: Context) -> None:
    early = "<script>penstock.set({plan: 'growth'}); penstock.track('early', {n: 1})</script>"
    shop.site.page("/", shop.html(early))
    page = shop.open(context)
    shop.expect(page, [view("/"), {"name": "early", "props": {"n": 1}, "user": {"plan": "growth"}}])


def test_a_script_that_stands_twice_counts_once(shop: Shop, context: Context) -> None:
    shop.site.page("/", shop.html("<script src='/t.js'></script>"))
    shop.expect(shop.open(context), [view("/")])


def test_navigation_within_a_single_page_app(shop: Shop, context: Context) -> None:
    page = shop.open(context, "/a")
    page.evaluate("history.pushState({}, '', '/b')")
    page.evaluate("history.pushState({}, '', '/b')")  # the same page again
    page.evaluate("history.replaceState({}, '', '/b?sort=up')")  # the query alone
    page.evaluate("history.replaceState({}, '', '/c')")
    page.evaluate("location.hash = 'part'")
    page.evaluate("history.pushState({}, '', '/d?x=1')")
    page.evaluate("new Promise(done => { addEventListener('popstate', () => done()); history.back() })")
    shop.expect(
        page,
        [
            view("/a", referrer=""),
            view("/b", referrer=shop.url("/a")),
            view("/c", url=shop.url("/c"), referrer=shop.url("/b?sort=up")),
            view("/d", referrer=shop.url("/c")),
            view("/c", url=shop.url("/c#part"), referrer=shop.url("/d?x=1")),
        ],
    )


def test_identify_and_set_go_with_every_event_over_pages(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate("penstock.identify(42, {plan: 'free', since: 2020}); penstock.set({plan: 'growth'})")
    page.evaluate("penstock.track('one')")
    shop.go(page, "/next")
    expected = {"user_id": 42, "plan": "growth", "since": 2020}
    shop.expect(page, [{"name": "one", "user": expected}, {**view("/next"), "user": expected}])
    assert len({event["uid"] for event in shop.collector.events}) == 1
    assert len({event["sid"] for event in shop.collector.events}) == 1


def test_reset_is_another_visitor(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate("penstock.identify(42), penstock.track('before'), penstock.reset(), penstock.track('after')")
    shop.expect(page, [{"name": "after", "user": {}, "seq": 1}])
    by_name = {event["name"]: event for event in shop.collector.events}
    assert by_name["before"]["uid"] != by_name["after"]["uid"]
    assert by_name["before"]["sid"] != by_name["after"]["sid"]
    assert "user_id" not in by_name["after"]["user"]


def test_ids_are_those_that_events_carry(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    ids = page.evaluate("penstock.ids()")
    shop.expect(page, [{**view("/"), **ids}])
    assert page.evaluate("penstock.ids()") == {**ids, "seq": 2}


def test_the_site_is_named_by_the_script_tag(shop: Shop, context: Context) -> None:
    shop.site.page("/", shop.html(attributes='data-site="shop.example"'))
    shop.expect(shop.open(context), [{**view("/"), "si": "shop.example"}])


def test_manual_measures_nothing_by_itself(shop: Shop, context: Context) -> None:
    shop.site.page("/", shop.html(attributes="data-manual"))
    page = shop.open(context)
    page.evaluate("history.pushState(0, '', '/b'), penstock.page({n: 1})")
    shop.expect(page, [{**view("/b"), "props": {"n": 1}}], [view("/")])


def test_a_session_ends_after_thirty_minutes_without_an_event(shop: Shop, context: Context) -> None:
    page = context.tab()
    shop.site.clock = 0
    shop.go(page)
    for name, minutes in (("first", 0), ("still", 29), ("same", 29), ("other", 31)):
        page.evaluate(f"clock.jump({minutes * 60_000})")
        page.evaluate(f"penstock.track('{name}')")
    shop.settle(page)
    events = {event["name"]: event for event in shop.collector.events}
    assert events["first"]["sid"] == events["still"]["sid"] == events["same"]["sid"] != events["other"]["sid"]
    assert len({event["uid"] for event in shop.collector.events}) == 1


def test_seq_has_no_gap_over_tabs_and_pages(shop: Shop, context: Context) -> None:
    first, second = shop.open(context, "/1"), shop.open(context, "/2")
    for _ in range(3):
        first.evaluate("penstock.track('x')")
        second.evaluate("penstock.track('y')")
    shop.go(first, "/3")
    shop.settle(first)
    shop.settle(second)
    numbers = sorted(event["seq"] for event in shop.collector.events)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len({event["sid"] for event in shop.collector.events}) == 1


def test_subdomains_share_the_visitor_and_the_opt_out(make_shop: Callable[..., Shop], context: Context) -> None:
    shop = make_shop(modules=("pageviews",))
    page = shop.open(context, "/", "www.example.co.uk")
    shop.settle(page)
    shop.go(page, "/", "pay.example.co.uk")
    shop.settle(page)
    assert len({event["uid"] for event in shop.collector.events}) == 1
    assert sorted(event["seq"] for event in shop.collector.events) == [1, 2, 3, 4]
    cookies = {each["name"]: each for each in context.cookies()}
    assert cookies["_ps_id"]["domain"] == ".example.co.uk"
    assert cookies["_ps_id"]["sameSite"] == "Lax"
    assert cookies["_ps_id"]["path"] == "/"
    page.evaluate("penstock.optOut()")
    shop.go(page, "/", "www.example.co.uk")
    page.evaluate("penstock.track('refuted')")
    page.evaluate("penstock.optIn(), penstock.track('again')")
    shop.expect(page, [{"name": "again"}], [{"name": "refuted"}])


def test_opt_out_acts_at_once_and_clears_everything(shop: Shop, context: Context) -> None:
    page, other = shop.open(context), shop.open(context)
    shop.settle(page)
    shop.settle(other)
    with shop.collector.down():
        page.evaluate("penstock.identify(42), penstock.track('unsent'), penstock.optOut()")
        other.evaluate("penstock.track('in the other tab'), penstock.flush()")
        page.evaluate("penstock.track('afterwards'), penstock.flush()")
    names = {each["name"]: each["value"] for each in context.cookies()}
    assert names == {"penstock_optout": "1"}
    assert page.evaluate("Object.keys(localStorage)") == ["penstock_optout"]
    assert page.evaluate("penstock.ids()") is None
    shop.go(page, "/later")
    other.evaluate("penstock.optIn()")
    shop.expect(
        other,
        [],
        [{"name": "unsent"}, {"name": "in the other tab"}, {"name": "afterwards"}, view("/later")],
    )


def test_an_answer_that_comes_after_the_opt_out_brings_no_id_back(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    shop.settle(page)
    with shop.collector.slow():
        begun = shop.collector.begun
        page.evaluate("penstock.track('under way'), penstock.flush()")
        shop.collector.wait(lambda: shop.collector.begun > begun, "the request")
        page.evaluate("penstock.optOut()")
    until(lambda: "under way" in shop.collector.names(), "the answer")
    until(lambda: [cookie["name"] for cookie in context.cookies()] == ["penstock_optout"], "no cookie but the choice")
    page.evaluate("new Promise(done => setTimeout(done, 300))")
    assert [cookie["name"] for cookie in context.cookies()] == ["penstock_optout"]


def test_opt_in_mode_stores_and_sends_nothing_before_consent(make_shop: Callable[..., Shop], context: Context) -> None:
    shop = make_shop(modules=("pageviews",), opt_out="opt-in")
    page = shop.open(context)
    page.evaluate("penstock.track('before'), penstock.identify(42), penstock.ids(), penstock.flush()")
    assert context.cookies() == []
    assert page.evaluate("localStorage.length") == 0
    page.evaluate("penstock.optIn(), penstock.track('after')")
    # The page itself counts once there is consent; what it did before does not.
    shop.expect(page, [{"name": "after", "user": {}}, {**view("/"), "user": {}}], [{"name": "before"}])
    shop.go(page, "/next")
    shop.expect(page, [view("/next")])


def test_privacy_signals_are_honoured_or_not_by_setting(make_shop: Callable[..., Shop], context: Context) -> None:
    signal = "<script>Object.defineProperty(navigator, '{0}', {{value: {1}}})</script>"
    shop = make_shop(modules=("pageviews",))
    for path, head in (("/gpc", ("globalPrivacyControl", "true")), ("/dnt", ("doNotTrack", "'1'"))):
        shop.site.page(path, shop.html(head=signal.format(*head)))
        page = shop.open(context, path)
        page.evaluate("penstock.track('refuted')")
    assert context.cookies() == []
    assert page.evaluate("localStorage.length") == 0
    shop = make_shop(modules=("pageviews",), gpc="ignore")
    shop.site.page("/gpc", shop.html(head=signal.format("globalPrivacyControl", "true")))
    shop.expect(shop.open(context, "/gpc"), [view("/gpc")], [{"name": "refuted"}, view("/dnt")])


def test_back_to_a_page_kept_alive_is_a_view(shop: Shop, context: Context) -> None:
    page = shop.open(context, "/kept")
    shop.settle(page)
    page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: false})),"
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    shop.settle(page)
    assert shop.collector.names().count("page_view") == 2


def test_a_prerendered_page_counts_when_it_is_seen(shop: Shop, context: Context) -> None:
    hidden = (
        "<script>var seen = false;"
        "Object.defineProperty(document, 'prerendering', {get: function () { return !seen }})</script>"
    )
    shop.site.page("/", shop.html("<script>penstock.track('early')</script>", head=hidden))
    page = shop.open(context)
    assert context.cookies() == []
    page.evaluate("seen = true, document.dispatchEvent(new Event('prerenderingchange'))")
    shop.expect(page, [{**view("/"), "seq": 1}, {"name": "early", "seq": 2}])


def test_names_and_prefix_are_settings(make_shop: Callable[..., Shop], context: Context) -> None:
    shop = make_shop(modules=("pageviews",), global_name="shopStats", prefix="x-", opt_out_cookie="no_stats")
    page = shop.open(context)
    shop.expect(page, [view("/")])
    assert page.evaluate("'penstock' in window") is False
    assert {each["name"] for each in context.cookies()} == {"x-id", "x-s"}
    page.evaluate("shopStats.optOut()")
    assert {each["name"] for each in context.cookies()} == {"no_stats"}


def test_whatever_props_hold_the_page_sees_no_exception(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate(
        """() => {
        const circle = {name: 'circle', good: 1}; circle.self = circle;
        penstock.track('circular', circle);
        penstock.track('getter', {good: 1, get bad() { throw new Error('no') }});
        penstock.track('trap', {good: 1, bad: {toJSON() { throw new Error('no') }}});
        penstock.track('gone', {toJSON() { return undefined }});
        penstock.track('text', 'just text');
        penstock.track('list', [1, 2]);
        penstock.track('big', {n: 10n, good: 1});
        penstock.track('frozen', Object.freeze({good: 1}));
        penstock.track({toString() { throw new Error('no') }});
        penstock.identify(); penstock.set(null); penstock.use(null); penstock.page(null);
        penstock.use(() => { throw new Error('plugin') });
        }"""
    )
    good = {"good": 1}
    shop.expect(
        page,
        [
            {"name": "circular", "props": {"name": "circle", **good}},
            {"name": "getter", "props": good},
            {"name": "trap", "props": good},
            {"name": "gone", "props": {}},
            {"name": "text", "props": {"value": "just text"}},
            {"name": "list", "props": {"0": 1, "1": 2}},
            {"name": "big", "props": good},
            {"name": "frozen", "props": good},
        ],
    )
    assert complaints(page) == []


def test_a_plugin_of_the_page_gets_the_tracker(shop: Shop, context: Context) -> None:
    page = shop.open(context)
    page.evaluate("penstock.use(function (tracker) { tracker.track('by plugin') })")
    shop.expect(page, [{"name": "by plugin"}])


def test_included_under_a_strict_policy_with_integrity(
    make_shop: Callable[..., Shop], context: Context, collector: Collector
) -> None:
    shop = make_shop(modules=("pageviews",))
    shop.site.page(
        "/strict",
        shop.html(early=False),
        Content_Security_Policy=f"default-src 'none'; script-src 'self'; img-src 'self'; "
        f"connect-src {shop.spec.endpoint}",
    )
    page = context.tab()
    page.goto(shop.url("/strict"))
    loaded(page)
    # evaluate() is not under the page's policy; the tracker is.
    shop.expect(page, [view("/strict")])
    assert complaints(page) == []
