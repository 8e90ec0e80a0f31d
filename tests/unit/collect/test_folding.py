"""A busy record costs the visitor nothing: it is tried, then left to the queue, and tried again later."""

from collections.abc import Sequence

from lambdas.collect.folding import HOT_SECONDS, Folding
from lambdas.common.event import Event
from lambdas.state.record import Key, Kind
from lambdas.state.store import Applied
from tests.builders import SITE, event

HOT = Key(Kind.USER, SITE, "u1")


class Store:
    """Fails for the keys it is told; keeps what it was asked."""

    def __init__(self) -> None:
        self.failing: frozenset[Key] = frozenset()
        self.refusing: frozenset[Key] = frozenset()
        self.skipped: list[frozenset[Key]] = []

    def apply(self, events: Sequence[Event], skip: frozenset[Key] = frozenset()) -> Applied:
        self.skipped.append(skip)
        return Applied(0, self.failing - skip, self.refusing)


class World:
    def __init__(self) -> None:
        self.store, self.now, self.taking = Store(), 1_000.0, True
        self.queued: list[list[Event]] = []
        self.fold = Folding(self.store, self._later, lambda: self.now)

    def _later(self, events: Sequence[Event]) -> bool:
        if self.taking:
            self.queued.append(list(events))
        return self.taking


def test_what_is_folded_is_not_queued() -> None:
    world = World()
    assert world.fold([event(1)]) == 0
    assert world.queued == []


def test_a_busy_record_is_left_to_the_queue_and_not_tried_for_a_while() -> None:
    world = World()
    world.store.failing = frozenset({HOT})
    assert world.fold([event(1), event(2, uid="u2")]) == 0
    assert world.queued == [[event(1)]]
    assert world.fold([event(3)]) == 0
    assert world.store.skipped == [frozenset(), frozenset({HOT})]
    assert world.queued == [[event(1)], [event(3)]]

    world.now += HOT_SECONDS + 1
    world.store.failing = frozenset()
    assert world.fold([event(4)]) == 0
    assert world.store.skipped[-1] == frozenset()
    assert len(world.queued) == 2


def test_what_neither_the_table_nor_the_queue_takes_is_counted() -> None:
    world = World()
    world.store.failing, world.taking = frozenset({HOT}), False
    assert world.fold([event(1)]) == 1


def test_what_dynamodb_will_never_take_is_counted_and_not_queued() -> None:
    world = World()
    world.store.refusing = frozenset({HOT})
    assert world.fold([event(1)]) == 1
    assert world.queued == []


def test_a_fault_of_ours_costs_the_visitor_nothing() -> None:
    class Broken:
        def apply(self, events: Sequence[Event], skip: frozenset[Key] = frozenset()) -> Applied:
            raise RuntimeError("a bug")

    assert Folding(Broken(), lambda events: True, lambda: 0.0)([event(1)]) == 2
