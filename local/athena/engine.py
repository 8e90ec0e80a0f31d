"""Athena's answers without Athena: DuckDB in this process over the objects in the emulator's S3.

Why not the emulator's own Athena, which is DuckDB too: it infers the columns from the data (`props` comes as
a struct of whatever keys were seen, a column absent from the files is unknown), while real Athena gives the
columns declared in Glue. Here the Glue table as deployed decides names, types and partitions.
"""

import fnmatch
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
from sqlglot import exp

from local.athena.catalog import Catalog, Table, View, hive_type, partition_path, trino_type
from local.athena.dialect import PATH_COLUMN, Translation, translate
from local.athena.errors import AthenaError, LimitError
from local.athena.explain import explain
from local.athena.objects import StoredObject, fetch, list_objects
from local.athena.render import athena_type, text
from local.athena.scan import bytes_read, empty_view, hive_options, scans
from local.athena.statements import CreateView, DropView, Insert, Select, Show, Statement, Unload, parse
from local.athena.text import name, quote, type_text
from local.athena.write import Written, insert, unload

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

_MACROS: Final = Path(__file__).with_name("macros.sql")
_ZONED: Final = "TIMESTAMP WITH TIME ZONE"

Rows = tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class Column:
    """A column of an answer; `type` is Athena's name for it (`bigint`, `varchar`, `array` …)."""

    name: str
    type: str


@dataclass(frozen=True)
class Answer:
    """Rows as Athena gives them, text or None; what was written, where something was."""

    columns: tuple[Column, ...] = ()
    rows: Rows = ()
    bytes_scanned: int = 0
    written: Written | None = None


