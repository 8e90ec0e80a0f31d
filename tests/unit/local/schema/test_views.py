"""What is seen of the events, and what the views made of it give."""

import json
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.event import Event
from local.schema.model import Seen, merge
from local.schema.sql import view_sql
from local.schema.types import Type
from tests.builders import event
from tests.unit.lake.test_views import seen as happened
from tests.unit.lake.world import World

DAYS = {"from": "2000-01-01", "to": "2099-12-31"}
ODD = {
    "it's": 1,
    'say "x"': 2,
    "back\\slash": 3,
    "a.b": 4,
    "$x": 5,
    "茶": 6,
    "[0]": 7,
    "order": 8,
    "with space": 9,
    "q?": 10,
}


def observed(lake: World) -> dict[str, Seen]:
    properties: dict[str, dict[str, dict[Type, int]]] = defaultdict(lambda: defaultdict(dict))
    for name, key, kind, count in lake.answer("schema/properties", **DAYS).rows:
        properties[str(name)][str(key)][Type(str(kind))] = int(str(count))
    return {str(name): Seen(int(str(n)), properties[str(name)]) for name, n in lake.answer("schema/names", **DAYS).rows}


def sent(*props: dict[str, Any], **changes: Any) -> list[Event]:
    return [happened("2026-11-20 10:00", "buy", seq=place, props=one, **changes) for place, one in enumerate(props, 1)]


def read(lake: World, columns: str) -> list[tuple[str | None, ...]]:
    schema, _ = merge({}, observed(lake))
    return lake.ask(f"SELECT {columns} FROM ({view_sql('buy', schema['buy'])}) AS typed ORDER BY time, eid")


VALUES: list[tuple[Any, str]] = [
    (True, "boolean"),
    (5, "bigint"),
    (-5, "bigint"),
    (2.5, "double"),
    (1e30, "double"),
    (12345678901234567890, "double"),
    ("2026-11-20", "date"),
    ("2026-13-20", "varchar"),
    ("2026-11-20T10:00:00Z", "timestamp"),
    ("2026-11-20 10:00", "timestamp"),
    ("2026-11-20T10:00:00.123+02:00", "timestamp"),
    ("5", "varchar"),
    ("true", "varchar"),
    ("", "varchar"),
    ("null", "varchar"),
    ([1], "varchar"),
    ({"a": 1}, "varchar"),
]


@pytest.mark.parametrize(("value", "kind"), VALUES)
def test_a_value_has_a_type(lake: World, value: Any, kind: str) -> None:
    lake.hold(sent({"p": value, "nothing": None}))
    assert observed(lake) == {"buy": Seen(1, {"p": {Type(kind): 1}})}


@pytest.mark.parametrize(
    ("value", "kind"),
    [("5", "bigint"), ("2.50", "double"), ("true", "boolean"), ("01234", "varchar"), ("+5", "varchar")],
)
def test_numbers_of_raw_url_events_are_numbers(lake: World, value: str, kind: str) -> None:
    lake.hold(sent({"p": value}, src={"api": "url"}))
    assert observed(lake) == {"buy": Seen(1, {"p": {Type(kind): 1}})}


def test_columns_are_typed_and_one_odd_value_is_null(lake: World) -> None:
    props = {"price": 2.5, "n": 7, "paid": True, "on": "2026-11-20", "at": "2026-11-20T10:00:00+02:00", "tags": ["a"]}
    odd = {name: "odd" for name in props if name != "tags"} | {"tags": {"x": 1}}
    lake.hold(sent(*[props] * 150, odd))
    rows = read(lake, 'price, n, paid, "on", "at", tags')
    assert rows[0] == ("2.5", "7", "true", "2026-11-20", "2026-11-20 08:00:00.000", '["a"]')
    assert rows[-1] == (None, None, None, None, None, '{"x":1}')


def test_odd_names_find_their_values(lake: World) -> None:
    lake.hold(sent(ODD))
    schema, _ = merge({}, observed(lake))
    columns = {name: one.column for name, one in schema["buy"].properties.items()}
    selected = ", ".join(f'"{columns[name]}"' for name in ODD)
    assert read(lake, selected) == [tuple(str(value) for value in ODD.values())]


def test_what_was_sent_under_the_name_of_a_column_of_all_events_stands_beside_it(lake: World) -> None:
    lake.hold(sent({"path": "mine"}, page={"path": "/tea"}))
    assert read(lake, "path, props_path") == [("/tea", "mine")]


def test_bots_have_no_part_in_it(lake: World) -> None:
    lake.hold([*sent({"p": 1}), *sent({"p": "x", "q": 1}, flags=("bot",))])
    assert observed(lake) == {"buy": Seen(1, {"p": {Type.BIGINT: 1}})}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.dates().map(str)
    | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=12)
@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "c d"]), JSON), min_size=1, max_size=8))
def test_no_value_fails_a_view_and_none_of_the_right_type_is_lost(lake: World, props: list[dict[str, Any]]) -> None:
    try:
        json.dumps(props, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return  # a lone surrogate: the collector lets none in
    lake.hold([event(place, name="buy", props=one) for place, one in enumerate(props, 1)])
    schema, changes = merge({}, observed(lake))
    properties = schema["buy"].properties
    assert not changes or {change.what for change in changes} == {"new"}
    if not properties:
        assert all(value is None for one in props for value in one.values())
        return
    counted = ", ".join(f'count("{one.column}")' for one in properties.values())
    [row] = lake.ask(f"SELECT count(*), {counted} FROM ({view_sql('buy', schema['buy'])}) AS typed")
    assert row[0] == str(len(props))
    for found, (name, one) in zip(row[1:], properties.items(), strict=True):
        if one.type in (Type.VARCHAR, Type.BIGINT, Type.DOUBLE, Type.BOOLEAN):
            assert found == str(sum(given.get(name) is not None for given in props))
