"""Glue's tables and views, as the engine sees them."""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlglot import exp

from lambdas.lake import hive
from local.athena.errors import AthenaError

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import StorageDescriptorOutputTypeDef, TableTypeDef

CATALOG: Final = "awsdatacatalog"
NULL_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"
_FORMATS: Final[Mapping[str, Literal["json", "parquet"]]] = {
    "org.openx.data.jsonserde.JsonSerDe": "json",
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": "parquet",
}
_LOCATION: Final = re.compile(r"s3://([^/]+)/(.*)")
_VIEW: Final = re.compile(r"/\* Presto View: (.*) \*/")
# Hive's types are fewer than Trino's, and Athena keeps the columns of views and of new tables in Hive's.
_NOT_IN_HIVE: Final = re.compile(r"with time zone|^json|\bjson\b|interval|^time\b|uuid")


@dataclass(frozen=True)
class View:
    """The query of a view, and its columns in Trino's types."""

    name: str
    sql: str
    types: Mapping[str, exp.DataType]


@dataclass(frozen=True)
class Table:
    """A table of files; `types` in order, the partition keys last; `location` is bucket and prefix with its slash."""

    name: str
    format: Literal["json", "parquet"]
    types: Mapping[str, exp.DataType]
    keys: tuple[str, ...]
    location: tuple[str, str]
    projected: bool
    storage: "StorageDescriptorOutputTypeDef"

    @property
    def columns(self) -> tuple[str, ...]:
        """Without the partition keys."""
        return tuple(name for name in self.types if name not in self.keys)


class Catalog:
    """One Glue database. What it has is asked anew for each query."""

    def __init__(self, glue: "GlueClient", database: str) -> None:
        self._glue = glue
        self.database = database

    def relations(self) -> dict[str, Table | View | None]:
        """By name; None is a table that this engine cannot read."""
        try:
            pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=self.database)
            return {table["Name"]: _relation(table) for page in pages for table in page["TableList"]}
        except self._glue.exceptions.EntityNotFoundException:
            raise AthenaError("SCHEMA_NOT_FOUND", f"Schema '{self.database}' does not exist") from None

    def partitions(self, table: Table) -> set[tuple[str | None, ...]]:
        """The registered partitions' values."""
        pages = self._glue.get_paginator("get_partitions").paginate(
            DatabaseName=self.database, TableName=table.name, ExcludeColumnSchema=True
        )
        found = set()
        for page in pages:
            for partition in page["Partitions"]:
                values = tuple(None if value == NULL_PARTITION else value for value in partition["Values"])
                at = partition.get("StorageDescriptor", {}).get("Location", "").rstrip("/")
                if at != partition_location(table, values):
                    raise AthenaError("HIVE_INVALID_METADATA", f"Partition {values} of {table.name} lies at {at}")
                found.add(values)
        return found

    def add_partitions(self, table: Table, partitions: Iterable[tuple[str | None, ...]]) -> None:
        """Registers those that are not yet."""
        new = [
            {
                "Values": [NULL_PARTITION if value is None else value for value in values],
                "StorageDescriptor": {**table.storage, "Location": partition_location(table, values)},
            }
            for values in sorted(set(partitions) - self.partitions(table), key=str)
        ]
        for begin in range(0, len(new), 100):  # the API's limit
            answer = self._glue.batch_create_partition(
                DatabaseName=self.database,
                TableName=table.name,
                PartitionInputList=new[begin : begin + 100],  # type: ignore[arg-type] # of the API's own answer
            )
            failed = [error.get("ErrorDetail", {}) for error in answer.get("Errors", [])]
            if any(error.get("ErrorCode") != "AlreadyExistsException" for error in failed):
                raise AthenaError("HIVE_METASTORE_ERROR", f"Partitions were not created: {failed[0]}")

    def put_view(self, name: str, sql: str, types: Mapping[str, str], *, replace: bool) -> None:
        """Stores a view as Athena does, so that Trino with this metastore reads it too; `types` are Trino's."""
        for column, kind in types.items():
            if _NOT_IN_HIVE.search(kind):
                raise AthenaError("NOT_SUPPORTED", f"Unsupported Hive type: {kind} (column '{column}')")
        stored = {
            "originalSql": sql,
            "catalog": CATALOG,
            "schema": self.database,
            "columns": [{"name": column, "type": kind} for column, kind in types.items()],
            "runAsInvoker": True,
        }
        text = base64.b64encode(json.dumps(stored, ensure_ascii=False).encode()).decode()
        given: Any = {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            # The emulator gives "" where there is none, which Trino takes for the comment by which it knows a view.
            "Description": "Presto View",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "ViewOriginalText": f"/* Presto View: {text} */",
            "ViewExpandedText": "/* Presto View */",
            "PartitionKeys": [],
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": hive_type(kind)} for column, kind in types.items()],
                "Location": "",
                "SerdeInfo": {},
            },
        }
        try:
            if not replace:
                self._glue.create_table(DatabaseName=self.database, TableInput=given)
                return
            before = self._glue.get_table(DatabaseName=self.database, Name=name)["Table"]
            if before.get("TableType") != "VIRTUAL_VIEW":
                raise AthenaError("TABLE_ALREADY_EXISTS", f"'{name}' is a table, and no view")
            self._glue.update_table(DatabaseName=self.database, TableInput=given)
        except self._glue.exceptions.AlreadyExistsException:
            raise AthenaError("TABLE_ALREADY_EXISTS", f"View already exists: '{self.database}.{name}'") from None
        except self._glue.exceptions.EntityNotFoundException:
            self._glue.create_table(DatabaseName=self.database, TableInput=given)

    def drop_view(self, name: str, *, exists: bool) -> None:
        """`exists` is the statement's IF EXISTS."""
        relation = self.relations().get(name)
        if isinstance(relation, View):
            self._glue.delete_table(DatabaseName=self.database, Name=name)
        elif not exists:
            raise AthenaError("TABLE_NOT_FOUND", f"View '{CATALOG}.{self.database}.{name}' does not exist")