class Engine:
    """Runs one statement at a time. `cache` is this engine's own folder, for the objects it has read."""

    def __init__(self, glue: "GlueClient", s3: "S3Client", *, cache: Path) -> None:
        self._glue = glue
        self._s3 = s3
        self._cache = cache
        self._running: duckdb.DuckDBPyConnection | None = None

    def run(self, statement: Statement, database: str, *, most_bytes: int | None = None) -> Answer:
        """`most_bytes` is what the workgroup lets a query scan. Raises AthenaError and LimitError."""
        catalog = Catalog(self._glue, database)
        try:
            match statement:
                case Select(query):
                    with self._prepared(catalog, query, most_bytes) as ready:
                        columns, rows = _answer(ready.connection, ready.translation.sql)
                        return Answer(columns, rows, ready.bytes_scanned)
                case CreateView():
                    with self._prepared(catalog, statement.query, most_bytes) as ready:
                        types = _output_types(ready)
                    shown = {column: trino_type(kind) for column, kind in types.items()}
                    catalog.put_view(statement.name, statement.sql, shown, replace=statement.replace)
                    return Answer()
                case DropView():
                    catalog.drop_view(statement.name, exists=statement.exists)
                    return Answer()
                case Insert():
                    with self._prepared(catalog, statement.query, most_bytes) as ready:
                        table = _table(catalog.relations(), statement.table)
                        described = [kind for _, kind in _describe(ready.connection, ready.translation.sql)]
                        written = insert(
                            ready.connection,
                            ready.translation.sql,
                            described,
                            table=table,
                            columns=statement.columns,
                            catalog=catalog,
                            s3=self._s3,
                        )
                        rows = ((str(written.rows),),)
                        return Answer((Column("rows", "bigint"),), rows, ready.bytes_scanned, written)
                case Unload():
                    with self._prepared(catalog, statement.query, most_bytes) as ready:
                        written = unload(
                            ready.connection, ready.translation.sql, _output_types(ready), statement, self._s3
                        )
                        return Answer((), (), ready.bytes_scanned, written)
                case Show():
                    return _show(catalog, statement)
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise explain(str(error)) from None

    def interrupt(self) -> None:
        """Ends what runs."""
        if running := self._running:
            running.interrupt()

    @contextmanager
    def _prepared(self, catalog: Catalog, query: exp.Query, most_bytes: int | None) -> Iterator["_Ready"]:
        """A connection in which the query can be run, what it reads fetched; the bytes are counted."""
        relations = catalog.relations()
        translation, views = _resolve(query, relations, catalog.database)
        read = {one for part in (translation, *views.values()) for one in part.tables}
        tables = {one: _table(relations, one) for one in sorted(read - views.keys())}
        objects = {one: self._objects(catalog, table) for one, table in tables.items()}
        with self._connect(views, [self._empty(table, objects[one]) for one, table in tables.items()]) as planning:
            found = list(scans(planning, translation.sql, tables, objects))
            needed = {one: {stored for scan in found if scan.table == one for stored in scan.objects} for one in tables}
            for stored in needed.values():
                fetch(self._s3, stored)
            scanned = sum(bytes_read(planning, tables[scan.table], scan) for scan in found)
        if most_bytes is not None and scanned > most_bytes:
            raise LimitError
        wants_path = PATH_COLUMN in translation.sql or any(PATH_COLUMN in view.sql for view in views.values())
        sources = [
            self._view(table, sorted(needed[one], key=lambda stored: stored.key), wants_path)
            for one, table in tables.items()
        ]
        with self._connect(views, sources) as connection:
            self._running = connection
            try:
                yield _Ready(connection, translation, scanned)
            finally:
                self._running = None

    @contextmanager
    def _connect(self, views: Mapping[str, Translation], sources: list[str]) -> Iterator[duckdb.DuckDBPyConnection]:
        """DuckDB set up as Athena, with the tables' views, then the views over them."""
        self._cache.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.execute("SET TimeZone = 'UTC'; SET integer_division = true")
            connection.execute(f"SET temp_directory = {quote(str(self._cache / '.tmp'))}")
            connection.execute(_MACROS.read_text("utf-8"))
            for source in sources:
                connection.execute(source)
            # From here on a query may read and write the cache and nothing else of this machine.
            connection.execute(f"SET allowed_directories = [{quote(str(self._cache))}]")
            connection.execute("SET enable_external_access = false; SET lock_configuration = true")
            for view, translation in views.items():
                connection.execute(f"CREATE VIEW {name(view)} AS {translation.sql}")
            yield connection

    def _objects(self, catalog: Catalog, table: Table) -> tuple[StoredObject, ...]:
        registered = catalog.partitions(table) if table.keys and not table.projected else None
        return list_objects(self._s3, table, registered, self._cache)

    def _empty(self, table: Table, objects: tuple[StoredObject, ...]) -> str:
        return empty_view(table, objects, self._cache / ".plan", PATH_COLUMN) if objects else _nothing(table)

    def _view(self, table: Table, objects: list[StoredObject], wants_path: bool) -> str:
        """The columns as declared: JSON read as OpenX's SerDe does, torn lines as rows of nulls; Parquet by names."""
        if not objects:
            return _nothing(table)
        outputs = [name(column) for column in table.types]
        files = f"[{', '.join(quote(str(stored.file)) for stored in objects)}]"
        options = f"filename = {wants_path}, {hive_options(table)}"
        if table.format == "json":
            columns = ", ".join(f"{quote(column)}: {quote(type_text(table.types[column]))}" for column in table.columns)
            source = (
                f"read_json({files}, columns = {{{columns}}}, format = 'newline_delimited', ignore_errors = true, "
                f"{options})"
            )
        else:
            source = f"read_parquet({files}, union_by_name = true, {options})"
            with duckdb.connect() as probe:
                there = dict(_describe(probe, f"SELECT * FROM {source}"))  # noqa: S608 - quoted
            outputs = [_as_declared(column, there.get(column), kind) for column, kind in table.types.items()]
        if wants_path:
            key = f"regexp_replace(filename[{len(str(self._cache)) + 2}:], '\\.[^.]*$', '')"
            outputs.append(f"'s3://' || {key} AS {name(PATH_COLUMN)}")
        return f"CREATE VIEW {name(table.name)} AS SELECT {', '.join(outputs)} FROM {source}"  # noqa: S608 - quoted


@dataclass(frozen=True)
class _Ready:
    connection: duckdb.DuckDBPyConnection
    translation: Translation
    bytes_scanned: int


def _resolve(
    query: exp.Query, relations: Mapping[str, Table | View | None], database: str
) -> tuple[Translation, dict[str, Translation]]:
    """The query for DuckDB, and the views it reads, each after those it reads itself."""
    types = {one: relation.types if relation else {} for one, relation in relations.items()}
    views: dict[str, Translation] = {}

    def add(translation: Translation, within: tuple[str, ...]) -> None:
        for one in sorted(translation.tables):
            view = relations[one]
            if not isinstance(view, View) or one in views:
                continue
            if one in within:
                raise AthenaError("VIEW_IS_RECURSIVE", f"View '{one}' reads itself")
            parsed = parse(view.sql)
            assert isinstance(parsed, Select)
            try:
                inner = translate(parsed.query, types, database)
            except AthenaError as error:
                told = str(error).partition(": ")[2]
                raise AthenaError("INVALID_VIEW", f"Failed analyzing stored view '{database}.{one}': {told}") from None
            add(inner, (*within, one))
            views[one] = inner

    translation = translate(query, types, database)
    add(translation, ())
    return translation, views


