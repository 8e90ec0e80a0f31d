"""What `make schema` writes is Athena's SQL too: typed views give on a real Trino what they give locally."""

import pytest

from local.schema.model import EventView, Property
from local.schema.sql import view_sql
from local.schema.types import Type
from tests.lake.conftest import SHOP_DATABASE, Lake
from tests.lake.test_dialect import alike

ODD = [
    "value",
    "order_id",
    "items",
    "currency",
    "metric",
    "it's",
    'say "x"',
    "back\\slash",
    "a.b",
    "$x",
    "茶",
    "[0]",
    "q?",
]


@pytest.mark.parametrize("kind", Type)
def test_a_typed_view_gives_the_same(shop: Lake, kind: Type) -> None:
    """As `make schema` writes it: each kind of column over values that fit and that do not, and over odd names."""
    columns = {name: Property(f"c{place}", kind) for place, name in enumerate(ODD)}
    for event in ("purchase", "web_vital", "it's no event"):
        sql = view_sql(event, EventView("event_x", columns))
        local, real = shop.local(SHOP_DATABASE).run(sql), shop.real(sql, SHOP_DATABASE)
        assert [(column.name, column.type) for column in local.columns] == list(real.columns)
        assert alike(local.rows, real.rows), (sorted(local.rows, key=str), sorted(real.rows, key=str))
