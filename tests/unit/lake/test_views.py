"""What each view says of events made by hand, asked as anybody asks."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from lambdas.common.event import Event
from tests.builders import event
from tests.unit.lake.world import Rows, World, at

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Mobile/15E148 Safari/604.1"
)
ADVERT = {"source": "news", "medium": "email", "name": "spring", "channel": "email"}
DIRECT = {"channel": "direct"}

Ask = Callable[[list[Event], str], Rows]


@pytest.fixture
def ask(lake: World) -> Ask:
    def asked(events: list[Event], sql: str) -> Rows:
        lake.hold(events)
        return lake.ask(sql)

    return asked


_numbers = count(1)


def seen(when: str, name: str = "page_view", path: str | None = None, **changes: Any) -> Event:
    """An event at `when` (UTC); `path` puts it on a page of shop.example."""
    page = {"path": path, "url": f"https://shop.example{path}"} if path else {}
    return event(next(_numbers), **{"name": name, "ts": at(when), "received_at": at(when), "page": page, **changes})


def test_an_event_has_its_day_time_page_and_browser(ask: Ask) -> None:
    one = seen(
        "2026-11-20 23:59:59.250",
        path="/tea?x=1",
        props={"a": 1},
        user={"user_id": 7, "account_id": "acme"},
        device={"ua": SAFARI, "lang": "de"},
        geo={"country": "NL"},
    )
    rows = ask(
        [one],
        "select dt, time, host, path, browser, os, device_type, lang, country, user_id, account_id, is_person, api,"
        " props from visitor_events",
    )
    expected = "2026-11-20|2026-11-20 23:59:59.250|shop.example|/tea?x=1|Safari|iOS|mobile|de|NL|7|acme|true|batch"
    assert rows == [(*expected.split("|"), '{"a":1}')]


AGENTS = {
    CHROME: ("Chrome", "Linux", "desktop"),
    SAFARI: ("Safari", "iOS", "mobile"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0": (
        "Edge",
        "Windows",
        "desktop",
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 OPR/120.0": (
        "Opera",
        "Windows",
        "desktop",
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:153.0) Gecko/20100101 Firefox/153.0": (
        "Firefox",
        "macOS",
        "desktop",
    ),
    "Mozilla/5.0 (Linux; Android 15; SM-S936B) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36": (
        "Samsung Internet",
        "Android",
        "mobile",
    ),
    "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/140.0 Safari/537.36": (
        "Chrome",
        "Android",
        "tablet",
    ),
    "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile Safari/604.1": (
        "Chrome",
        "iOS",
        "tablet",
    ),
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36": (
        "Chrome",
        "ChromeOS",
        "desktop",
    ),
    "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko": ("Internet Explorer", "Windows", "desktop"),
    "curl/8.5": ("Other", "Other", "desktop"),
}


def test_browsers_are_told_by_their_user_agent(ask: Ask) -> None:
    events = [seen("2026-11-20 10:00", device={"ua": ua}) for ua in AGENTS]
    rows = ask(events, "select ua, browser, os, device_type from visitor_events")
    assert {ua: tuple(found) for ua, *found in rows} == AGENTS


@pytest.mark.parametrize(
    ("given", "channel", "source"),
    [
        ({"campaign": ADVERT}, "email", "news"),
        ({"campaign": {"click_id": "x"}}, "campaign", None),
        ({"page": {"url": "https://shop.example/", "referrer": "https://blog.example/a"}}, "referral", "blog.example"),
        ({"page": {"url": "https://shop.example/", "referrer": "https://shop.example/a"}}, "direct", None),
        ({}, "direct", None),
    ],
)
def test_the_channel_is_the_trackers_or_else_told_by_what_there_is(
    ask: Ask, given: dict[str, Any], channel: str, source: str | None
) -> None:
    rows = ask([seen("2026-11-20 10:00", **given)], "select channel, source from visitor_events")
    assert rows == [(channel, source)]


def test_page_views_are_those_of_people(ask: Ask) -> None:
    events = [
        seen("2026-11-20 10:00", path="/a"),
        seen("2026-11-20 10:01", "click", path="/a"),
        *(seen("2026-11-20 10:02", path="/b", flags=(flag,)) for flag in ("bot", "staging", "impersonating")),
        seen("2026-11-20 10:03", path="/c", flags=("proxy",)),
    ]
    assert ask(events, "select path from page_views order by time") == [("/a",), ("/c",)]


def test_a_session_has_its_times_pages_and_channel(ask: Ask) -> None:
    events = [
        # As they may come: in any order.
        seen("2026-11-20 10:04", "purchase", path="/thanks", seq=5, user={"user_id": "kim"}, campaign=ADVERT),
        seen("2026-11-20 10:00", path="/", seq=1, campaign=ADVERT, device={"ua": CHROME}, geo={"country": "NL"}),
        seen("2026-11-20 10:01", path="/tea", seq=2, campaign=ADVERT),
        seen("2026-11-20 10:02:30", "engagement", path="/tea", seq=3, props={"seconds": 80}, campaign=ADVERT),
        seen("2026-11-20 10:03", path="/", seq=4, campaign=ADVERT),
        seen("2026-11-20 12:00", path="/elsewhere", sid="other", uid="u2"),
    ]
    rows = ask(
        events,
        "select sid, uid, user_id, started, ended, duration_seconds, engaged_seconds, events, page_views, pages,"
        " entry_path, exit_path, bounce, channel, source, campaign, country, browser from sessions order by started",
    )
    first = "s1|u1|kim|2026-11-20 10:00:00.000|2026-11-20 10:04:00.000|240.0|80.0|5|3|2|/|/|false|email|news|spring"
    assert rows[0] == (*first.split("|"), "NL", "Chrome")
    assert rows[1][:2] == ("other", "u2")
    assert rows[1][5:14] == ("0.0", "0.0", "1", "1", "1", "/elsewhere", "/elsewhere", "true", "direct")


@pytest.mark.parametrize(
    ("names", "bounce"),
    [
        (("page_view",), "true"),
        (("page_view", "engagement", "web_vital", "error"), "true"),
        (("page_view", "page_view"), "false"),
        (("page_view", "click"), "false"),
        (("page_view", "screen_view"), "false"),
        (("order",), "false"),
    ],
)
def test_a_bounce_is_one_page_and_nothing_done(ask: Ask, names: tuple[str, ...], bounce: str) -> None:
    events = [seen(f"2026-11-20 10:0{minute}", name) for minute, name in enumerate(names)]
    assert ask(events, "select bounce from sessions") == [(bounce,)]


def test_events_of_one_instant_follow_their_counter(ask: Ask) -> None:
    events = [seen("2026-11-20 10:00", path=f"/{number}", seq=number) for number in (3, 1, 2)]
    assert ask(events, "select entry_path, exit_path from sessions") == [("/1", "/3")]


def test_a_session_over_midnight_is_two_rows(ask: Ask) -> None:
    events = [seen("2026-11-20 23:59", path="/a"), seen("2026-11-21 00:01", path="/b")]
    rows = ask(events, "select dt, sid, entry_path from sessions order by dt")
    assert rows == [("2026-11-20", "s1", "/a"), ("2026-11-21", "s1", "/b")]


def test_a_user_is_what_all_days_say(ask: Ask) -> None:
    events = [
        seen("2026-11-18 10:00", path="/", sid="a", user={"plan": "free"}, device={"lang": "nl"}),
        seen("2026-11-20 10:00", path="/", sid="b", user={"plan": "pro", "user_id": "kim"}),
        seen("2026-11-20 10:01", "engagement", sid="b", props={"seconds": 12}),
        seen("2026-11-20 10:01", path="/", uid="u2", sid="c", flags=("bot",)),
    ]
    rows = ask(
        events,
        "select uid, user_id, first_seen, last_seen, first_dt, last_dt, days, sessions, events, page_views,"
        " engaged_seconds, lang, json_extract_scalar(user_props, '$.plan') from users",
    )
    expected = "u1|kim|2026-11-18 10:00:00.000|2026-11-20 10:01:00.000|2026-11-18|2026-11-20|2|2|3|2|12.0|nl|pro"
    assert rows == [tuple(expected.split("|"))]


def test_first_and_last_touch(ask: Ask) -> None:
    search = {"source": "www.google.com", "channel": "search"}
    events = [
        seen("2026-11-01 10:00", path="/tea", sid="a", campaign=search),
        seen("2026-11-01 10:05", path="/", sid="a", campaign=search),
        seen("2026-11-05 10:00", path="/", sid="b", campaign=ADVERT),
        seen("2026-11-09 10:00", path="/", sid="c", campaign=DIRECT),
        seen("2026-11-09 10:00", path="/", sid="d", uid="u2", campaign=DIRECT),
    ]
    rows = ask(
        events,
        "select uid, first_time, first_channel, first_source, first_path, last_time, last_channel, last_campaign,"
        " sessions, channels from attribution order by uid",
    )
    assert rows == [
        (
            *("u1", "2026-11-01 10:00:00.000", "search", "www.google.com", "/tea"),
            *("2026-11-05 10:00:00.000", "email", "spring", "3", "search > email > direct"),
        ),
        (
            *("u2", "2026-11-09 10:00:00.000", "direct", None, "/"),
            *("2026-11-09 10:00:00.000", "direct", None, "1", "direct"),
        ),
    ]


def test_a_first_touch_older_than_the_lake_is_the_trackers(ask: Ask) -> None:
    kept = {"first_touch": {"channel": "social", "source": "t.co"}}
    rows = ask(
        [seen("2026-11-05 10:00", campaign=ADVERT, user=kept)],
        "select first_channel, first_source, first_campaign, last_channel from attribution",
    )
    assert rows == [("social", "t.co", None, "email")]


def test_retention_by_first_visit_counts_every_week_since(ask: Ask) -> None:
    # Mondays: 2 and 9 and 16 November 2026.
    events = [
        *(seen("2026-11-03 10:00", uid=uid) for uid in ("a", "b")),
        seen("2026-11-08 23:00", uid="c"),
        seen("2026-11-17 10:00", uid="a"),
        seen("2026-11-18 10:00", uid="a"),
        seen("2026-11-10 10:00", uid="d"),
    ]
    rows = ask(
        events,
        "select cohort, week, size, active, round(share, 2) from retention where cohort_by = 'first visit'"
        " order by 1, 2",
    )
    assert rows == [
        ("2026-11-02", "0", "3", "3", "1.0"),
        ("2026-11-02", "1", "3", "0", "0.0"),
        ("2026-11-02", "2", "3", "1", "0.33"),
        ("2026-11-09", "0", "1", "1", "1.0"),
        ("2026-11-09", "1", "1", "0", "0.0"),
    ]


@pytest.mark.parametrize(
    "created", ["2026-11-03", "2026-11-03T08:00:00Z", "2026-11-03 08:00", 1793692800, 1793692800000, "1793692800000"]
)
def test_retention_by_the_day_an_account_was_created(ask: Ask, created: str | int) -> None:
    user = {"account_id": "acme", "account": {"created_at": created}}
    events = [
        seen("2026-11-11 10:00", uid="a", user=user),
        seen("2026-11-12 10:00", uid="b", user=user),
        seen("2026-11-17 10:00", uid="b", user={"account_id": "acme"}),
        seen("2026-11-17 10:00", uid="c", user={"account_id": "no date"}),
        seen("2026-11-17 10:00", uid="d", user={"account_id": "odd", "account": {"created_at": "soon"}}),
    ]
    rows = ask(
        events, "select cohort, week, size, active from retention where cohort_by = 'account created' order by 1, 2"
    )
    assert rows == [("2026-11-02", "1", "1", "1"), ("2026-11-02", "2", "1", "1")]


def test_a_week_is_complete_when_it_is_over(ask: Ask) -> None:
    rows = ask(
        [seen("2026-01-05 10:00"), seen("2099-01-05 10:00")], "select week, complete from retention order by week"
    )
    assert rows == [("0", "true"), ("3809", "false")]


def test_linked_events_are_paired_and_what_stays_alone_is_seen(ask: Ask) -> None:
    def tied(when: str, name: str, link: str | int, **changes: Any) -> Event:
        return seen(when, name, props={"linking_id": link}, **changes)

    events = [
        tied("2026-11-20 10:00", "begin_checkout", "bag-1"),
        tied("2026-11-20 10:02", "purchase", "bag-1", uid="u9"),
        tied("2026-11-20 11:00", "begin_checkout", 2),
        tied("2026-11-20 11:00", "begin_checkout", "bag-1", si="another.example"),
        seen("2026-11-20 12:00", "begin_checkout"),
        tied("2026-11-20 12:00", "begin_checkout", ""),
    ]
    rows = ask(
        events,
        "select si, linking_id, from_name, to_name, to_uid, seconds from links order by si, linking_id, from_name",
    )
    site = "test.opentracker.net"
    assert rows == [
        ("another.example", "bag-1", "begin_checkout", None, None, None),
        (site, "2", "begin_checkout", None, None, None),
        (site, "bag-1", "begin_checkout", "purchase", "u9", "120.0"),
        (site, "bag-1", "purchase", None, None, None),
    ]


def test_web_vitals_are_numbers_by_page(ask: Ask) -> None:
    def vital(value: Any) -> Event:
        props = {"metric": "LCP", "value": value, "rating": "good", "navigation": "navigate"}
        return seen("2026-11-20 10:00", "web_vital", path="/", props=props)

    rows = ask([vital(1234.5), vital("odd")], "select path, metric, value, rating, navigation from web_vitals")
    assert sorted(rows, key=str) == [
        ("/", "LCP", "1234.5", "good", "navigate"),
        ("/", "LCP", None, "good", "navigate"),
    ]


def test_bots_are_counted_by_their_signs(ask: Ask) -> None:
    driven = ("bot:webdriver", "bot:language", "bot")
    events = [
        seen("2026-11-20 10:00", flags=driven, uid="a", sid="a"),
        seen("2026-11-20 10:01", "click", flags=driven, uid="a", sid="a"),
        seen("2026-11-20 10:02", flags=("bot",), uid="b", sid="b", device={"ua": "Googlebot/2.1"}),
        seen("2026-11-20 10:03", uid="c", sid="c"),
    ]
    rows = ask(events, "select dt, reason, ua, events, page_views, sessions, visitors from bots order by reason")
    assert rows == [
        ("2026-11-20", "language, webdriver", None, "2", "1", "1", "1"),
        ("2026-11-20", "user agent", "Googlebot/2.1", "1", "1", "1", "1"),
    ]