def _table(relations: Mapping[str, Table | View | None], wanted: str) -> Table:
    relation = relations.get(wanted)
    if isinstance(relation, View):
        raise AthenaError("NOT_SUPPORTED", f"'{wanted}' is a view: only tables can be written")
    if relation is None:
        known = wanted in relations
        told = f"Table '{wanted}' " + ("is neither JSON nor Parquet in S3" if known else "does not exist")
        raise AthenaError("NOT_SUPPORTED" if known else "TABLE_NOT_FOUND", told)
    return relation


def _nothing(table: Table) -> str:
    columns = [f"CAST(NULL AS {type_text(kind)}) AS {name(column)}" for column, kind in table.types.items()]
    columns.append(f"CAST(NULL AS VARCHAR) AS {name(PATH_COLUMN)}")
    return f"CREATE VIEW {name(table.name)} AS SELECT {', '.join(columns)} WHERE false"


def _as_declared(column: str, there: str | None, kind: exp.DataType) -> str:
    if there is None:
        return f"CAST(NULL AS {type_text(kind)}) AS {name(column)}"
    if exp.DataType.build(there, dialect="duckdb") == kind:
        return name(column)
    return f"CAST({name(column)} AS {type_text(kind)}) AS {name(column)}"


def _describe(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, str]]:
    """Name and DuckDB's type of each column that a query gives."""
    return [(str(column), str(kind)) for column, kind, *_ in connection.execute(f"DESCRIBE {sql}").fetchall()]


def _output_types(ready: _Ready) -> dict[str, str]:
    """DuckDB's types by name, for what shall be stored: there each column needs a name of its own."""
    described = _describe(ready.connection, ready.translation.sql)
    if ready.translation.unnamed:
        place = ready.translation.unnamed[0] + 1
        raise AthenaError("MISSING_COLUMN_NAME", f"Column name not specified at position {place}")
    names = [column.lower() for column, _ in described]
    if twice := next((column for column in names if names.count(column) > 1), None):
        raise AthenaError("DUPLICATE_COLUMN_NAME", f"Column name '{twice}' specified more than once")
    return {column.lower(): kind for column, kind in described}


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[tuple[Column, ...], Rows]:
    described = _describe(connection, sql)
    columns = tuple(Column(column, athena_type(kind)) for column, kind in described)
    zoned = [kind == _ZONED for _, kind in described]
    # Times with a zone are fetched without it, since DuckDB's client wants another library for them.
    plain = ", ".join(
        f"CAST(c{index} AS {kind.replace(_ZONED, 'TIMESTAMP')})" if _ZONED in kind else f"c{index}"
        for index, (_, kind) in enumerate(described)
    )
    names = ", ".join(f"c{index}" for index in range(len(described)))
    rows = connection.execute(
        f"SELECT {plain} FROM ({sql}) AS answer({names})"  # noqa: S608 - the person's own query
    ).fetchall()
    return columns, tuple(
        tuple(text(value, zoned=zone) for value, zone in zip(row, zoned, strict=True)) for row in rows
    )


def _show(catalog: Catalog, statement: Show) -> Answer:
    relations = catalog.relations()
    if statement.what in ("SHOW TABLES", "SHOW VIEWS"):
        names = [one for one, found in relations.items() if statement.what == "SHOW TABLES" or isinstance(found, View)]
        kept = sorted(one for one in names if fnmatch.fnmatchcase(one, statement.name or "*"))
        return Answer((Column("tab_name", "string"),), tuple((one,) for one in kept))
    if statement.name not in relations:
        raise AthenaError("TABLE_NOT_FOUND", f"Table '{catalog.database}.{statement.name}' does not exist")
    if statement.what == "SHOW PARTITIONS":
        table = _table(relations, statement.name)
        values = catalog.partitions(table)
        paths = sorted(partition_path(table.keys, one) for one in values)
        return Answer((Column("partition", "string"),), tuple((path,) for path in paths))
    relation = relations[statement.name]
    types = relation.types if relation else {}
    if statement.what == "SHOW COLUMNS":
        return Answer((Column("field", "string"),), tuple((column,) for column in types))
    rows = tuple((column, hive_type(kind.sql("trino")), "") for column, kind in types.items())
    return Answer((Column("col_name", "string"), Column("data_type", "string"), Column("comment", "string")), rows)
