"""Which objects hold what: asked of Athena, which reads everything, so that only these are fetched."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from local.query.engine import Engine, QueryError

# Where the partitions of raw lines and bad rows begin (infra/lake.py).
FIRST_DAY: Final = date(2026, 1, 1)
# What Athena says where a query would read more than the workgroup allows.
LIMIT: Final = "Bytes scanned limit was exceeded"

Row = tuple[str | None, ...]


def by_days(
    engine: Engine, sql: Callable[[str], str], first: date | None = None, last: date | None = None
) -> Iterator[Row]:
    """The rows of a query over the days from `first` (of arrival; the lake's first) to `last` (tomorrow).

    `sql` makes it of the condition on `dt`. A query that would read more than the workgroup allows is asked again for
    each half of its days, so an answer must not sum over days. Raises QueryError.
    """
    begin = first or FIRST_DAY
    end = last or datetime.now(UTC).date() + timedelta(days=1)
    try:
        rows = engine.run(sql(f"dt BETWEEN '{begin}' AND '{end}'")).rows
    except QueryError as error:
        if LIMIT not in str(error) or begin >= end:
            raise
        middle = begin + (end - begin) // 2
        yield from by_days(engine, sql, begin, middle)
        yield from by_days(engine, sql, middle + timedelta(days=1), end)
    else:
        yield from rows


def key_of(path: str | None) -> str:
    """`"$path"` without scheme and bucket; it is not encoded in any way."""
    return (path or "").split("/", 3)[3]


def quote(text: str) -> str:
    """`text` as SQL's literal."""
    return "'" + text.replace("'", "''") + "'"
