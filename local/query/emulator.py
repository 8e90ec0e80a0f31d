"""Athena's answers without Athena: DuckDB in this process over the raw objects in the emulator's S3.

Why not the emulator's own Athena, which is DuckDB too: it infers the columns from the data (`props` comes as
a struct of whatever keys were seen, a column absent from the files is unknown), while real Athena gives the
columns declared in Glue. Here the Glue table as deployed decides names, types and partitions.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from local.query.dialect import PATH_COLUMN, Translation, duckdb_type, translate
from local.query.engine import Column, QueryError, Result, column_names, near
from local.query.objects import StoredObject, fetch, hold_places, list_objects
from local.query.render import athena_type, text

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import TableTypeDef
    from mypy_boto3_s3 import S3Client

_MACROS: Final = Path(__file__).with_name("macros.sql")
_JSON_SERDE: Final = "org.openx.data.jsonserde.JsonSerDe"
_LOCATION: Final = re.compile(r"s3://([^/]+)/(.*)")
_ZONED: Final = "TIMESTAMP WITH TIME ZONE"
_UNKNOWN_COLUMN: Final = re.compile(r'Referenced column "([^"]+)" not found')
_UNKNOWN_FIELD: Final = re.compile(r'Could not find key "([^"]+)" in struct')
_UNKNOWN_FUNCTION: Final = re.compile(r"Function with name (\S+) does not exist")
_QUOTED: Final = re.compile(r'"([^"]+)"')


class EmulatorEngine:
    """Reads the tables of one Glue database; objects are kept below `cache`, this engine's own folder."""

    def __init__(self, glue: "GlueClient", s3: "S3Client", *, database: str, cache: Path) -> None:
        self._glue = glue
        self._s3 = s3
        self._database = database
        self._cache = cache

    def run(self, sql: str) -> Result:
        started = time.monotonic()
        try:
            tables = self._tables()
            query = translate(sql, {name: _columns(table) for name, table in tables.items()}, self._database)
            with duckdb.connect(config={"threads": 2}) as connection:
                bytes_scanned = self._prepare(connection, query, tables)
                columns, rows = _answer(connection, query.sql)
        except duckdb.Error as error:
            raise QueryError(_explain(str(error))) from None
        except EndpointConnectionError as error:
            endpoint = error.kwargs["endpoint_url"]
            raise QueryError(f"The emulator does not answer at {endpoint}: run `make up` first.") from None
        except (ClientError, BotoCoreError) as error:
            raise QueryError(f"The emulator cannot be asked: {error}") from None
        return Result(columns, rows, bytes_scanned, time.monotonic() - started)

    def _tables(self) -> dict[str, "TableTypeDef"]:
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=self._database)
        return {table["Name"]: table for page in pages for table in page["TableList"]}

    def _prepare(
        self, connection: duckdb.DuckDBPyConnection, query: Translation, tables: Mapping[str, "TableTypeDef"]
    ) -> int:
        """Set DuckDB up as Athena, make the views, fetch what the plan reads; returns the bytes it reads."""
        connection.execute("SET TimeZone = 'UTC'; SET integer_division = true")
        connection.execute(_MACROS.read_text("utf-8"))
        objects = {name: self._objects(tables[name]) for name in query.tables}
        for name, stored in objects.items():
            hold_places(stored)
            connection.execute(_view(name, tables[name], stored, query, self._cache))
        # From here on the query may read the cache and nothing else of this machine.
        connection.execute(f"SET allowed_directories = [{_quote(str(self._cache))}]")
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        scanned = 0
        for reads in _scans(connection, query.sql, objects):
            fetch(self._s3, reads)
            scanned += sum(stored.size for stored in reads)
        return scanned

    def _objects(self, table: "TableTypeDef") -> tuple[StoredObject, ...]:
        storage = table.get("StorageDescriptor", {})
        serde = storage.get("SerdeInfo", {}).get("SerializationLibrary")
        location = _LOCATION.fullmatch(storage.get("Location", ""))
        if serde != _JSON_SERDE or not location:
            raise QueryError(f"Table {table['Name']!r} is no JSON table in S3: ask it in an account (--account).")
        prefix = location[2] if location[2].endswith("/") or not location[2] else f"{location[2]}/"
        return list_objects(self._s3, location[1], prefix, _partition_keys(table), self._cache)


def _columns(table: "TableTypeDef") -> dict[str, str]:
    given = [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]
    return {column["Name"]: column.get("Type", "string") for column in given}


def _partition_keys(table: "TableTypeDef") -> list[str]:
    return [key["Name"] for key in table.get("PartitionKeys", [])]


