"""Queued events come out as they went in, in messages that SQS takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.common.event import to_line
from lambdas.state.decode import decode
from lambdas.state.later import Later, pack, unpack
from tests.builders import event
from tests.fakes import refusal

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@given(st.lists(text, max_size=20))
def test_lines_come_out_as_they_went_in(names: list[str]) -> None:
    events = [event(number, name=name) for number, name in enumerate(names)]
    bodies = list(pack(events))
    assert b"".join(map(unpack, bodies)) == b"".join(map(to_line, events))
    found = [decode({"eventSource": "aws:sqs", "messageId": "1", "body": body}) for body in bodies]
    assert [item for decoded in found for item in decoded.events] == events


def test_many_events_are_several_messages_within_sqs_limit() -> None:
    events = [event(number, props={"text": "x" * 2_000}) for number in range(500)]
    bodies = list(pack(events))
    assert len(bodies) > 1
    assert max(map(len, bodies)) <= 262_144


@pytest.mark.parametrize("body", ["not base64 %", "aGVsbG8=", "H4sIAAAAAAAA"])
def test_a_message_of_somebody_elses_is_counted_and_never_raises(body: str) -> None:
    found = decode({"eventSource": "aws:sqs", "messageId": "9", "body": body})
    assert (found.identifier, found.events, found.undecodable) == ("9", (), 1)


def test_a_refusal_is_told_and_not_raised() -> None:
    class Refusing:
        def send_message(self, **_: object) -> None:
            raise refusal("AccessDenied")

    assert Later(Refusing(), "https://queue").send([event(1)]) is False  # type: ignore[arg-type]