def partition_path(keys: Sequence[str], values: Sequence[str | None]) -> str:
    """`si=shop/dt=2026-11-20`, as Hive names folders."""
    names = [NULL_PARTITION if value is None else hive.folder(value) for value in values]
    return "/".join(f"{key}={name}" for key, name in zip(keys, names, strict=True))


def partition_values(path: str) -> tuple[str | None, ...]:
    """The reverse."""
    names = [part.partition("=")[2] for part in path.split("/")]
    return tuple(None if name == NULL_PARTITION else hive.value(name) for name in names)


def partition_location(table: Table, values: Sequence[str | None]) -> str:
    """Where the table's own INSERT puts a partition; without a slash at its end."""
    return f"s3://{table.location[0]}/{table.location[1]}{partition_path(table.keys, values)}"


def trino_type(duckdb_type: str) -> str:
    """`STRUCT(a VARCHAR)` -> `row(a varchar)`: how Trino names a column's type."""
    kind = exp.DataType.build(duckdb_type, dialect="duckdb")
    for part in [kind, *kind.find_all(exp.DataType)]:
        if part.this.name in ("INT128", "UINT128", "UBIGINT", "UINT", "USMALLINT", "UTINYINT"):
            part.set("this", exp.DType.BIGINT)
        elif part.this.name in ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"):
            part.set("this", exp.DType.TIMESTAMP)
    text = kind.sql("trino").lower()
    # Trino's functions give milliseconds.
    return re.sub(r"\btimestamp\b(?!\()", "timestamp(3)", text)


def hive_type(trino: str) -> str:
    """`row(a varchar)` -> `struct<a:string>`: how Glue names it."""
    text = exp.DataType.build(trino, dialect="trino").sql("hive").lower()
    return re.sub(r"timestamp\(\d+\)", "timestamp", text).replace(": ", ":").replace(", ", ",").replace("`", "")


def _relation(table: "TableTypeDef") -> Table | View | None:
    if view := _VIEW.fullmatch(table.get("ViewOriginalText", "")):
        stored = json.loads(base64.b64decode(view[1]))
        types = {column["name"]: exp.DataType.build(column["type"], dialect="trino") for column in stored["columns"]}
        return View(table["Name"], stored["originalSql"], types)
    storage = table.get("StorageDescriptor", {})
    kind = _FORMATS.get(storage.get("SerdeInfo", {}).get("SerializationLibrary", ""))
    location = _LOCATION.fullmatch(storage.get("Location", ""))
    if not kind or not location:
        return None
    keys = table.get("PartitionKeys", [])
    types = {
        column["Name"]: exp.DataType.build(column.get("Type", "string"), dialect="hive")
        for column in [*storage.get("Columns", []), *keys]
    }
    prefix = location[2] if location[2].endswith("/") or not location[2] else f"{location[2]}/"
    projected = table.get("Parameters", {}).get("projection.enabled", "").lower() == "true"
    return Table(
        table["Name"], kind, types, tuple(key["Name"] for key in keys), (location[1], prefix), projected, storage
    )
