"""Each view's file says truly which columns it has, of which types, and what it reads."""

import re

import pytest

from lambdas.lake import views
from lambdas.lake.views import View
from tests.unit.lake.world import World

VIEWS = views.load()


def name_of(view: View) -> str:
    return view.name


@pytest.mark.parametrize("view", VIEWS, ids=name_of)
def test_the_header_names_every_column_with_its_type(lake: World, view: View) -> None:
    lake.hold([])
    found = [(column.name, column.type) for column in lake.engine.run(f"SELECT * FROM {view.name}").columns]
    assert found == [(column.name, column.type.partition("(")[0]) for column in view.columns]


@pytest.mark.parametrize("view", VIEWS, ids=name_of)
def test_the_header_says_what_is_read(view: View) -> None:
    own = set(re.findall(r"(\w+) AS \(\n", view.select))
    assert set(re.findall(r"(?:FROM|JOIN) (\w+)", view.select)) - own == set(view.reads)
    assert view.scans.endswith(".")


@pytest.mark.parametrize("view", VIEWS, ids=name_of)
def test_athena_can_store_the_types(view: View) -> None:
    """A view's columns are kept in Glue, in Hive's types: it has no zone, no json, no interval, no time."""
    kinds = {column.type for column in view.columns}
    assert kinds <= {"varchar", "bigint", "integer", "double", "boolean", "date", "timestamp", "array(varchar)"}
