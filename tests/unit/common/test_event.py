"""The raw line, version 1."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.common.event import COLUMNS, Event, LineInvalidError, parse_line, to_line
from tests.builders import event

TEXT = st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=4)
TIMES = st.integers(0, 2**53)
EVENTS = st.builds(
    Event,
    **dict.fromkeys(["eid", "si", "sid", "uid", "name"], TEXT),
    **dict.fromkeys(["ts", "received_at"], TIMES),
    **dict.fromkeys(["created_at", "sent_at", "seq"], st.none() | TIMES),
    **dict.fromkeys(["props", "user", "page", "campaign", "device", "geo", "src"], OBJECTS),
    ip=st.none() | TEXT,
    flags=st.lists(TEXT).map(tuple),
)


@given(EVENTS)
def test_writing_and_reading_are_inverse(one: Event) -> None:
    line = to_line(one)
    assert parse_line(line) == one
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1


def test_every_column_is_there_in_the_contracts_order() -> None:
    assert list(json.loads(to_line(event()))) == list(COLUMNS)


def test_text_is_utf8_as_it_is() -> None:
    assert "日本 ü 😀".encode() in to_line(event(name="日本 ü 😀"))


def test_a_later_versions_extra_keys_are_passed_over() -> None:
    line = json.dumps({**json.loads(to_line(event())), "extra": 1}).encode()
    assert parse_line(line) == event()


def changed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(to_line(event())), **changes}).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        changed(v=2),
        changed(eid=None),
        changed(eid=7),
        changed(ts="1"),
        changed(ts=True),
        changed(seq=1.5),
        changed(props=[]),
        changed(flags=None),
        changed(flags=[1]),
        changed(ip=1),
        changed(name="\ud800"),
    ],
)
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(LineInvalidError):
        parse_line(line)


@given(st.binary())
def test_no_bytes_raise_anything_else(line: bytes) -> None:
    try:
        parse_line(line)
    except LineInvalidError as error:
        assert str(error)  # noqa: PT017 — the point is that nothing else is raised
