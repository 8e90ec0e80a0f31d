"""A rebuild from raw lines gives what live processing gave, whatever the stream, however it is cut."""

import random as chance
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.event import Event, to_line
from lambdas.rebuild import refold as module
from lambdas.rebuild.refold import Tally, refold
from lambdas.rebuild.source import DamagedError, GoneError, UnreadableError
from lambdas.state import handler as stream
from lambdas.state.seen import unpack
from lambdas.state.store import Applied, StateStore
from tests.builders import DAY, NOW, eid, event, numbered_eid, stream_batch
from tests.fakes import FakeClock, FakeDynamoDB

HOUR = 3_600_000


class Table:
    """A store over a table of its own, days after the last event."""

    def __init__(self) -> None:
        clock = FakeClock(NOW + 3 * DAY)
        self.dynamodb = FakeDynamoDB(clock)
        client: Any = self.dynamodb
        self.store = StateStore(client, "state", 60, clock, clock.patience(), 60.0)

    def records(self) -> dict[str, Any]:
        """All of each item but `version`, which counts writes. The marks of seen events are compared as sets: they
        stand in the order of arrival, which is what a rebuild does not keep."""
        return {
            pk: {
                name: set(unpack(value["B"])) if name == "marks" else value
                for name, value in item.items()
                if name != "version"
            }
            for pk, item in self.dynamodb.items.items()
        }


VALUES = st.sampled_from(["x", "y", 1, 2.5, None, {"k": [1]}, "camera[+1]", "camera[-0.5],lens[+2]"])
PROPS = st.dictionaries(st.sampled_from(["a", "b", "brand!", "item-type"]), VALUES, max_size=3)


@st.composite
def requests(draw: st.DrawFn) -> list[list[Event]]:
    """Requests of a few visitors over some hours; late events were made up to two days before they came."""
    made: list[list[Event]] = []
    number = 0
    for turn in range(draw(st.integers(1, 8))):
        sent: list[Event] = []
        arrived = NOW + turn * HOUR
        uid = draw(st.sampled_from(["u1", "u2"]))
        for _ in range(draw(st.integers(1, 4))):
            number += 1
            late = draw(st.sampled_from([0, 0, 1, HOUR, 5 * HOUR, 2 * DAY]))
            sent.append(
                event(
                    number,
                    eid=draw(st.sampled_from([eid(number), numbered_eid(number % 2, number), numbered_eid(number, 0)])),
                    uid=uid,
                    sid=f"{uid}-{draw(st.integers(1, 2))}",
                    ts=arrived - late,
                    received_at=arrived,
                    seq=draw(st.none() | st.integers(0, 9)),
                    props=draw(PROPS),
                    user=draw(st.dictionaries(st.sampled_from(["plan", "email"]), st.sampled_from("pq"), max_size=2)),
                    flags=tuple(draw(st.sets(st.sampled_from(["no_state", "proxy"]), max_size=1))),
                )
            )
        made.append(sent)
    return made


