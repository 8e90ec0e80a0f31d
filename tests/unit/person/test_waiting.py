"""What an erasure waits for: queries that write, and the queue of busy records; each with an end."""

from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.lake.lock import BehindError
from local.person import writers
from local.person.records import drained, shown
from local.person.writers import compaction_held, wait_for_writers
from local.stack import LocalError
from tests.fakes import FakeClock


class Athena:
    """`states`: of each query at each look, the last for ever."""

    def __init__(self, queries: dict[str, tuple[str, list[str]]]) -> None:
        self.queries = queries
        self.looks = 0

    def list_query_executions(self, **given: Any) -> dict[str, Any]:
        return {"QueryExecutionIds": list(self.queries) if given["WorkGroup"] == "second" else []}

    def batch_get_query_execution(self, *, QueryExecutionIds: list[str]) -> dict[str, Any]:
        place, self.looks = self.looks, self.looks + 1
        return {
            "QueryExecutions": [
                {"QueryExecutionId": id_, "Query": sql, "Status": {"State": states[min(place, len(states) - 1)]}}
                for id_, (sql, states) in self.queries.items()
                if id_ in QueryExecutionIds
            ]
        }


def test_an_insert_under_way_is_waited_for_and_a_question_is_not() -> None:
    clock = FakeClock()
    athena: Any = Athena(
        {
            "a": ("SELECT 1", ["RUNNING"]),
            "b": ("\nINSERT INTO events SELECT 1", ["QUEUED", "RUNNING", "SUCCEEDED"]),
            "c": ("INSERT INTO events SELECT 1", ["FAILED"]),
        }
    )
    wait_for_writers(athena, ("first", "second"), clock.sleep, clock.seconds)
    assert athena.looks == 3
    wait_for_writers(Athena({}), ("first", "second"), clock.sleep, clock.seconds)  # type: ignore[arg-type]


def test_one_that_never_ends_is_told() -> None:
    clock = FakeClock()
    athena: Any = Athena({"a": ("INSERT INTO events SELECT 1", ["RUNNING"])})
    with pytest.raises(LocalError, match="half an hour"):
        wait_for_writers(athena, ("first", "second"), clock.sleep, clock.seconds)


class HeldLock:
    """The compaction's, free after so many looks at it."""

    def __init__(self, looks: int, fault: Exception | None = None) -> None:
        self.looks, self.fault, self.released = looks, fault, 0

    def take(self, owner: str, lease: float) -> bool:
        if self.fault:
            raise self.fault
        self.looks -= 1
        return self.looks < 0

    def release(self) -> None:
        self.released += 1


def hold(lock: HeldLock, monkeypatch: pytest.MonkeyPatch, *, seconds: float = 0) -> None:
    """What takes so many seconds is done while the lock is held."""
    clock = FakeClock()
    it: Any = SimpleNamespace(client=lambda service: Athena({}), bucket="lake", workgroup="first")
    monkeypatch.setattr(writers, "Lock", lambda *given: lock)
    with compaction_held(it, clock.sleep, clock.seconds):
        clock.sleep(seconds)


def test_a_compaction_at_work_is_waited_for_and_one_without_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = HeldLock(3)
    hold(lock, monkeypatch)
    assert (lock.looks, lock.released) == (-1, 1)
    with pytest.raises(LocalError, match="at work for half an hour"):
        hold(HeldLock(10_000), monkeypatch)
    with pytest.raises(LocalError, match="21 h: end it"):
        hold(HeldLock(0, BehindError("It has been running for 21 h")), monkeypatch)


def test_a_lock_that_may_be_another_s_by_now_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = HeldLock(0)
    hold(lock, monkeypatch, seconds=writers.LEASE)
    assert lock.released == 0


class Queue:
    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        count = self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]
        return {"Attributes": {name: str(count) if "NotVisible" in name else "0" for name in AttributeNames}}


@pytest.mark.parametrize(("counts", "is_drained"), [((0,), True), ((3, 1, 0), True), ((1,), False)])
def test_the_queue_is_waited_for_but_not_for_ever(counts: tuple[int, ...], is_drained: bool) -> None:
    clock = FakeClock()
    queue: Any = Queue(*counts)
    assert drained(queue, "https://queue", clock.sleep, clock.seconds) is is_drained


def test_an_item_that_is_none_of_ours_is_shown_as_it_stands() -> None:
    item = {"pk": {"S": "user#x#u"}, "uid": {"S": "u"}, "doc": {"S": "?"}, "seen": {"B": b"1"}}
    assert shown(item) == {"pk": "user#x#u", "item": {"pk": "user#x#u", "uid": "u", "doc": "?"}}
