"""What the server adds, and what it leaves alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.collect.enrich import ENRICHMENTS, enrich
from lambdas.collect.handler import answer
from lambdas.collect.request import from_http
from tests.builders import NOW, event, http_event, settings
from tests.fakes import FakeSink, fake_collector

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


def enriched(
    headers: dict[str, str] | None = None, policy: str = "drop", source_ip: str = "203.0.113.7", **given: Any
) -> Any:
    request = from_http(http_event(headers=headers or {}, source_ip=source_ip))
    return enrich(event(**given), request, settings(ip=policy))


@pytest.mark.parametrize(
    ("created_at", "sent_at", "ts"),
    [
        (None, None, NOW),
        (NOW - 90_000, None, NOW),
        (None, NOW, NOW),
        (1_000, 4_500, NOW - 3_500),  # a clock that is decades off: only the difference counts
        (NOW + 9_000, NOW + 9_000, NOW),
        (NOW + 9_000, NOW, NOW),  # created after it was sent: never in the future
        (0, 2**53 - 1, 0),
    ],
)
def test_when_it_happened(created_at: int | None, sent_at: int | None, ts: int) -> None:
    assert enriched(created_at=created_at, sent_at=sent_at).ts == ts


@given(st.lists(st.integers(0, NOW), min_size=2, max_size=5), st.integers(0, 2 * NOW), st.integers(0, NOW))
def test_correction_never_reorders_the_events_of_a_request(created: list[int], sent_at: int, received_at: int) -> None:
    found = [enriched(created_at=at, sent_at=sent_at, received_at=received_at).ts for at in sorted(created)]
    assert found == sorted(found)
    assert all(0 <= ts <= received_at for ts in found)


GEO = {
    "cloudfront-viewer-country": "CH",
    "cloudfront-viewer-country-region": "ZH",
    "cloudfront-viewer-city": "Z%C3%BCrich",
}
BROWSER = {"user-agent": CHROME, "accept-language": "de-CH;q=0.9,en;q=0.8", "referer": "https://a.b/c?utm_source=x"}


def test_cloudfronts_own_name_is_no_visitors_browser() -> None:
    assert enriched({"user-agent": "Amazon CloudFront"}).device == {}


def test_what_a_browsers_request_tells() -> None:
    found = enriched(GEO | BROWSER)
    assert found.geo == {"country": "CH", "region": "ZH", "city": "Zürich"}
    assert found.device == {"ua": CHROME, "lang": "de-CH"}
    assert found.page == {"url": "https://a.b/c?utm_source=x", "path": "/c"}
    assert found.campaign == {"source": "x"}
    assert found.flags == ()


def test_a_proxys_request_tells_nothing_of_the_visitor() -> None:
    found = enriched(GEO | BROWSER, policy="keep", flags=("proxy",))
    assert (found.geo, found.device, found.page, found.campaign, found.ip) == ({}, {}, {}, {}, None)


def test_what_the_client_says_itself_stands() -> None:
    mine: dict[str, Any] = {
        "device": {"ua": "mine", "lang": "nl", "tz": "Europe/Amsterdam"},
        "page": {"url": "https://x/y", "path": "/virtual"},
        "campaign": {"channel": "email"},
    }
    found = enriched(GEO | BROWSER, **mine)
    assert (found.device, found.page, found.campaign) == (mine["device"], mine["page"], mine["campaign"])


@pytest.mark.parametrize(
    ("query", "campaign"),
    [
        ("utm_source=s&utm_medium=m&utm_campaign=n&utm_term=t&utm_content=c", "source medium name term content"),
        ("gclid=abc", "click_id"),
        ("utm_source=&fbclid=", ""),
        ("q=1", ""),
        ("", ""),
    ],
)
def test_campaign_tags_in_the_pages_address(query: str, campaign: str) -> None:
    assert set(enriched(page={"url": f"https://a.b/?{query}"}).campaign) == set(campaign.split())


@pytest.mark.parametrize("url", ["http://[", "//[::1", "not a url", "\0", "https://a.b/?%zz=%"])
def test_an_address_that_is_none_is_kept_as_it_is(url: str) -> None:
    assert enriched(page={"url": url}).page["url"] == url


V6 = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"


@pytest.mark.parametrize(
    ("headers", "source_ip", "kept", "truncated"),
    [
        ({"x-forwarded-for": "198.51.100.77, 9.9.9.9"}, "9.9.9.9", "198.51.100.77", "198.51.100.0"),
        ({"x-forwarded-for": "1.1.1.1, 198.51.100.77, 9.9.9.9"}, "9.9.9.9", "198.51.100.77", "198.51.100.0"),
        ({"x-forwarded-for": "9.9.9.9"}, "9.9.9.9", "9.9.9.9", "9.9.9.0"),
        ({"x-forwarded-for": "unknown"}, "203.0.113.7", "203.0.113.7", "203.0.113.0"),
        ({}, "::ffff:198.51.100.77", "198.51.100.77", "198.51.100.0"),
        ({}, "fe80::1%eth0", "fe80::1", "fe80::"),
        ({}, "", None, None),
        ({}, "nonsense", None, None),
    ],
)
def test_the_address_by_policy(
    headers: dict[str, str], source_ip: str, kept: str | None, truncated: str | None
) -> None:
    assert enriched(headers, "keep", source_ip).ip == kept
    assert enriched(headers, "truncate", source_ip).ip == truncated
    assert enriched(headers, "drop", source_ip).ip is None


@pytest.mark.parametrize(
    ("agent", "is_bot"),
    [
        (CHROME, False),
        ("curl/8.5.0", False),
        ("Mozilla/5.0 (Linux; Android 10; CUBOT X30)", True),  # the price of a small rule: flagged, not dropped
        (CHROME.replace("Chrome", "HeadlessChrome"), True),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("", False),
    ],
)
def test_bots_that_say_so(agent: str, is_bot: bool) -> None:
    assert ("bot" in enriched({"user-agent": agent}).flags) is is_bot


def test_a_bot_is_flagged_once() -> None:
    assert enriched({"user-agent": "spider"}, flags=("bot", "staging")).flags == ("bot", "staging")


def test_no_step_touches_what_makes_the_event_the_one_it_is() -> None:
    request = from_http(http_event(headers=GEO | BROWSER))
    start = event(created_at=1, sent_at=2, seq=3, props={"a": 1}, user={"b": 2})
    for step in ENRICHMENTS:
        end = step(start, request, settings(ip="keep"))
        for name in ("eid", "si", "sid", "uid", "name", "created_at", "sent_at", "seq", "props", "user", "src"):
            assert getattr(end, name) == getattr(start, name)


@pytest.mark.parametrize(
    ("sent", "address", "geo"),
    [
        ({"x-penstock-edge": "the key"}, "192.0.2.9", {"country": "DE"}),
        ({"x-penstock-edge": "a guess"}, "203.0.113.7", {}),
        ({"x-penstock-edge": "schlüssel"}, "203.0.113.7", {}),
        ({"x-amz-cf-id": "id"}, "203.0.113.7", {}),
    ],
)
def test_who_calls_the_api_past_cloudfront_cannot_say_who_and_where_they_are(
    sent: dict[str, str], address: str, geo: dict[str, str]
) -> None:
    sink = FakeSink()
    said = {"x-forwarded-for": "192.0.2.9, 203.0.113.7", "cloudfront-viewer-country": "DE", **sent}
    answer(fake_collector(sink, ip="keep", edge_key="the key"), http_event(query="si=a.example", headers=said))
    assert (sink.lines[0]["ip"], sink.lines[0]["geo"]) == (address, geo)
