"""Routes, CORS, consent, and the answers that are not about bad input."""

import base64
import json
from typing import Any

import pytest

from lambdas.collect.handler import answer
from lambdas.collect.respond import GIF
from tests.builders import SITE, batch, eid, http_event, post_batch
from tests.fakes import FakeSink, fake_collector

CREDENTIALS = "access-control-allow-credentials"
ORIGIN = "access-control-allow-origin"


def test_a_batch_is_answered_with_what_was_accepted() -> None:
    response = answer(fake_collector(), post_batch(batch({"name": "a"}, {"name": "b"})))
    assert (response["statusCode"], json.loads(response["body"])) == (200, {"accepted": 2, "rejected": []})
    assert response["headers"]["content-type"] == "application/json"


def test_an_empty_batch_is_fine_and_stores_nothing() -> None:
    sink = FakeSink()
    response = answer(fake_collector(sink), post_batch(batch()))
    assert (response["statusCode"], json.loads(response["body"])) == (200, {"accepted": 0, "rejected": []})
    assert (sink.good, sink.bad) == ([], [])


@pytest.mark.parametrize(
    "kind", ["text/plain", "text/plain;charset=UTF-8", "application/json", "application/x+json", ""]
)
def test_a_batch_comes_as_text_or_json(kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    assert answer(fake_collector(), post_batch(batch({}), headers=headers))["statusCode"] == 200


def test_a_batch_that_came_base64_is_the_same() -> None:
    sink = FakeSink()
    assert answer(fake_collector(sink), post_batch(batch({"name": "grün"}).encode()))["statusCode"] == 200
    assert sink.lines[0]["name"] == "grün"


def test_the_pixel_is_a_transparent_gif_of_43_bytes() -> None:
    response = answer(fake_collector(), http_event(path="/p.gif", query=f"si={SITE}"))
    assert (response["statusCode"], response["headers"]["content-type"]) == (200, "image/gif")
    assert response["isBase64Encoded"] is True
    assert base64.b64decode(response["body"]) == GIF
    assert len(GIF) == 43
    assert GIF[6:10] == b"\x01\x00\x01\x00"


def test_health_touches_nothing() -> None:
    sink = FakeSink()
    sink.refusing = True
    response = answer(fake_collector(sink), http_event(path="/health", headers={"sec-gpc": "1"}))
    assert (response["statusCode"], response["body"]) == (200, '{"status": "ok"}')


@pytest.mark.parametrize("path", ["/", "/p.gif", "/health"])
def test_head_is_get_without_a_body(path: str) -> None:
    head, get = (answer(fake_collector(), http_event(method, path, f"si={SITE}")) for method in ("HEAD", "GET"))
    assert head["body"] == ""
    assert get["body"]
    assert (head["statusCode"], head["headers"]) == (get["statusCode"], get["headers"])


def test_a_trailing_slash_makes_no_difference() -> None:
    assert answer(fake_collector(), post_batch(batch({}), path="/e/"))["statusCode"] == 200


def test_the_collect_path_is_a_setting() -> None:
    collector = fake_collector(collect_path="/quiet/river")
    assert answer(collector, post_batch(batch({}), path="/quiet/river"))["statusCode"] == 200
    assert answer(collector, post_batch(batch({}), path="/e"))["statusCode"] == 404


FOREIGN = ("https://badexample.com", "https://example.com.evil.org", "null", "https://[")


@pytest.mark.parametrize(
    ("sites", "origin", "allowed"),
    [
        ((), "https://anything.org", True),
        ((), "null", True),
        (("example.com",), "https://example.com", True),
        (("example.com",), "https://EXAMPLE.com:8443", True),
        (("example.com",), "http://shop.example.com", True),
        (("example.com:8080",), "http://example.com:1234", True),
        (("localhost",), "http://localhost:5173", True),
        (("example.com",), "https://badexample.com", False),
        (("example.com",), "https://example.com.evil.org", False),
        (("example.com",), "null", False),
        (("example.com",), "https://[", False),
        ((), "https://a, https://b", False),
        ((), "*", False),
        ((), "", False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_cors(sites: tuple[str, ...], origin: str, allowed: bool, method: str) -> None:
    event = {**post_batch(batch({}, si="example.com"), headers={"origin": origin}, method=method)}
    headers = answer(fake_collector(sites=sites), event)["headers"]
    # A tracker anywhere may read what became of its batch, or it would send it for ever.
    readable = allowed or (method == "POST" and origin in FOREIGN)
    assert headers.get(ORIGIN) == (origin if readable else None)
    assert headers.get(CREDENTIALS) == ("true" if readable else None)
    assert headers["vary"] == "Origin"


def test_a_foreign_page_reads_that_its_site_is_refused_and_nothing_else() -> None:
    collector = fake_collector(sites=("example.com",))
    refused = answer(collector, post_batch(batch({}, si="other.org"), headers={"origin": "https://other.org"}))
    assert (refused["statusCode"], refused["headers"][ORIGIN]) == (403, "https://other.org")
    event = http_event("GET", "/", query="si=example.com", headers={"origin": "https://other.org"})
    assert ORIGIN not in answer(collector, event)["headers"]


def test_an_error_can_be_read_by_the_page_too() -> None:
    response = answer(fake_collector(), post_batch("nonsense", headers={"origin": "https://a.b"}))
    assert (response["statusCode"], response["headers"][ORIGIN]) == (400, "https://a.b")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/", "GET, HEAD, POST, OPTIONS"),
        ("/p.gif", "GET, HEAD, OPTIONS"),
        ("/e", "POST, GET, HEAD, OPTIONS"),
        ("/x", "OPTIONS"),
    ],
)
def test_preflight(path: str, methods: str) -> None:
    sink = FakeSink()
    response = answer(fake_collector(sink), http_event("OPTIONS", path, headers={"origin": "https://a.b"}))
    assert (response["statusCode"], response["body"]) == (204, "")
    assert response["headers"]["access-control-allow-methods"] == methods
    assert response["headers"]["access-control-allow-headers"] == "content-type"
    assert int(response["headers"]["access-control-max-age"]) >= 7_200
    assert (sink.good, sink.bad) == ([], [])


OUT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"cookies": ["a=b", "penstock_optout=1"]}, {}),
    ({"headers": {"cookie": "a=b; penstock_optout=yes"}}, {}),
    ({"cookies": ["quiet=1"]}, {"opt_out_cookie": "quiet"}),
    ({"cookies": ["penstock_optout=1"]}, {"gpc": "ignore"}),
    ({"headers": {"sec-gpc": "1"}}, {}),
    ({"headers": {"dnt": "1"}}, {}),
]
IN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"cookies": ["penstock_optout=0"]}, {}),
    ({"cookies": ["penstock_optout="]}, {}),
    ({"cookies": ["xpenstock_optout=1"]}, {}),
    ({"headers": {"sec-gpc": "0", "dnt": "0"}}, {}),
    ({"headers": {"sec-gpc": "1", "dnt": "1"}}, {"gpc": "ignore"}),
]


