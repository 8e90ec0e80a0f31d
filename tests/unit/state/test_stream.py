"""The stream function's parts: decoding a batch, and what is reported back."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lambdas.common.event import to_line
from lambdas.state.decode import decode
from lambdas.state.handler import touching
from lambdas.state.record import Key, Kind
from tests.builders import SITE, event, stream_batch


def decoded(*records: Any) -> list[Any]:
    return [decode(record) for record in stream_batch(*records)["Records"]]


def test_a_record_holds_whole_lines() -> None:
    (found,) = decoded([event(1), event(2, name="zwölf")])
    assert (found.identifier, found.events, found.undecodable) == ("1", (event(1), event(2, name="zwölf")), 0)


def test_a_line_that_is_none_is_counted_and_the_others_read() -> None:
    good = to_line(event(1))
    (found,) = decoded(b"\n" + good + b"nonsense\n{}\n\n" + good[:-9] + b"\n" + good)
    assert (len(found.events), found.undecodable) == (2, 3)


def test_a_record_that_is_not_base64_is_counted() -> None:
    record = {"kinesis": {"sequenceNumber": "7", "data": "%%"}}
    assert decode(record).undecodable == 1


@given(st.binary())
def test_no_data_raises(data: bytes) -> None:
    (found,) = decoded(data)
    assert found.undecodable <= data.count(b"\n") + 1


def test_a_batch_begins_again_at_the_first_record_that_failed() -> None:
    batch = decoded([event(1)], [event(2, sid="s2"), event(3, sid="s3")], b"junk", [event(4, sid="s3")])
    assert touching(batch, frozenset({Key(Kind.SESSION, SITE, "s3")})) == ["2", "4"]
    assert touching(batch, frozenset({Key(Kind.USER, SITE, "u1")}))[0] == "1"
    assert touching(batch, frozenset()) == []


def test_an_event_that_leaves_state_alone_does_not_hold_the_batch() -> None:
    batch = decoded([event(1, flags=("no_state",))], [event(2)])
    assert touching(batch, frozenset({Key(Kind.USER, SITE, "u1")})) == ["2"]
    assert json.loads(to_line(batch[0].events[0]))["flags"] == ["no_state"]
