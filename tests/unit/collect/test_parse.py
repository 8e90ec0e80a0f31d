"""The parsers, for anything at all: they never raise, and what they let through can be written and read."""

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.collect.handler import answer
from lambdas.collect.parse.raw import collect_pairs
from lambdas.collect.parse.split import split
from lambdas.collect.request import from_http
from lambdas.common.event import parse_line, to_line
from tests.builders import SITE, batch, http_event, post_batch
from tests.fakes import FakeSink, fake_collector

# Every character there is, lone surrogates too.
ANY_TEXT = st.text(st.characters())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=20,
)
KNOWN = st.sampled_from(
    [
        "si",
        "eid",
        "sid",
        "uid",
        "name",
        "created_at",
        "sent_at",
        "seq",
        "props",
        "user",
        "page",
        "device",
        "campaign",
        "src",
        "flags",
        "ti",
        "ots",
        "otui",
        "proxy",
        "increment",
        "no_state",
        "email",
        "browser",
    ]
)
OBJECT = st.dictionaries(KNOWN | ANY_TEXT, JSON, max_size=8)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "content-type",
            "origin",
            "referer",
            "user-agent",
            "accept-language",
            "cookie",
            "sec-gpc",
            "dnt",
            "cloudfront-viewer-city",
            "x-forwarded-for",
        ]
    )
    | ANY_TEXT,
    ANY_TEXT | st.sampled_from(["application/json", "text/plain", "application/x-www-form-urlencoded"]),
    max_size=6,
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS"])
PATHS = st.sampled_from(["/", "/e", "/p.gif", "/health", "/other"])


def take(event: dict[str, Any]) -> tuple[dict[str, Any], FakeSink]:
    """Answers, and checks what must hold of every answer."""
    sink = FakeSink()
    response = answer(fake_collector(sink), event)
    assert 200 <= response["statusCode"] < 500
    json.dumps(response).encode()
    for line in sink.good:
        assert to_line(parse_line(line)) == line
        assert line.count(b"\n") == 1
    for row in sink.bad_rows:
        assert set(row) == {"id", "received_at", "reason", "detail", "request"}
        assert set(row["request"]) == {"method", "path", "query", "headers", "body", "base64"}
    return response, sink


@given(METHODS, PATHS, ANY_TEXT, st.none() | st.binary() | ANY_TEXT, HEADERS)
def test_no_request_raises(
    method: str, path: str, query: str, body: bytes | str | None, headers: dict[str, str]
) -> None:
    take(http_event(method, path, query, body, headers))


@given(st.dictionaries(ANY_TEXT, JSON) | JSON)
def test_no_event_of_any_shape_raises(event: Any) -> None:
    request = from_http(event if isinstance(event, dict) else {})
    assert request.path.startswith("/") or request.path


@given(METHODS, PATHS, JSON | OBJECT, st.booleans())
def test_no_json_raises(method: str, path: str, value: Any, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only)
    take(http_event(method, path, "", body, {"content-type": "application/json"}))


@given(st.lists(OBJECT | JSON, max_size=5), OBJECT)
def test_a_batch_accounts_for_each_of_its_events(events: list[Any], shared: dict[str, Any]) -> None:
    body = json.dumps({"si": SITE, **shared, "events": events})
    response, sink = take(post_batch(body))
    told = json.loads(response["body"])
    if "error" in told:
        assert (len(sink.good), len(sink.bad)) == (0, 1)
        return
    assert told["accepted"] == len(sink.good)
    assert len(told["rejected"]) == len(sink.bad) == len(events) - told["accepted"]


@given(st.lists(JSON, max_size=5), st.dictionaries(ANY_TEXT, JSON, max_size=3), st.integers(0, 3))
def test_cutting_a_batch_gives_each_event_alone(events: list[Any], shared: Any, indent: int) -> None:
    shared.pop("events", None)
    text = json.dumps({**shared, "events": events, "z": {"events": [1]}}, indent=indent or None)
    parts = split(text)
    assert parts is not None
    assert len(parts.elements) == len(events)
    for index, event in enumerate(events):
        alone = json.loads(parts.alone(index))
        assert repr(alone["events"]) == repr([event])
        assert repr({key: alone[key] for key in shared}) == repr(shared)


@given(ANY_TEXT)
def test_cutting_what_is_no_batch_gives_nothing_or_parts_of_it(text: str) -> None:
    parts = split(text)
    if parts:
        assert text.startswith(parts.before)
        assert text.endswith(parts.after)


@settings(max_examples=50)
@given(st.dictionaries(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1), ANY_TEXT))
def test_values_in_any_script_come_through_a_query_as_they_are(values: dict[str, str]) -> None:
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in values.items()}
    assert collect_pairs(urlencode(clean)) == clean


def test_a_batch_takes_the_shared_keys_unless_an_event_has_its_own() -> None:
    body = batch(
        {"name": "a"},
        {"name": "b", "page": {"title": "B"}, "uid": "other", "flags": []},
        uid="u",
        sid="s",
        page={"url": "https://x/y?z", "title": "A"},
        flags=["staging"],
    )
    _, sink = take(post_batch(body))
    first, second = sink.lines
    assert (first["uid"], first["page"]["title"], first["flags"]) == ("u", "A", ["staging"])
    assert (second["uid"], second["sid"], second["page"], second["flags"]) == ("other", "s", {"title": "B"}, [])


def test_structs_become_text_and_lose_nothing() -> None:
    body = batch({"device": {"screen": [1920, 1080], "lang": None, "memory": 8}, "page": {"title": 7}})
    _, sink = take(post_batch(body))
    (line,) = sink.lines
    assert line["device"] == {"screen": "[1920, 1080]", "memory": 8}
    assert line["page"] == {"title": "7"}
