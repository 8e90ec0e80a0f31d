"""A question about all days is asked in parts where it would read too much at once."""

import re
from datetime import date

import pytest

from infra.lake import FIRST_DAY as DEPLOYED
from local.query.engine import Column, QueryError, Result
from local.stored.find import FIRST_DAY, LIMIT, by_days, key_of, quote


class Athena:
    """Answers with the days it read, and refuses to read more than `most` at once."""

    def __init__(self, most: int) -> None:
        self.most, self.asked = most, 0

    def run(self, sql: str) -> Result:
        self.asked += 1
        first, last = (date.fromisoformat(day) for day in re.findall(r"'(.+?)'", sql))
        days = range(first.toordinal(), last.toordinal() + 1)
        if len(days) > self.most:
            raise QueryError(f"Query cancelled! : {LIMIT}")
        return Result((Column("day", "varchar"),), tuple((str(date.fromordinal(day)),) for day in days), 1, 0.0)


@pytest.mark.parametrize(("most", "asked"), [(400, 1), (99, 3), (7, 31), (1, 199)])
def test_every_day_is_read_once(most: int, asked: int) -> None:
    athena = Athena(most)
    first, last = date(2026, 1, 1), date(2026, 4, 10)
    rows = list(by_days(athena, lambda days: days, first, last))
    assert [day for (day,) in rows] == [
        str(date.fromordinal(d)) for d in range(first.toordinal(), last.toordinal() + 1)
    ]
    assert athena.asked == asked


def test_a_single_day_that_is_too_much_is_an_error() -> None:
    with pytest.raises(QueryError, match="limit"):
        list(by_days(Athena(0), lambda days: days, date(2026, 1, 1), date(2026, 1, 2)))


def test_it_begins_where_the_tables_do() -> None:
    assert str(FIRST_DAY) == DEPLOYED


def test_paths_and_literals() -> None:
    assert key_of("s3://bucket/raw/dt=2026-01-01/a b?c#d%20") == "raw/dt=2026-01-01/a b?c#d%20"
    assert quote("O'Brien") == "'O''Brien'"
