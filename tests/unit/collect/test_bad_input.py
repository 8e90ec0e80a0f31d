"""Bad input is data: for each, the answer, what was stored, and what became a bad row."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from lambdas.collect.handler import answer
from lambdas.collect.limits import BODY_BYTES, DEPTH, KEY_CHARACTERS
from lambdas.collect.reasons import Reason
from tests.builders import SITE, batch, eid, http_event, post_batch
from tests.fakes import FakeSink, fake_collector

NESTED = '{"a":' * 10_000 + "1" + "}" * 10_000
GOOD_A = {"eid": eid(71), "name": "good a"}
GOOD_B = {"eid": eid(72), "name": "good b"}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def batch_of(text: str) -> str:
    """A batch of two good events with the raw text of a third between them."""
    return f'{{"si":"{SITE}","events":[{json.dumps(GOOD_A)},{text},{json.dumps(GOOD_B)}]}}'


@dataclass(frozen=True)
class Case:
    event: dict[str, Any]
    status: int
    body: Any
    stored: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)


def one_bad(text: str, reason: Reason, detail: str) -> Case:
    return Case(
        post_batch(batch_of(text)),
        200,
        {"accepted": 2, "rejected": [{"index": 1, "reason": reason.value, "detail": detail}]},
        ("good a", "good b"),
        (reason,),
    )


def refused(event: dict[str, Any], status: int, reason: Reason, detail: str, **settings: Any) -> Case:
    return Case(event, status, {"error": reason.value, "detail": detail}, (), (reason,), settings)


JSON_TYPE = {"content-type": "application/json"}
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}

CASES = {
    "missing si in a query": refused(http_event(query="message=hello"), 400, Reason.MISSING_SITE, "si: required"),
    "empty si": refused(http_event(query="si=&message=x"), 400, Reason.MISSING_SITE, "si: required"),
    "missing si in a batch": Case(
        post_batch(json.dumps({"events": [GOOD_A]})),
        400,
        {
            "accepted": 0,
            "rejected": [{"index": 0, "reason": "missing_site", "detail": "si: required"}],
        },
        (),
        (Reason.MISSING_SITE,),
    ),
    "unknown site": refused(
        http_event(query="si=evil.org&a=b"),
        403,
        Reason.UNKNOWN_SITE,
        "si: not one of this collector's sites",
        sites=("example.com",),
    ),
    "unknown site for one event of a batch": Case(
        post_batch(batch({**GOOD_A, "si": "shop.example.com"}, {"si": "evil.org"}, si="example.com")),
        200,
        {
            "accepted": 1,
            "rejected": [
                {
                    "index": 1,
                    "reason": "unknown_site",
                    "detail": "si: not one of this collector's sites",
                }
            ],
        },
        ("good a",),
        (Reason.UNKNOWN_SITE,),
        {"sites": ("example.com",)},
    ),
    "invalid JSON at the root": refused(
        http_event("POST", body="{'si':1}", headers=JSON_TYPE),
        400,
        Reason.INVALID_JSON,
        "body: not JSON at character 1: Expecting property name enclosed in double quotes",
    ),
    "invalid JSON as a batch": refused(
        post_batch(batch(GOOD_A)[:-1]),
        400,
        Reason.INVALID_JSON,
        f"body: not JSON at character {len(batch(GOOD_A)) - 1}: Expecting ',' delimiter",
    ),
    "JSON that is no object": refused(
        http_event("POST", body="[1]", headers=JSON_TYPE), 400, Reason.INVALID_EVENT, "body: must be a JSON object"
    ),
    "a batch that is no object": refused(post_batch("[]"), 400, Reason.INVALID_BATCH, "body: must be a JSON object"),
    "a batch without events": refused(post_batch('{"si":"x"}'), 400, Reason.INVALID_BATCH, "events: must be an array"),
    "invalid UTF-8 in a body": refused(
        post_batch(b'{"si":"\xff"}'), 400, Reason.INVALID_UTF8, "body: not UTF-8 at byte 7"
    ),
    "invalid UTF-8 in a form": refused(
        http_event("POST", body=b"si=x&a=\xff", headers=FORM_TYPE),
        400,
        Reason.INVALID_UTF8,
        "body: not UTF-8 at byte 7",
    ),
    "base64 that is none": refused(
        {**post_batch("%%%"), "isBase64Encoded": True},
        400,
        Reason.INVALID_BASE64,
        "body: marked as base64 and is not",
    ),
    "a body over the limit": refused(
        post_batch(" " * (BODY_BYTES + 1)),
        413,
        Reason.BODY_TOO_LARGE,
        "body: 1,000,001 bytes; at most 1,000,000 are taken",
    ),
    "too many events": refused(
        post_batch(batch(*[{}] * 501)), 413, Reason.TOO_MANY_EVENTS, "events: 501; at most 500 a request"
    ),
    "too much that the events share": refused(
        post_batch(batch(GOOD_A, user={"a": "x" * 17_000})),
        413,
        Reason.SHARED_TOO_LARGE,
        "body: 17,049 bytes beside the events; at most 16,384: each event repeats them",
    ),
    "an event that is no object": one_bad("7", Reason.INVALID_EVENT, "event: must be an object"),
    "props that are no object": one_bad('{"props":[]}', Reason.INVALID_FIELD, "props: must be an object"),
    "an eid that is no UUID": one_bad('{"eid":"1"}', Reason.INVALID_FIELD, "eid: must be a UUID"),
    "an id that is too long": one_bad(
        json.dumps({"sid": "x" * 513}), Reason.INVALID_FIELD, "sid: 513 characters; at most 512"
    ),
    "an id that is an object": one_bad('{"uid":{}}', Reason.INVALID_FIELD, "uid: must be text"),
    "a time that is none": one_bad(
        '{"created_at":"today"}', Reason.INVALID_FIELD, "created_at: must be a number from 0 to 2^53"
    ),
    "a negative counter": one_bad('{"seq":-1}', Reason.INVALID_FIELD, "seq: must be a number from 0 to 2^53"),
    "a name that is an array": one_bad('{"name":["a"]}', Reason.INVALID_FIELD, "name: must be text"),
    "flags that are text": one_bad('{"flags":"bot"}', Reason.INVALID_FIELD, "flags: must be an array of strings"),
    "too many flags": one_bad(
        json.dumps({"flags": [str(n) for n in range(33)]}),
        Reason.INVALID_FIELD,
        "flags: at most 32 of 64 characters",
    ),
    "1e999": one_bad(
        '{"props":{"a":[{"b":1e999}]}}', Reason.INVALID_NUMBER, "props.a[0].b: a number that JSON has not got"
    ),
    "NaN": one_bad('{"props":{"n":NaN}}', Reason.INVALID_NUMBER, "props.n: a number that JSON has not got"),
    "minus infinity": one_bad(
        '{"props":{"n":-Infinity}}', Reason.INVALID_NUMBER, "props.n: a number that JSON has not got"
    ),
    "a number of 5,000 digits": one_bad(
        '{"props":{"n":' + "9" * 5_000 + "}}", Reason.INVALID_NUMBER, "props.n: a number that JSON has not got"
    ),
    "10,000-deep nesting of one event": one_bad(
        f'{{"props":{NESTED}}}', Reason.TOO_DEEP, "event: nested deeper than 32"
    ),
    "nesting one too deep": one_bad(
        json.dumps({"props": {"a": nested(DEPTH)}}),
        Reason.TOO_DEEP,
        "props.a" + "[0]" * (DEPTH - 1) + ": nested deeper than 32",
    ),
    "10,000-deep nesting at the root": refused(
        http_event("POST", body=f'{{"si":"x","a":{NESTED}}}', headers=JSON_TYPE),
        400,
        Reason.TOO_DEEP,
        "body: nested deeper than 32",
    ),
    "10,000-deep nesting beside the events": refused(
        post_batch(f'{{"si":"x","user":{NESTED},"events":[]}}'), 400, Reason.TOO_DEEP, "body: nested deeper than 32"
    ),
    "a huge key": one_bad(
        json.dumps({"props": {"k" * 257: 1}}),
        Reason.KEY_TOO_LONG,
        f"props.{'k' * 64}…: a key of 257 characters; at most {KEY_CHARACTERS}",
    ),
    "a huge name in a query": refused(
        http_event(query=f"si=x&{'n' * 300}=1"),
        400,
        Reason.KEY_TOO_LONG,
        f"{'n' * 64}…: a name of 300 characters; at most 256",
    ),
    "a name with a space": refused(
        http_event(query="si=x&my%20name=1"),
        400,
        Reason.INVALID_NAME,
        'property "my name": names are ASCII without spaces',
    ),
    "a name with a plus": refused(
        http_event(query="si=x&my+name=1"),
        400,
        Reason.INVALID_NAME,
        'property "my name": names are ASCII without spaces',
    ),
    "a name that is not ASCII": refused(
        http_event(query="si=x&gr%C3%B6%C3%9Fe=1"),
        400,
        Reason.INVALID_NAME,
        'property "größe": names are ASCII without spaces',
    ),
    "a name that is not ASCII in JSON": refused(
        http_event("POST", body='{"si":"x","größe":1}', headers=JSON_TYPE),
        400,
        Reason.INVALID_NAME,
        'property "größe": names are ASCII without spaces',
    ),
    "a null byte in a name": refused(
        http_event(query="si=x&a%00b=1"),
        400,
        Reason.INVALID_NAME,
        r'property "a\x00b": names are ASCII without spaces',
    ),
    "a value without a name": refused(
        http_event(query="si=x&=1"), 400, Reason.INVALID_NAME, 'property "": names are ASCII without spaces'
    ),
    "a wrong content type at the root": refused(
        http_event("POST", body="<a/>", headers={"content-type": "text/xml; charset=utf-8"}),
        415,
        Reason.UNSUPPORTED_CONTENT_TYPE,
        "content-type: text/xml; send application/x-www-form-urlencoded, application/json or text/plain",
    ),
    "a wrong content type for a batch": refused(
        post_batch(batch(GOOD_A), headers=FORM_TYPE),
        415,
        Reason.UNSUPPORTED_CONTENT_TYPE,
        "content-type: application/x-www-form-urlencoded; send text/plain or application/json",
    ),
    "a wrong method with an event": refused(
        http_event("PUT", "/", query="si=x&a=b"), 405, Reason.WRONG_METHOD, "method: PUT is not taken here"
    ),
    "a PUT of the collect path with an event": refused(
        http_event("PUT", "/e", query="si=x"), 405, Reason.WRONG_METHOD, "method: PUT is not taken here"
    ),
    "a POST to the pixel": refused(
        http_event("POST", "/p.gif", body="si=x", headers=FORM_TYPE),
        405,
        Reason.WRONG_METHOD,
        "method: POST is not taken here",
    ),
    "an unknown path with an event": refused(
        http_event("GET", "/track", query="si=x&a=b"), 404, Reason.UNKNOWN_PATH, "path: nothing is here"
    ),
    "an unknown path with a body": refused(
        http_event("POST", "/v2", body="hello"), 404, Reason.UNKNOWN_PATH, "path: nothing is here"
    ),
}

# What carried no event leaves no bad row: health checkers, and scanners knocking at doors.
EMPTY = {
    "an unknown path": (http_event("GET", "/wp-login.php", query="redirect=1"), 404),
    "a wrong method": (http_event("DELETE", "/"), 405),
    "the root, opened in a browser": (http_event(), 400),
    "an empty batch body": (post_batch(""), 400),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_answer_what_is_stored_and_what_is_a_bad_row(case: Case) -> None:
    sink = FakeSink()
    response = answer(fake_collector(sink, **case.settings), case.event)
    assert response["statusCode"] == case.status
    assert json.loads(response["body"]) == case.body
    assert tuple(line["name"] for line in sink.lines) == case.stored
    assert tuple(row["reason"] for row in sink.bad_rows) == case.reasons
    assert response["headers"].get("allow") == {405: allow(case.event)}.get(case.status)


def allow(event: dict[str, Any]) -> str:
    return {"/": "GET, HEAD, POST, OPTIONS", "/e": "POST, GET, HEAD, OPTIONS", "/p.gif": "GET, HEAD, OPTIONS"}.get(
        event["rawPath"], ""
    )


@pytest.mark.parametrize(("event", "status"), EMPTY.values(), ids=EMPTY)
def test_what_carries_no_event_leaves_no_bad_row(event: dict[str, Any], status: int) -> None:
    sink = FakeSink()
    response = answer(fake_collector(sink), event)
    assert response["statusCode"] == status
    assert (sink.good, sink.bad) == ([], [])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_bad_row_sent_again_is_that_bad_row_and_nothing_else(case: Case) -> None:
    """Nothing is lost, and nothing good rides along to be loaded twice."""
    first, again = FakeSink(), FakeSink()
    answer(fake_collector(first, **case.settings), case.event)
    (row,) = first.bad_rows
    answer(fake_collector(again, **case.settings), replayed(row))
    (second,) = again.bad_rows
    assert again.good == []
    assert (second["reason"], second["request"]) == (row["reason"], row["request"])


def replayed(row: dict[str, Any]) -> dict[str, Any]:
    request = row["request"]
    body = base64.b64decode(request["body"]) if request["base64"] else request["body"]
    event = http_event(request["method"], request["path"], request["query"], body, request["headers"])
    marked_wrongly = row["reason"] == Reason.INVALID_BASE64
    return {**event, "isBase64Encoded": True} if marked_wrongly else event


def test_the_pixel_always_answers_the_image_and_the_status_tells() -> None:
    sink = FakeSink()
    response = answer(fake_collector(sink), http_event(path="/p.gif", query="a=b"))
    assert response["statusCode"] == 400
    assert base64.b64decode(response["body"])[:6] == b"GIF89a"
    assert [row["reason"] for row in sink.bad_rows] == ["missing_site"]


def test_duplicate_keys_take_the_last_and_lose_nothing_else() -> None:
    sink = FakeSink()
    text = '{"si":"a","si":"b","events":[{"name":"x","props":{"k":1,"k":2}}]}'
    assert answer(fake_collector(sink), post_batch(text))["statusCode"] == 200
    (line,) = sink.lines
    assert (line["si"], line["props"]) == ("b", {"k": 2})


def test_null_bytes_in_values_are_kept() -> None:
    sink = FakeSink()
    assert answer(fake_collector(sink), http_event(query="si=x&a=1%002"))["statusCode"] == 200
    assert sink.lines[0]["props"] == {"a": "1\x002"}


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    sink = FakeSink()
    body = '{"si":"x","user":{"\\udc00":"\\ud800"},"events":[{"name":"\\ud83d","props":{"ok":"\\ud83d\\ude00"}}]}'
    assert answer(fake_collector(sink), post_batch(body))["statusCode"] == 200
    (line,) = sink.lines
    assert (line["name"], line["user"], line["props"]) == ("�", {"�": "�"}, {"ok": "😀"})


def test_a_bad_row_says_when_why_and_what() -> None:
    sink = FakeSink()
    headers = {
        "content-type": "text/plain",
        "origin": "https://example.com",
        "user-agent": "Firefox",
        "cookie": "secret=1",
        "x-forwarded-for": "198.51.100.9",
        "cloudfront-viewer-country": "NL",
    }
    answer(fake_collector(sink), http_event("POST", "/e", "x=1", "nonsense", headers))
    assert sink.bad_rows == [
        {
            "id": eid(1),
            "received_at": 1_767_323_045_678,
            "reason": "invalid_json",
            "detail": "body: not JSON at character 0: Expecting value",
            "request": {
                "method": "POST",
                "path": "/e",
                "query": "x=1",
                "headers": {
                    "content-type": "text/plain",
                    "origin": "https://example.com",
                    "user-agent": "Firefox",
                    "cloudfront-viewer-country": "NL",
                },
                "body": "nonsense",
                "base64": False,
            },
        }
    ]


def test_a_bad_row_keeps_no_more_of_an_address_than_the_policy_allows() -> None:
    sink = FakeSink()
    answer(fake_collector(sink, ip="truncate"), http_event(query="a=b", source_ip="198.51.100.77"))
    assert sink.bad_rows[0]["request"]["headers"] == {"x-forwarded-for": "198.51.100.0"}


@pytest.mark.parametrize(
    "event",
    [
        post_batch(json.dumps({"si": SITE, "flags": ["cookieless"], "events": [{"name": "\U0001f600", "props": 1}]})),
        post_batch(json.dumps({"si": SITE, "flags": ["cookieless"]}).replace("less", "\\u006cess")),
        post_batch('{"flags": ["cookieless"], "si": '),
        http_event(query="flags=cookie%6Cess&message=x"),
        {**post_batch("not to be unpacked!"), "isBase64Encoded": True},
        {**post_batch(base64.b64encode(b'\xff{"si"').decode()), "isBase64Encoded": True},
    ],
    ids=["event", "escaped", "torn", "query", "not base64", "not UTF-8"],
)
@pytest.mark.parametrize("policy", ["truncate", "keep"])
def test_a_bad_row_keeps_no_address_of_who_may_want_to_be_nobody(event: dict[str, Any], policy: str) -> None:
    sink = FakeSink()
    answer(fake_collector(sink, ip=policy), event)
    assert sink.bad_rows
    assert "203.0.113" not in json.dumps(sink.bad_rows)


def test_every_reason_has_a_case_here() -> None:
    assert {reason for case in CASES.values() for reason in case.reasons} == set(Reason)
