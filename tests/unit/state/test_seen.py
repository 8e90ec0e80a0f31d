"""What tells a repeat: exact, whatever the order, and small where a page numbers its events."""

import random as chance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.state.seen import COUNTED, HASH_BYTES, SEEN, Memory, Span, pack, place_of, unpack
from tests.builders import eid, numbered_eid

NUMBERS = st.integers(0, 12) | st.integers(0, 9_999_999)
PLACES = st.tuples(st.integers(0, 3), NUMBERS)


def remembered(places: list[tuple[int, int]], counting: set[int]) -> Memory:
    memory = Memory()
    for load, number in places:
        place = place_of(numbered_eid(load, number))
        if place not in memory:
            memory.add(place, counting=number in counting)
    return memory


@given(st.lists(PLACES, max_size=40), st.lists(PLACES, max_size=40), st.sets(NUMBERS), st.integers())
def test_exactly_what_was_added_is_in_it_in_any_order(
    added: list[tuple[int, int]], others: list[tuple[int, int]], counting: set[int], seed: int
) -> None:
    memory = remembered(added, counting)
    for load, number in [*added, *others]:
        assert (place_of(numbered_eid(load, number)) in memory) == ((load, number) in added)
    shuffled = chance.Random(seed).sample(added, len(added))
    assert set(remembered(shuffled, counting).spans()) == set(memory.spans())
    assert unpack(pack(memory.spans())) == memory.spans()


def test_a_gap_that_is_filled_makes_one_span() -> None:
    places = [(1, 0), (1, 2), (1, 1)]
    (span,) = remembered(places, {2}).spans()
    assert (span.first, span.last, span.counting) == (0, 2, True)
    assert len(pack((span,))) == HASH_BYTES + 1


@pytest.mark.parametrize("other", [eid(2), numbered_eid(2, 1), "anything"])
def test_no_other_eid_is_taken_for_one(other: str) -> None:
    memory = Memory()
    memory.add(place_of(eid(1)), counting=False)
    memory.add(place_of(numbered_eid(1, 1)), counting=False)
    assert place_of(other) not in memory


def test_spans_are_bounded_each_kind_by_its_own() -> None:
    memory = Memory()
    for number in range(3 * COUNTED):
        memory.add(place_of(eid(number)), counting=number % 2 == 0)
    spans = memory.spans()
    assert ([span.counting for span in spans].count(False), len(spans)) == (SEEN, SEEN + COUNTED)
    assert place_of(eid(3 * COUNTED - 1)) in Memory(spans)


@given(st.binary(max_size=40))
def test_bytes_of_somebody_elses_are_a_value_error_at_worst(data: bytes) -> None:
    try:
        spans = unpack(data)
    except ValueError:
        return
    assert all(isinstance(span, Span) for span in spans)
