"""The schema follows what is seen, and never breaks what was there."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.schema.model import (
    ENVELOPE,
    MOST_EVENTS,
    MOST_PROPERTIES,
    Change,
    Schema,
    SchemaInvalidError,
    Seen,
    dump,
    load,
    merge,
)
from local.schema.names import column_name, view_name, words
from local.schema.types import Type, infer, widen

TYPES = st.sampled_from(Type)
NAMES = st.one_of(
    st.sampled_from(["price", "Price", "itemId", "item_id", "item id", "time", "props", "2nd", "茶"]), st.text()
)
SEEN = st.dictionaries(
    NAMES,
    st.builds(
        Seen,
        events=st.integers(1, 1000),
        properties=st.dictionaries(NAMES, st.dictionaries(TYPES, st.integers(1, 1000), min_size=1), max_size=6),
    ),
    max_size=4,
)


def whats(changes: list[Change]) -> list[tuple[str, str, str]]:
    return [(change.what, change.name or change.event, change.detail) for change in changes]


@given(TYPES, TYPES, TYPES)
def test_widening_is_one_way_whatever_the_order(a: Type, b: Type, c: Type) -> None:
    assert widen(a, a) == a
    assert widen(a, b) == widen(b, a)
    assert widen(widen(a, b), c) == widen(a, widen(b, c))
    assert widen(a, widen(a, b)) == widen(a, b)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("bigint", "double", "double"),
        ("date", "timestamp", "timestamp"),
        ("boolean", "bigint", "varchar"),
        ("date", "bigint", "varchar"),
        ("timestamp", "varchar", "varchar"),
    ],
)
def test_what_holds_both(one: str, other: str, both: str) -> None:
    assert widen(Type(one), Type(other)) == both


@pytest.mark.parametrize(
    ("counts", "kind", "odd"),
    [
        ({}, None, {}),
        ({Type.BIGINT: 999, Type.DOUBLE: 1}, Type.DOUBLE, {}),
        ({Type.DATE: 999, Type.TIMESTAMP: 1}, Type.TIMESTAMP, {}),
        ({Type.DOUBLE: 995, Type.VARCHAR: 5}, Type.DOUBLE, {Type.VARCHAR: 5}),
        ({Type.DOUBLE: 90, Type.VARCHAR: 10}, Type.VARCHAR, {}),
        ({Type.VARCHAR: 999, Type.BIGINT: 1}, Type.VARCHAR, {}),
    ],
)
def test_one_odd_value_in_a_hundred_decides_nothing(
    counts: Mapping[Type, int], kind: Type | None, odd: Mapping[Type, int]
) -> None:
    assert infer(counts) == (kind, odd)


@given(st.dictionaries(TYPES, st.integers(1, 10**6)))
def test_every_value_has_a_place_or_is_told_of(counts: Mapping[Type, int]) -> None:
    kind, odd = infer(counts)
    assert (kind is None) == (not counts)
    for one in counts:
        assert one in odd or (kind is not None and widen(one, kind) is kind)
    assert sum(odd.values()) < 0.05 * max(1, sum(counts.values()))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("price", "price"),
        ("itemId", "item_id"),
        ("HTTPStatus", "http_status"),
        ("Add to cart!", "add_to_cart"),
        ("item-type", "item_type"),
        ("  ", "x"),
        ("茶", "x"),
        ("a" * 300, "a" * 100),
    ],
)
def test_names_are_words(name: str, expected: str) -> None:
    assert words(name) == expected


def test_names_that_are_taken_get_a_number() -> None:
    assert view_name("Add to cart", {"event_add_to_cart", "event_add_to_cart_2"}) == "event_add_to_cart_3"
    assert column_name("itemId", {"item_id"}, ENVELOPE) == "item_id_2"
    assert column_name("time", (), ENVELOPE) == "props_time"
    assert column_name("2nd", (), ENVELOPE) == "_2nd"


@given(st.lists(NAMES, unique=True))
def test_no_two_columns_have_one_name(given: list[str]) -> None:
    taken: list[str] = []
    for name in given:
        taken.append(column_name(name, taken, ENVELOPE))
    assert len({*taken, *ENVELOPE}) == len(taken) + len(ENVELOPE)
    assert all(name.replace("_", "a").isalnum() and name.isascii() and name == name.lower() for name in taken)


def columns(schema: Schema) -> dict[tuple[str, str], tuple[str, int, Type]]:
    return {
        (view.view, name): (one.column, place, one.type)
        for view in schema.values()
        for place, (name, one) in enumerate(view.properties.items())
    }


@given(st.lists(SEEN, max_size=5))
def test_a_column_once_there_stays_in_its_place_and_only_widens(runs: list[dict[str, Seen]]) -> None:
    schema: Schema = {}
    for seen in runs:
        before, (schema, _) = schema, merge(schema, seen)
        after = columns(schema)
        for key, (column, place, kind) in columns(before).items():
            assert after[key][:2] == (column, place)
            assert widen(kind, after[key][2]) == after[key][2]
        assert {event: view.view for event, view in before.items()}.items() <= {
            event: view.view for event, view in schema.items()
        }.items()
        names = [view.view for view in schema.values()]
        assert len(names) == len(set(names))


@given(SEEN, SEEN)
def test_what_is_seen_again_changes_nothing(first: dict[str, Seen], second: dict[str, Seen]) -> None:
    schema, _ = merge({}, first)
    schema, _ = merge(schema, second)
    again, changes = merge(schema, second)
    assert again == schema
    assert all(change.what == "odd" for change in changes)


@given(SEEN, SEEN)
def test_the_file_holds_the_schema(first: dict[str, Seen], second: dict[str, Seen]) -> None:
    schema, _ = merge(merge({}, first)[0], second)
    again = load(dump(schema))
    assert again == schema
    assert [list(view.properties) for view in again.values()] == [list(view.properties) for view in schema.values()]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2, "events": {}}', '{"version": 1, "events": {"a": {}}}']
)
def test_a_file_that_is_none_says_so(text: str) -> None:
    with pytest.raises(SchemaInvalidError, match="schema file"):
        load(text)


def seen(**properties: Any) -> dict[str, Seen]:
    return {"buy": Seen(10, {name: {Type(kind): 10} for name, kind in properties.items()})}


def test_drift_is_told() -> None:
    schema, changes = merge({}, seen(price="bigint", note="varchar"))
    assert whats(changes) == [
        ("new", "buy", "event_buy"),
        ("new", "note", "note varchar"),
        ("new", "price", "price bigint"),
    ]
    schema, changes = merge(schema, seen(price="double", size="date"))
    assert whats(changes) == [
        ("vanished", "note", ""),
        ("type", "price", "bigint → double"),
        ("new", "size", "size date"),
    ]
    schema, changes = merge(schema, seen(price="bigint", size="date"))
    assert changes == []  # told once
    schema, changes = merge(schema, seen(price="bigint", size="varchar", note="varchar"))
    assert whats(changes) == [("back", "note", ""), ("type", "size", "date → varchar")]
    schema, changes = merge(schema, {})
    assert whats(changes) == [("vanished", "buy", "")]
    schema, changes = merge(schema, seen(price="bigint", size="varchar", note="varchar"))
    assert whats(changes) == [("back", "buy", "")]


def test_names_without_end_are_left_out_the_rarest_first() -> None:
    crowd = {f"e{number}": Seen(number + 1) for number in range(MOST_EVENTS + 1)}
    schema, changes = merge({}, crowd)
    assert "e0" not in schema
    assert len(schema) == MOST_EVENTS
    assert [change.event for change in changes if change.what == "left out"] == ["e0"]
    many = {f"p{number}": {Type.BIGINT: number + 1} for number in range(MOST_PROPERTIES + 1)}
    schema, changes = merge({}, {"buy": Seen(10, many)})
    assert "p0" not in schema["buy"].properties
    assert [change.name for change in changes if change.what == "left out"] == ["p0"]