def _view(name: str, table: "TableTypeDef", objects: Sequence[StoredObject], query: Translation, cache: Path) -> str:
    """The columns as declared, read as OpenX's SerDe does, torn lines as rows of nulls."""
    types = {column: duckdb_type(kind) for column, kind in _columns(table).items()}
    keys = _partition_keys(table)
    outputs = [_name(column) for column in column_names(table)]
    if not objects:
        nothing = ", ".join(f"CAST(NULL AS {types[column]}) AS {_name(column)}" for column in types)
        path = f", CAST(NULL AS VARCHAR) AS {_name(PATH_COLUMN)}" if query.wants_path else ""
        return f"CREATE VIEW {_name(name)} AS SELECT {nothing}{path} WHERE false"
    files = ", ".join(_quote(str(stored.file)) for stored in objects)
    columns = ", ".join(f"{_quote(column)}: {_quote(kind)}" for column, kind in types.items() if column not in keys)
    partitions = ", ".join(f"{_quote(key)}: {types[key]}" for key in keys)
    hive = f"hive_partitioning = true, hive_types = {{{partitions}}}" if keys else "hive_partitioning = false"
    if query.wants_path:
        key = f"regexp_replace(filename[{len(str(cache)) + 2}:], '\\.[^.]*$', '')"
        outputs.append(f"'s3://' || {key} AS {_name(PATH_COLUMN)}")
    return (
        f"CREATE VIEW {_name(name)} AS SELECT {', '.join(outputs)} FROM read_json("  # noqa: S608 - names are quoted
        f"[{files}], columns = {{{columns}}}, format = 'newline_delimited', ignore_errors = true,"
        f" filename = {query.wants_path}, {hive})"
    )


def _scans(
    connection: duckdb.DuckDBPyConnection, sql: str, objects: Mapping[str, Sequence[StoredObject]]
) -> Iterator[list[StoredObject]]:
    """For each scan in the query's plan, the objects it reads after its conditions on the partitions.

    The plan does not name the table of a scan; over several tables the answer may hold more than is read.
    """
    row = connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchone()
    for scan in _nodes(json.loads(row[1]) if row else [], "READ_JSON"):
        for stored in objects.values():
            yield _kept(connection, scan.get("File Filters", ""), stored)


def _nodes(nodes: Sequence[Mapping[str, Any]], name: str) -> Iterator[Mapping[str, str]]:
    for node in nodes:
        if node["name"].strip() == name:
            yield node.get("extra_info", {})
        yield from _nodes(node.get("children", []), name)


def _kept(connection: duckdb.DuckDBPyConnection, filters: str, objects: Sequence[StoredObject]) -> list[StoredObject]:
    """The objects whose partitions pass `filters`; all of them when the plan's text is not understood."""
    if not filters or not objects:
        return list(objects)
    partitions = {tuple(stored.partition.values()) for stored in objects}
    values = ", ".join(f"({', '.join(_quote(value) for value in partition)})" for partition in partitions)
    names = ", ".join(_name(key) for key in objects[0].partition)
    kept = f"SELECT {names} FROM (VALUES {values}) AS partitions({names}) WHERE {_conjunction(filters)}"  # noqa: S608 - quoted
    try:
        passing = set(connection.execute(kept).fetchall())
    except duckdb.Error:
        return list(objects)
    return [stored for stored in objects if tuple(stored.partition.values()) in passing]


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


def _answer(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> tuple[tuple[Column, ...], tuple[tuple[str | None, ...], ...]]:
    described = connection.execute(f"DESCRIBE {sql}").fetchall()
    columns = tuple(Column(name, athena_type(kind)) for name, kind, *_ in described)
    zoned = [kind == _ZONED for _, kind, *_ in described]
    # Times with a zone are fetched without it, since DuckDB's client wants another library for them.
    plain = ", ".join(
        f"CAST(c{index} AS {kind.replace(_ZONED, 'TIMESTAMP')})" if _ZONED in kind else f"c{index}"
        for index, (_, kind, *_) in enumerate(described)
    )
    names = ", ".join(f"c{index}" for index in range(len(described)))
    rows = connection.execute(
        f"SELECT {plain} FROM ({sql}) AS answer({names})"  # noqa: S608 - the person's own query
    ).fetchall()
    return columns, tuple(
        tuple(text(value, zoned=zone) for value, zone in zip(row, zoned, strict=True)) for row in rows
    )


def _explain(message: str) -> str:
    """DuckDB's message as one line: what is wrong and the names that were near."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    what = lines[0].partition(" Error: ")[2] or lines[0]
    if unknown := _UNKNOWN_COLUMN.search(what):
        candidates = _QUOTED.findall(" ".join(line for line in lines if line.startswith("Candidate")))
        return f"There is no column {unknown[1]!r}.{near(unknown[1], candidates) or _among(candidates)}"
    if unknown := _UNKNOWN_FIELD.search(what):
        fields = _QUOTED.findall(" ".join(line for line in lines if line.startswith("Candidate")))
        return f"There is no field {unknown[1]!r} there.{near(unknown[1], fields) or _among(fields)}"
    if unknown := _UNKNOWN_FUNCTION.search(what):
        hints = _QUOTED.findall(" ".join(line for line in lines if line.startswith("Did you mean")))
        return f"The local engine knows no function {unknown[1]!r}.{near(unknown[1], hints)}"
    return what


def _among(names: Sequence[str]) -> str:
    return f" There are {', '.join(repr(name) for name in names)}." if names else ""


def _quote(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
