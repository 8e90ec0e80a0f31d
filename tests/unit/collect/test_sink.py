"""The sink against services that misbehave: a line is in the stream or in S3, or the request is refused."""

import gzip
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.collect.ports import Line, SinkRefusedError
from tests.fakes import FakeWorld

API_SECONDS = 29


def lines(*texts: str, key: str = "u1") -> list[Line]:
    return [Line(key, f"{text}\n".encode()) for text in texts]


def archived(world: FakeWorld, prefix: str = "raw/") -> list[bytes]:
    found = [gzip.decompress(data) for key, data in world.s3.objects.items() if key.startswith(prefix)]
    return b"".join(found).splitlines(keepends=True)


@pytest.mark.parametrize("kinesis", [False, True])
def test_one_request_is_one_record(kinesis: bool) -> None:
    world = FakeWorld(kinesis)
    assert world.sink.write(lines("a", "b", "c"), lines("x", "y")).fallback == 0
    assert (world.good.taken, world.bad.taken) == ([b"a\nb\nc\n"], [b"x\ny\n"])
    assert world.s3.objects == {}


def test_nothing_to_write_is_no_call() -> None:
    world = FakeWorld()
    world.sink.write([], [])
    assert (world.good.calls, world.bad.calls) == ([], [])


def test_kinesis_keeps_the_lines_of_a_user_together() -> None:
    world = FakeWorld(kinesis=True)
    world.sink.write([Line("u1", b"a\n"), Line("u2", b"b\n"), Line("u1", b"c\n"), Line("x" * 300, b"d\n")], [])
    assert world.good.taken == [b"a\nc\n", b"b\n", b"d\n"]
    assert world.good.keys[:2] == ["u1", "u2"]
    assert re.fullmatch("[0-9a-f]{64}", world.good.keys[2])


@pytest.mark.parametrize("fault", ["ThrottlingException", "ServiceUnavailableException", "hang", "unreachable"])
def test_a_fault_that_passes_is_tried_again(fault: str) -> None:
    world = FakeWorld()
    world.good.faults = [fault]
    assert world.sink.write(lines("a"), []).fallback == 0
    assert world.good.taken == [b"a\n"]
    assert world.clock.slept == [0.1]


def test_only_what_was_refused_is_tried_again() -> None:
    world = FakeWorld(kinesis=True)
    world.good.faults = [{0, 2}, {1}]
    everything = [Line(key, f"{key}\n".encode()) for key in "abcd"]
    assert world.sink.write(everything, []).fallback == 0
    sent = [[record["Data"] for record in call["Records"]] for call in world.good.calls]
    assert sent == [[b"a\n", b"b\n", b"c\n", b"d\n"], [b"a\n", b"c\n"], [b"c\n"]]
    assert sorted(world.good.taken) == [b"a\n", b"b\n", b"c\n", b"d\n"]


@pytest.mark.parametrize("fault", ["ThrottlingException", "hang", "unreachable", {0}])
def test_a_stream_that_goes_on_refusing_is_walked_around(fault: Any) -> None:
    world = FakeWorld()
    world.good.always = fault
    assert world.sink.write(lines("a", "b"), []).fallback == 2
    assert archived(world) == [b"a\n", b"b\n"]
    (key,) = world.s3.objects
    assert re.fullmatch(r"raw/dt=2026-01-02/hour=03/fallback-[0-9a-f-]{36}\.gz", key)


@pytest.mark.parametrize("fault", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_refusal_for_good_is_not_tried_again(fault: str) -> None:
    world = FakeWorld()
    world.good.always = fault
    assert world.sink.write(lines("a"), []).fallback == 1
    assert len(world.good.calls) == 1


def test_bad_rows_have_a_way_around_of_their_own() -> None:
    world = FakeWorld()
    world.bad.always = "ServiceUnavailableException"
    assert world.sink.write(lines("a"), lines("x")).fallback == 1
    assert (world.good.taken, archived(world), archived(world, "bad/")) == ([b"a\n"], [], [b"x\n"])


def test_a_line_no_record_holds_goes_straight_to_s3() -> None:
    world = FakeWorld()
    large = "l" * 1_024_000
    assert world.sink.write(lines("a", large, "b"), []).fallback == 1
    assert world.good.taken == [b"a\nb\n"]
    assert archived(world) == [f"{large}\n".encode()]


def test_more_than_a_record_or_a_call_holds_is_several() -> None:
    world = FakeWorld()
    many = lines(*(str(number) * 400_000 for number in range(11)), *"abc")
    assert world.sink.write(many, []).fallback == 0
    assert world.good.lines == [line.data for line in many]
    assert [len(call["Records"]) for call in world.good.calls] == [5, 1]


@pytest.mark.parametrize("fault", ["SlowDown", "hang", "NoSuchBucket"])
def test_when_s3_refuses_too_nothing_is_said_to_be_stored(fault: str) -> None:
    world = FakeWorld()
    world.good.always = world.s3.always = fault
    with pytest.raises(SinkRefusedError):
        world.sink.write(lines("a"), [])
    assert world.s3.objects == {}


def test_bad_rows_that_cannot_be_stored_refuse_the_request_though_its_good_lines_are() -> None:
    """The client sends all of it again; its good events are the same events then."""
    world = FakeWorld()
    world.bad.always = world.s3.always = "ServiceUnavailable"
    with pytest.raises(SinkRefusedError):
        world.sink.write(lines("a"), lines("x"))
    assert world.good.taken == [b"a\n"]


def test_s3_is_tried_again_too() -> None:
    world = FakeWorld()
    world.good.always = "AccessDeniedException"
    world.s3.faults = ["SlowDown"]
    assert world.sink.write(lines("a"), []).fallback == 1
    assert archived(world) == [b"a\n"]


@pytest.mark.parametrize("kinesis", [False, True])
@pytest.mark.parametrize("fault", ["hang", "unreachable", "ThrottlingException"])
def test_the_answer_comes_before_the_api_gives_up_even_when_everything_hangs(kinesis: bool, fault: str) -> None:
    world = FakeWorld(kinesis)
    world.good.always = world.bad.always = world.s3.always = fault
    start = world.clock.seconds()
    # Enough for several calls to each stream.
    many = [Line(str(number), b"l" * 900_000 + b"\n") for number in range(12)]
    with pytest.raises(SinkRefusedError):
        world.sink.write(many, many)
    # State is not folded then; in every other case it has six seconds.
    assert world.clock.seconds() - start <= API_SECONDS - 6


FAULTS = st.lists(st.none() | st.just("ThrottlingException") | st.sets(st.integers(0, 6)), max_size=8)


@given(st.lists(st.sampled_from("abcdef"), max_size=30), FAULTS, FAULTS, st.booleans())
def test_no_line_is_lost_doubled_or_out_of_order_whatever_fails(
    users: list[str], stream_faults: list[Any], s3_faults: list[Any], kinesis: bool
) -> None:
    world = FakeWorld(kinesis)
    world.good.faults = stream_faults
    world.s3.faults = [fault for fault in s3_faults if not isinstance(fault, set)]
    all_lines = [Line(user, f"{user}{number}\n".encode()) for number, user in enumerate(users)]
    try:
        world.sink.write(all_lines, [])
    except SinkRefusedError:
        return
    stored = [*world.good.lines, *archived(world)]
    assert sorted(stored) == sorted(line.data for line in all_lines)
    for user in set(users):
        mine = [line.data for line in all_lines if line.key == user]
        assert [data for data in stored if data in mine] == mine
