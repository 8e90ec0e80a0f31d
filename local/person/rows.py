"""Rows of a Parquet file of `events` taken out, or read; the others stay as they are, in their order."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import duckdb
from duckdb import CoalesceOperator, ColumnExpression, ConstantExpression, Expression

from local.stored.objects import Change, Edit

# More than a row group of events needs; what does not fit goes to disk.
MEMORY: Final = "400MB"


def without(uids: frozenset[str]) -> Edit:
    """An edit that takes out the rows of these users: the same columns and types, ZSTD as before."""

    def edit(before: Path, after: Path) -> Change:
        with _connect(before.parent) as duck:
            rows = duck.read_parquet(str(before), hive_partitioning=False)
            total, others = len(rows), rows.filter(~_theirs(uids))
            left = len(others)
            if 0 < left < total:
                # As a relation it goes through row group by row group; a query with parameters would be held whole.
                others.write_parquet(str(after), compression="zstd")
            return Change(total - left, left)

    return edit


def read(file: Path, uids: frozenset[str]) -> Iterator[dict[str, Any]]:
    """The rows of these users, with JSON's types."""
    with _connect(file.parent) as duck:
        found = duck.read_parquet(str(file), hive_partitioning=False).filter(_theirs(uids)).set_alias("event")
        rows = found.project("to_json(event)")
        while row := rows.fetchone():
            yield json.loads(row[0])


def _theirs(uids: frozenset[str]) -> Expression:
    known = ColumnExpression("uid").isin(*map(ConstantExpression, sorted(uids)))
    return CoalesceOperator(known, ConstantExpression(False))


def _connect(folder: Path) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": "1",
        "memory_limit": MEMORY,
        "temp_directory": str(folder / "spill"),
    }
    return duckdb.connect(config=settings)
