"""What a query writes: new rows of a table (INSERT), or files for others (UNLOAD). Parquet, as Athena's."""

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import uuid4

import duckdb
from sqlglot import exp

from local.athena.catalog import Catalog, Table, partition_path, partition_values, trino_type
from local.athena.errors import AthenaError
from local.athena.statements import Unload
from local.athena.text import name, quote, type_text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html
MOST_PARTITIONS: Final = 100
_NUMBERS: Final = ("TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE")
# Trino's NumericParametricType names over Hive's: what Parquet in Hive's way cannot hold.
_NOT_IN_FILES: Final = ("time zone", "json", "interval", "uuid")


@dataclass(frozen=True)
class Written:
    """How many rows, and the new objects' addresses."""

    rows: int
    files: tuple[str, ...]


def insert(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    given: Sequence[str],
    *,
    table: Table,
    columns: Sequence[str],
    catalog: Catalog,
    s3: "S3Client",
) -> Written:
    """Adds the rows that `sql` gives, of DuckDB's types `given`, and registers their partitions.

    Values go by their place, as in Trino, the partition keys last unless `columns` names an order.
    """
    if table.format != "parquet":
        raise AthenaError("NOT_SUPPORTED", f"Table '{table.name}' is no Parquet: the local Athena writes Parquet alone")
    wanted = list(columns) or list(table.types)
    if unknown := [column for column in wanted if column not in table.types]:
        raise AthenaError("COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {unknown[0]}")
    types = [table.types[column] for column in wanted]
    if len(given) != len(types) or not all(map(_fits, given, types)):
        told = [
            ", ".join(kind.sql("trino").lower() for kind in types),
            ", ".join(trino_type(kind) for kind in given),
        ]
        raise AthenaError(
            "TYPE_MISMATCH", f"Insert query has mismatched column types: Table: [{told[0]}], Query: [{told[1]}]"
        )
    source = ", ".join(name(f"c{index}") for index in range(len(wanted)))
    values = {column: name(f"c{index}") for index, column in enumerate(wanted)}
    outputs = [
        f"CAST({values.get(column, 'NULL')} AS {type_text(kind)}) AS {name(column)}"
        for column, kind in table.types.items()
    ]
    typed = f"SELECT {', '.join(outputs)} FROM ({sql}) AS given({source})"  # noqa: S608 - quoted
    bucket, prefix = table.location
    written, partitions = _write(connection, typed, table.keys, "zstd", s3, bucket, prefix)
    if table.keys:
        catalog.add_partitions(table, partitions)
    return written


def unload(
    connection: duckdb.DuckDBPyConnection, sql: str, types: Mapping[str, str], statement: Unload, s3: "S3Client"
) -> Written:
    """Writes the rows below a location that must be empty. `types` are DuckDB's by column."""
    address = urlsplit(statement.location)
    bucket, prefix = address.netloc, address.path.lstrip("/")
    if address.scheme != "s3" or not bucket or not prefix:
        raise AthenaError("INVALID_TABLE_PROPERTY", f"'{statement.location}' is no s3://bucket/prefix/")
    prefix = prefix if prefix.endswith("/") else f"{prefix}/"
    shown = {column: trino_type(kind) for column, kind in types.items()}
    for column, kind in shown.items():
        if any(word in kind for word in _NOT_IN_FILES):
            raise AthenaError("NOT_SUPPORTED", f"Unsupported Hive type: {kind} (column '{column}')")
    keys = statement.partitioned_by
    if keys and tuple(types)[-len(keys) :] != keys:
        raise AthenaError("INVALID_TABLE_PROPERTY", f"Partition keys must be the last columns: {', '.join(keys)}")
    if s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount"):
        told = f"Target directory for table 'unload' already exists: {statement.location}"
        raise AthenaError("HIVE_PATH_ALREADY_EXISTS", told)
    outputs = [
        f"CAST(c{index} AS {type_text(exp.DataType.build(kind, dialect='trino'))}) AS {name(column)}"
        for index, (column, kind) in enumerate(shown.items())
    ]
    source = ", ".join(f"c{index}" for index in range(len(types)))
    typed = f"SELECT {', '.join(outputs)} FROM ({sql}) AS given({source})"  # noqa: S608 - quoted
    return _write(connection, typed, keys, statement.compression.lower(), s3, bucket, prefix)[0]


def _write(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    keys: Sequence[str],
    compression: str,
    s3: "S3Client",
    bucket: str,
    prefix: str,
) -> tuple[Written, set[tuple[str | None, ...]]]:
    """Runs the query into files on disk, then puts them where they belong: a query that fails leaves nothing there."""
    (cache,) = connection.execute("SELECT value FROM duckdb_settings() WHERE name = 'temp_directory'").fetchone() or (
        "",
    )
    Path(cache).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        target = folder if keys else f"{folder}/data"
        partition = f", PARTITION_BY ({', '.join(map(name, keys))}), OVERWRITE" if keys else ""
        row = connection.execute(
            f"COPY ({sql}) TO {quote(target)} (FORMAT parquet, COMPRESSION {compression}{partition})"
        ).fetchone()
        rows = int(row[0]) if row else 0
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file()) if rows else []
        folders = {path: partition_values(str(path.parent.relative_to(folder))) if keys else () for path in files}
        if len(set(folders.values())) > MOST_PARTITIONS:
            told = f"Exceeded limit of {MOST_PARTITIONS} open writers for partitions/buckets"
            raise AthenaError("HIVE_TOO_MANY_OPEN_PARTITIONS", told)
        begun = dt.datetime.now(dt.UTC).strftime("%Y%m%d_%H%M%S")
        addresses = []
        for number, (path, values) in enumerate(folders.items()):
            inside = f"{partition_path(keys, values)}/" if keys else ""
            key = f"{prefix}{inside}{begun}_{number:05}_{uuid4()}"
            s3.upload_file(str(path), bucket, key)
            addresses.append(f"s3://{bucket}/{key}")
    return Written(rows, tuple(addresses)), set(folders.values())


def _fits(given: str, wanted: exp.DataType) -> bool:
    """Whether Trino takes a value of one type where another is declared: the same, or a wider one."""
    if given == '"NULL"':
        return True
    kind = exp.DataType.build(trino_type(given), dialect="trino")
    return _widens(kind, wanted)


def _widens(given: exp.DataType, wanted: exp.DataType) -> bool:
    if given.this in exp.DataType.TEXT_TYPES and wanted.this in exp.DataType.TEXT_TYPES:
        return True
    if given.this.name in _NUMBERS and wanted.this.name in _NUMBERS:
        return _NUMBERS.index(given.this.name) <= _NUMBERS.index(wanted.this.name)
    if given.this != wanted.this:
        return False
    inner = [_members(given), _members(wanted)]
    return len(inner[0]) == len(inner[1]) and all(map(_widens, *inner))


def _members(kind: exp.DataType) -> list[exp.DataType]:
    """An array's type, a row's types."""
    parts = [part.args.get("kind") if isinstance(part, exp.ColumnDef) else part for part in kind.expressions]
    return [part for part in parts if isinstance(part, exp.DataType)]