@pytest.mark.parametrize(("how", "settings"), OUT)
@pytest.mark.parametrize("query", [f"si={SITE}", "no=site"])
def test_of_who_opted_out_nothing_is_stored(how: dict[str, Any], settings: dict[str, Any], query: str) -> None:
    sink = FakeSink()
    collector = fake_collector(sink, **settings)
    url = answer(collector, http_event(query=query, **how))
    pixel = answer(collector, http_event(path="/p.gif", query=query, **how))
    several = answer(collector, http_event("POST", "/e", body=batch({"name": "a"}), **how))
    lost = answer(collector, http_event("PUT", "/e", body=batch({"name": "a"}), **how))
    assert (url["statusCode"], url["body"]) == (204, "")
    assert (pixel["statusCode"], base64.b64decode(pixel["body"])) == (200, GIF)
    assert (several["statusCode"], json.loads(several["body"])) == (200, {"accepted": 0, "rejected": []})
    assert lost["statusCode"] == 405
    assert (sink.good, sink.bad) == ([], [])


@pytest.mark.parametrize(("how", "settings"), IN)
def test_of_who_did_not_everything_is(how: dict[str, Any], settings: dict[str, Any]) -> None:
    sink = FakeSink()
    answer(fake_collector(sink, **settings), http_event(query=f"si={SITE}", **how))
    assert len(sink.good) == 1


@pytest.mark.parametrize(
    "event", [http_event(query=f"si={SITE}"), post_batch(batch({})), http_event(path="/p.gif", query="bad=1")]
)
def test_when_nothing_can_be_stored_the_client_is_told_to_come_again(event: dict[str, Any]) -> None:
    sink = FakeSink()
    sink.refusing = True
    folded: list[Any] = []
    response = answer(fake_collector(sink, fold_state=lambda events: folded.append(events) or 0), event)  # type: ignore[func-returns-value]
    assert response["statusCode"] == 503
    assert int(response["headers"]["retry-after"]) > 0
    assert folded == []


def test_state_is_folded_after_the_lines_are_safe() -> None:
    sink = FakeSink()
    seen: list[tuple[int, list[str]]] = []

    def fold(events: Any) -> int:
        seen.append((len(sink.good), [item.eid for item in events]))
        return 0

    answer(fake_collector(sink, fold_state=fold), post_batch(batch({}, {"seq": -1}, {})))
    assert seen == [(2, [eid(1), eid(2)])]
