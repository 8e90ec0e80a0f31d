"""A batch in the address of an image: the image is the receipt."""

import base64
import json
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from lambdas.collect.handler import answer
from lambdas.collect.respond import GIF
from tests.builders import batch, http_event
from tests.fakes import FakeSink, fake_collector


def get(body: str, sink: FakeSink, **changes: Any) -> dict[str, Any]:
    return dict(answer(fake_collector(sink), http_event("GET", "/e", quote(body, safe=""), **changes)))


def is_image(response: dict[str, Any]) -> bool:
    return bool(response["isBase64Encoded"] and base64.b64decode(response["body"]) == GIF)


@given(st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53), max_size=5))
def test_it_is_the_same_batch_as_one_that_was_posted(props: dict[str, Any]) -> None:
    props = json.loads(json.dumps(props).encode())
    body = batch({"name": "a+b%20c", "props": props}, {"name": "größer"})
    by_image, by_post = FakeSink(), FakeSink()
    assert is_image(get(body, by_image))
    answer(fake_collector(by_post), http_event("POST", "/e", body=body.encode()))
    assert by_image.lines == by_post.lines


def test_what_could_not_be_stored_is_no_image() -> None:
    sink = FakeSink()
    sink.refusing = True
    response = get(batch({"name": "a"}), sink)
    assert response["statusCode"] == 503
    assert not is_image(response)


def test_what_is_bad_is_a_bad_row_that_can_be_replayed_and_final() -> None:
    sink = FakeSink()
    body = '{"si": "test.opentracker.net", "events": [{"name": "good"}, {"name": "bad", "seq": -1}]}'
    response = get(body, sink, headers={"referer": "https://shop.example/"})
    assert (response["statusCode"], is_image(response)) == (200, True)
    assert [line["name"] for line in sink.lines] == ["good"]
    (row,) = sink.bad_rows
    assert (row["request"]["method"], row["request"]["query"]) == ("POST", "")
    assert [event["name"] for event in json.loads(row["request"]["body"])["events"]] == ["bad"]
    refused = get("nonsense", sink)
    assert (refused["statusCode"], is_image(refused)) == (400, True)


def test_opted_out_it_is_an_image_and_nothing_else() -> None:
    sink = FakeSink()
    assert is_image(get(batch({"name": "a"}), sink, cookies=["penstock_optout=1"]))
    assert sink.lines == []


def test_what_events_share_is_measured_in_the_bytes_that_came() -> None:
    # 5,000 characters of Japanese are 15,000 bytes, and twice that as escapes.
    sink = FakeSink()
    get(batch({"name": "a"}, user={"name": "東" * 5_000}), sink)
    assert [line["name"] for line in sink.lines] == ["a"]
