"""The store against a table that is shared, slow, throttled or down."""

import json
from typing import Any

import pytest

from lambdas.state import codec
from lambdas.state.fold import fold
from lambdas.state.record import Key, Kind
from lambdas.state.store import StateStore
from tests.builders import DAY, NOW, SITE, eid, event
from tests.fakes import FakeClock, FakeDynamoDB

SESSION, USER = Key(Kind.SESSION, SITE, "s1"), Key(Kind.USER, SITE, "u1")
SESSION_PK, USER_PK = f"session#{SITE}#s1", f"user#{SITE}#u1"
SECONDS = 6.0


class Table:
    """A store over a fake table."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.dynamodb = FakeDynamoDB(self.clock)
        self.store = self.another()

    def another(self) -> StateStore:
        client: Any = self.dynamodb
        return StateStore(client, "state", 60, self.clock, self.clock.patience(), SECONDS)

    def view(self, key: Key) -> dict[str, Any]:
        return self.store.read([key])[key].view()


@pytest.fixture
def table() -> Table:
    return Table()


def test_a_request_of_many_events_is_one_write_for_each_record(table: Table) -> None:
    applied = table.store.apply(event(n, props={f"p{n}": n}) for n in range(50))
    assert (applied.written, applied.failed, applied.refused) == (2, frozenset(), frozenset())
    assert table.dynamodb.puts == [SESSION_PK, USER_PK]
    assert table.clock.slept == []
    assert len(table.view(SESSION)) > 50


def test_the_item_can_be_read_by_people_and_swept_by_dynamodb(table: Table) -> None:
    table.store.apply([event(1, props={"message": "Hi"}, ts=NOW)])
    item = table.dynamodb.items[USER_PK]
    assert item["expires_at"] == {"N": str((NOW + 60 * DAY) // 1000 + 1)}
    assert (item["si"], item["sid"], item["uid"], item["eid"]) == tuple({"S": x} for x in (SITE, "s1", "u1", eid(1)))
    assert item["unixtimestamp"] == {"N": str(NOW)}
    assert json.loads(codec.text_of(item))["props"] == {"message": "Hi"}


def test_the_same_events_again_are_no_write(table: Table) -> None:
    events = [event(1), event(2)]
    table.store.apply(events)
    before = json.dumps(table.dynamodb.items, default=repr)
    assert table.store.apply(events[::-1]).written == 0
    assert len(table.dynamodb.puts) == 2
    assert json.dumps(table.dynamodb.items, default=repr) == before


def test_events_that_leave_state_alone_are_no_call(table: Table) -> None:
    table.store.apply([event(1, flags=("no_state",))])
    assert table.dynamodb.calls == []


def test_who_comes_second_reads_and_folds_again(table: Table) -> None:
    rival = table.another()

    def meanwhile() -> None:
        table.dynamodb.before_put = lambda: None
        rival.apply([event(2, props={"b": 2, "n": "k[+1]"}, ts=NOW + 1)])

    table.dynamodb.before_put = meanwhile
    applied = table.store.apply([event(1, props={"a": 1, "n": "k[+1]"})])
    assert (applied.written, applied.failed) == (2, frozenset())
    for key in (SESSION, USER):
        view = table.view(key)
        assert (view["a"], view["b"], view["counters"], view["eid"]) == (1, 2, {"n": {"k": 2}}, eid(2))
    assert table.dynamodb.items[SESSION_PK]["version"] == {"N": "2"}


def test_a_read_that_was_a_moment_old_is_asked_for_again_and_nothing_is_lost(table: Table) -> None:
    table.store.apply([event(1, props={"a": 1, "n": "k[+1]"})])
    table.dynamodb.older = {}
    applied = table.store.apply([event(2, props={"b": 2, "n": "k[+1]"}, ts=NOW + 1)])
    assert (applied.written, applied.failed) == (2, frozenset())
    view = table.view(USER)
    assert (view["a"], view["b"], view["counters"], view["eid"]) == (1, 2, {"n": {"k": 2}}, eid(2))
    asked = [next(iter(call["read"].values()))["ConsistentRead"] for call in table.dynamodb.calls if "read" in call]
    assert asked[1:3] == [False, True]


def test_the_same_batch_twice_in_parallel_counts_once(table: Table) -> None:
    rival, events = table.another(), [event(n, props={"n": "k[+1]"}) for n in range(3)]

    def meanwhile() -> None:
        table.dynamodb.before_put = lambda: None
        rival.apply(events)

    table.dynamodb.before_put = meanwhile
    table.store.apply(events)
    assert table.view(USER)["counters"] == {"n": {"k": 3}}


@pytest.mark.parametrize("fault", ["ProvisionedThroughputExceededException", "InternalServerError", "hang"])
@pytest.mark.parametrize("call", [0, 1, 2])
def test_a_fault_that_passes_is_waited_out(table: Table, fault: str, call: int) -> None:
    table.dynamodb.faults = [*[None] * call, fault]
    applied = table.store.apply([event(1)])
    assert (applied.written, applied.failed) == (2, frozenset())


@pytest.mark.parametrize("fault", ["ProvisionedThroughputExceededException", "hang", "unreachable", "AccessDenied"])
def test_a_table_that_is_down_is_reported_in_time(table: Table, fault: str) -> None:
    table.dynamodb.always = fault
    start = table.clock.seconds()
    assert table.store.apply([event(1)]).failed == {SESSION, USER}
    assert table.clock.seconds() - start <= SECONDS


@pytest.mark.parametrize("before", [0, 1])
def test_a_grant_that_is_missing_is_not_waited_for(table: Table, before: int) -> None:
    table.dynamodb.faults, table.dynamodb.always = [None] * before, "AccessDeniedException"
    assert table.store.apply([event(1)]).failed == {SESSION, USER}
    assert table.clock.slept == []


def test_an_item_dynamodb_will_never_take_is_not_tried_again(table: Table) -> None:
    table.dynamodb.faults = [None, "ValidationException"]
    applied = table.store.apply([event(1)])
    assert (applied.written, applied.failed, applied.refused) == (1, frozenset(), {SESSION})
    assert len(table.dynamodb.puts) == 2


def test_one_records_trouble_is_not_anothers(table: Table) -> None:
    table.dynamodb.faults = [None, "ThrottlingException"]
    applied = table.store.apply([event(n, sid=f"s{n}") for n in range(20)])
    assert (applied.written, applied.failed) == (21, frozenset())


def test_many_records_are_read_a_hundred_at_a_time_and_asked_for_until_all_are_there(table: Table) -> None:
    events = [event(n, sid=f"s{n}", uid=f"u{n}") for n in range(150)]
    table.store.apply(events)
    table.dynamodb.unprocessed = 60
    assert table.store.apply(events).written == 0
    assert len(table.dynamodb.items) == 300


def test_an_expired_record_is_not_read_and_not_folded_onto(table: Table) -> None:
    table.store.apply([event(1, props={"old": 1})])
    table.clock.now += 60 * DAY
    assert table.store.read([SESSION, USER]) == {}
    table.store.apply([event(2, props={"new": 1}, ts=table.clock.now)])
    assert set(table.view(SESSION)) & {"old", "new"} == {"new"}
    assert table.dynamodb.items[SESSION_PK]["version"] == {"N": "2"}


def test_each_event_gives_a_record_its_days_again(table: Table) -> None:
    for number in range(1, 4):
        table.store.apply([event(number, ts=table.clock.now, props={f"p{number}": 1})])
        table.clock.now += 59 * DAY
    assert {"p1", "p2", "p3"} <= set(table.view(USER))


def test_an_event_that_is_older_than_any_record_may_be_makes_none(table: Table) -> None:
    assert table.store.apply([event(1, ts=NOW - 60 * DAY)]).written == 0
    assert table.dynamodb.items == {}


def test_an_item_somebody_else_wrote_is_replaced_and_never_in_the_way(table: Table) -> None:
    table.dynamodb.items[SESSION_PK] = {"pk": {"S": SESSION_PK}, "version": {"N": "7"}, "doc": {"S": "nonsense"}}
    assert table.store.apply([event(1, props={"a": 1})]).written == 2
    assert table.view(SESSION)["a"] == 1
    assert table.dynamodb.items[SESSION_PK]["version"] == {"N": "8"}


def test_an_item_of_an_earlier_form_is_replaced_and_never_in_the_way(table: Table) -> None:
    table.store.apply([event(1, props={"old": 1})])
    for item in table.dynamodb.items.values():
        item["seen"] = {"B": item.pop("marks")["B"][:5]}
    assert table.store.read([SESSION, USER]) == {}
    assert table.store.apply([event(2, props={"a": 1})]).written == 2
    assert table.view(USER)["a"] == 1


@pytest.mark.parametrize(
    "damage", [{"doc": {"B": b"no deflate"}}, {"marks": {"B": b"abc"}}, {"marks": {"B": b"abcde\xff"}}]
)
def test_a_damaged_item_is_replaced(table: Table, damage: dict[str, Any]) -> None:
    table.store.apply([event(1)])
    table.dynamodb.items[SESSION_PK] |= damage
    assert table.store.apply([event(2, props={"a": 1})]).written == 2
    assert table.view(SESSION)["a"] == 1


@pytest.mark.parametrize(("width", "deflated"), [(100, False), (2_000, True)])
def test_the_text_is_deflated_where_that_saves_a_write_unit(table: Table, width: int, deflated: bool) -> None:
    table.store.apply([event(1, props={"a": "x" * width})])
    assert set(table.dynamodb.items[SESSION_PK]["doc"]) == {"B" if deflated else "S"}
    assert table.view(SESSION)["a"] == "x" * width


def test_no_item_is_too_large_for_dynamodb(table: Table) -> None:
    wide = "é" * 500
    for number in range(60):
        props: dict[str, Any] = {f"{number}-{part}": wide * 30 for part in range(10)}
        props |= {f"seg{number}{part}!": wide[:50] for part in range(20)}
        props |= {f"count{number}{part}": f"{wide[:50]}[+1]" for part in range(20)}
        table.store.apply([event(number, sid=f"{number}{wide}"[:512], props=props, ts=NOW + number)])
    item = table.dynamodb.items[USER_PK]
    plain = item | {"doc": {"S": codec.text_of(item)}}  # as it would stand if nothing could be deflated
    assert 300_000 < item_size(plain) < 400 * 1024
    assert item_size(item) < item_size(plain)
    view = table.view(USER)
    assert view["truncated"] is True
    assert view["59-0"] == wide * 30


def item_size(item: dict[str, Any]) -> int:
    """As DynamoDB counts: names and values in UTF-8."""
    total = 0
    for name, typed in item.items():
        ((kind, value),) = typed.items()
        total += len(name.encode()) + (len(value) if kind == "B" else len(str(value).encode()))
    return total


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a#b", "c"), ("a", "b#c")),
        (("a%23b", "c"), ("a#b", "c")),
        (("a", "x" * 4000), ("a", "x" * 4001)),
    ],
)
def test_no_two_records_share_a_key(one: tuple[str, str], other: tuple[str, str]) -> None:
    keys = {codec.pk(Key(Kind.USER, *pair)) for pair in (one, other)}
    assert len(keys) == 2
    assert all(len(key.encode()) <= 2048 for key in keys)
    assert codec.pk(Key(Kind.USER, *one)) != codec.pk(Key(Kind.SESSION, *one))


def test_the_store_and_the_fold_agree(table: Table) -> None:
    events = [event(n, props={"n": n, "k": f"b[+{n}]"}, ts=NOW + n % 3) for n in range(9)]
    for one in events:
        table.store.apply([one])
    expected = fold(USER, None, events)
    assert expected is not None
    assert table.view(USER) == expected.view()