def sent_again(made: Sequence[list[Event]], random: chance.Random, moved: int) -> list[list[Event]]:
    """The same requests, some of them once more after others; `moved` ms later the second time."""
    again = list(made)
    for request in random.choices(made, k=len(made) // 2):
        copy = [replace(one, ts=one.ts + moved, received_at=one.received_at + moved) for one in request]
        again.insert(random.randint(again.index(request) + 1, len(again)), copy)
    return again


def live(made: Sequence[list[Event]], sink: str, random: chance.Random) -> Table:
    """What the requests leave behind as they come in: with Firehose one by one, with Kinesis in batches of the
    stream's, some of which are delivered twice."""
    table = Table()
    if sink == "firehose":
        for request in made:
            table.store.apply(request)
        return table
    with patch.object(stream, "store", lambda: table.store):
        for batch in cut(made, random):
            for _ in range(random.choice([1, 1, 2])):
                assert stream.handler(stream_batch(*batch), None) == {"batchItemFailures": []}
    return table


def cut(things: Sequence[Any], random: chance.Random) -> Iterator[Sequence[Any]]:
    start = 0
    while start < len(things):
        size = random.randint(1, 4)
        yield things[start : start + size]
        start += size


def objects(made: Sequence[list[Event]], random: chance.Random) -> dict[str, list[bytes]]:
    """Lines as they come to lie in S3: those of a request together, some requests an object."""
    return {
        f"raw/{number:03}": [to_line(one) for request in part for one in request]
        for number, part in enumerate(cut(made, random))
    }


@pytest.mark.parametrize("sink", ["firehose", "kinesis"])
@settings(max_examples=60)
@given(made=requests(), seed=st.integers())
def test_a_rebuild_gives_the_records_of_live_processing(sink: str, made: list[list[Event]], seed: int) -> None:
    random = chance.Random(seed)
    made = sent_again(made, random, moved=0)
    expected = live(made, sink, random)
    held = objects(made, random)
    # Batches of objects in any order, some of them twice: what many functions at once, and retries, come to.
    batches = list(cut(list(held), random))
    batches += random.choices(batches, k=len(batches) // 2)
    random.shuffle(batches)
    rebuilt = Table()
    with patch.object(module, "CHUNK_EVENTS", random.randint(1, 20)):
        for keys in batches:
            refold(keys, lambda key: iter(held[key]), rebuilt.store.apply)
    assert rebuilt.records() == expected.records()
    # And over the live table itself nothing changes.
    before = expected.records()
    puts = len(expected.dynamodb.puts)
    refold(held, lambda key: iter(held[key]), expected.store.apply)
    assert expected.records() == before
    assert len(expected.dynamodb.puts) == puts


@pytest.mark.parametrize("sink", ["firehose", "kinesis"])
@settings(max_examples=40)
@given(made=requests(), seed=st.integers())
def test_of_an_event_sent_twice_the_first_copy_counts(sink: str, made: list[list[Event]], seed: int) -> None:
    """A retry comes later and says another time. The objects of a batch may come in any order."""
    random = chance.Random(seed)
    made = sorted(sent_again(made, random, moved=700), key=lambda request: request[0].received_at)
    expected = live(made, sink, random)
    held = objects(made, random)
    keys = list(held)
    random.shuffle(keys)
    rebuilt = Table()
    refold(keys, lambda key: iter(held[key]), rebuilt.store.apply)
    assert rebuilt.records() == expected.records()


def test_records_past_their_time_stay_away() -> None:
    table = Table()
    old = to_line(event(1, ts=NOW - 58 * DAY, received_at=NOW - 58 * DAY))
    tally = refold(["raw/1"], lambda key: iter([old]), table.store.apply)
    assert (tally.events, tally.written, table.records()) == (1, 0, {})


def test_what_cannot_be_read_is_counted_and_skipped() -> None:
    table = Table()

    def lines(key: str) -> Iterator[bytes]:
        if key == "gone":
            raise GoneError
        yield to_line(event(1, props={"a": 1}))
        yield b"no event\n"
        if key == "damaged":
            raise DamagedError
        yield to_line(event(2, props={"b": 2}))[:-20]

    tally = refold(["gone", "damaged", "whole"], lines, table.store.apply)
    assert tally == Tally(objects=3, gone=1, damaged=1, events=2, undecodable=3, written=2)


def test_an_object_that_does_not_come_ends_the_batch() -> None:
    def lines(key: str) -> Iterator[bytes]:
        raise UnreadableError
        yield b""

    with pytest.raises(UnreadableError):
        refold(["raw/1"], lines, Table().store.apply)


def test_a_chunk_writes_a_record_once() -> None:
    """20 events of one visitor, in chunks of 8."""
    table = Table()
    data = [to_line(event(number)) for number in range(20)]
    with patch.object(module, "CHUNK_EVENTS", 8):
        tally = refold(
            ["raw/1", "raw/2"], lambda key: iter(data[:10] if key == "raw/1" else data[10:]), table.store.apply
        )
    assert tally.written == len(table.dynamodb.puts) == 3 * 2


def test_records_that_failed_are_counted() -> None:
    def apply(events: Iterable[Event]) -> Applied:
        keys = [key for one in events for key in stream.touched(one)]
        return Applied(0, frozenset(keys[:1]), frozenset(keys[1:]))

    tally = refold(["raw/1"], lambda key: iter([to_line(event(1))]), apply)
    assert (tally.failed, tally.refused) == (1, 1)
