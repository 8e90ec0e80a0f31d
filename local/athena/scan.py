"""What a query reads: which objects, which of their columns, and how many bytes that is.

DuckDB plans the query over empty files, one for each partition. Their columns carry their table's name, by which each
scan in the plan is known; what a plan says of partitions is then asked of the partitions there are.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote as percent

import duckdb

from local.athena.catalog import NULL_PARTITION, Table
from local.athena.objects import StoredObject
from local.athena.text import name, quote, type_text

_BETWEEN: Final = "__"


@dataclass(frozen=True)
class Scan:
    """One reading of a table: the objects after the conditions on its partitions, the columns, `page.path` a field."""

    table: str
    objects: tuple[StoredObject, ...]
    columns: tuple[str, ...]


def empty_view(table: Table, objects: Sequence[StoredObject], folder: Path, path_column: str) -> str:
    """The view to plan with, over empty files below `folder`."""
    prefix = f"{table.name}{_BETWEEN}"
    files = [str(_placeholder(table, partition, folder)) for partition in {stored.partition for stored in objects}]
    outputs = [f"{name(prefix + column)} AS {name(column)}" for column in table.types]
    columns = {column: type_text(table.types[column]) for column in table.columns} | {"": "BOOLEAN"}
    given = ", ".join(f"{quote(prefix + column)}: {quote(kind)}" for column, kind in columns.items())
    return (
        f"CREATE VIEW {name(table.name)} AS SELECT {', '.join(outputs)}, '' AS {name(path_column)} "  # noqa: S608 - quoted
        f"FROM read_json([{', '.join(map(quote, files))}], columns = {{{given}}}, format = 'newline_delimited', "
        # A condition on a column of its own: a scan that needs no other one would not name its table.
        f"{hive_options(table, prefix)}) WHERE {name(prefix)} IS NULL"
    )


def hive_options(table: Table, prefix: str = "") -> str:
    """How DuckDB is told of the partition keys in the names of folders."""
    if not table.keys:
        return "hive_partitioning = false"
    types = ", ".join(f"{quote(prefix + key)}: {type_text(table.types[key])}" for key in table.keys)
    return f"hive_partitioning = true, hive_types = {{{types}}}"


def scans(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    tables: Mapping[str, Table],
    objects: Mapping[str, Sequence[StoredObject]],
) -> Iterator[Scan]:
    """Each scan of the query's plan."""
    row = connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchone()
    for node in _nodes(json.loads(row[1]) if row else []):
        projected = node.get("Projections", [])
        columns = [projected] if isinstance(projected, str) else projected
        filters = node.get("File Filters", "")
        for table in tables.values():
            prefix = f"{table.name}{_BETWEEN}"
            if prefix in columns or f"({prefix}" in filters:
                read = tuple(column.removeprefix(prefix) for column in columns if column != prefix)
                yield Scan(table.name, _kept(connection, filters, table, objects[table.name]), read)


def bytes_read(connection: duckdb.DuckDBPyConnection, table: Table, scan: Scan) -> int:
    """As Athena bills: whole objects of text, of Parquet the columns asked for."""
    if table.format == "json" or not scan.objects:
        return sum(stored.size for stored in scan.objects)
    wanted = [column.replace(".", ", ") for column in scan.columns]
    files = ", ".join(quote(str(stored.file)) for stored in scan.objects)
    rows = connection.execute(
        f"SELECT path_in_schema, sum(total_compressed_size) FROM parquet_metadata([{files}]) GROUP BY 1"  # noqa: S608 - quoted
    ).fetchall()
    return sum(int(size) for path, size in rows if any(f"{path}, ".startswith(f"{column}, ") for column in wanted))


def _placeholder(table: Table, partition: Sequence[str | None], folder: Path) -> Path:
    parts = [
        f"{table.name}{_BETWEEN}{key}={NULL_PARTITION if value is None else percent(value, safe='')}"
        for key, value in zip(table.keys, partition, strict=True)
    ]
    file = folder.joinpath(table.name, *parts, "empty")
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return file


def _nodes(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for node in nodes:
        if node["name"].strip() == "READ_JSON":
            yield node.get("extra_info", {})
        yield from _nodes(node.get("children", []))


def _kept(
    connection: duckdb.DuckDBPyConnection, filters: str, table: Table, objects: Sequence[StoredObject]
) -> tuple[StoredObject, ...]:
    """The objects whose partitions pass `filters`; all of them when the plan's text is not understood."""
    if not filters or not objects:
        return tuple(objects)
    partitions = list({stored.partition for stored in objects})
    values = ", ".join(
        f"({', '.join([str(index), *('NULL' if value is None else quote(value) for value in partition)])})"
        for index, partition in enumerate(partitions)
    )
    keys = [name(f"{table.name}{_BETWEEN}{key}") for key in table.keys]
    typed = ", ".join(
        f"CAST({key} AS {type_text(table.types[plain])}) AS {key}" for key, plain in zip(keys, table.keys, strict=True)
    )
    listed = f"SELECT n, {typed} FROM (VALUES {values}) AS partitions(n, {', '.join(keys)})"  # noqa: S608 - quoted
    try:
        passes = f"SELECT n FROM ({listed}) WHERE {_conjunction(filters)}"  # noqa: S608 - of DuckDB's own plan
        rows = connection.execute(passes).fetchall()
    except duckdb.Error:
        return tuple(objects)
    passing = {partitions[index] for (index,) in rows}
    return tuple(stored for stored in objects if stored.partition in passing)


def _conjunction(filters: str) -> str:
    """`(dt = '2026-07-28')prefix(hour, '1')`, as the plan writes it, with AND between its parts."""
    parts, depth, quoted, begin = [], 0, False, 0
    for at, character in enumerate(filters):
        if character == "'":
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
            if not depth:
                parts.append(filters[begin : at + 1])
                begin = at + 1
    return " AND ".join(parts)
