"""Athena SQL (engine 3, Trino's dialect) to DuckDB's, so that local answers are those an account would give.

sqlglot translates; rules.py has what it leaves out or DuckDB understands otherwise. The rules need types
(`ts / 1000` is whole, `current_date - interval '7' day` is a date), which come from the Glue columns. Pure:
a parsed query in, text out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from local.athena.catalog import CATALOG
from local.athena.errors import AthenaError, unknown_column
from local.athena.rules import RULES

Tables = Mapping[str, Mapping[str, exp.DataType]]  # table -> column -> type

PATH_COLUMN: Final = "$path"
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Translation:
    """`sql` for DuckDB, the tables and views it reads, and the ones of its outputs that nobody named."""

    sql: str
    tables: frozenset[str]
    unnamed: tuple[int, ...]


def translate(query: exp.Query, tables: Tables, database: str) -> Translation:
    """Raises AthenaError for a table or column that is not there."""
    query = query.copy()
    read = _resolve_tables(query, tables, database)
    unnamed = _name_outputs(query)
    typed = _with_types(query, {table: tables[table] for table in read})
    _check_columns(typed)
    for node in reversed(list(typed.walk(bfs=False))):  # children first
        rule = RULES.get(type(node))
        if rule is not None and (new := rule(node)) is not None:
            new.type = new.type or node.type
            node.replace(new)
    return Translation(typed.sql("duckdb", identify=True), frozenset(read), unnamed)


def _resolve_tables(query: exp.Query, tables: Tables, database: str) -> set[str]:
    """Check every table and strip its database, since DuckDB has them all in one place."""
    ctes = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)}
    read: set[str] = set()
    for table in query.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise AthenaError("FUNCTION_NOT_FOUND", "Only tables can be read, no functions")
        name = table.name.lower()
        if not table.db and name in ctes:
            continue
        if table.db.lower() not in ("", database):
            raise AthenaError("SCHEMA_NOT_FOUND", f"{_where(table.args['db'])}Schema '{table.db}' does not exist")
        if name not in tables:
            told = f"{_where(table.this)}Table '{CATALOG}.{database}.{name}' does not exist"
            raise AthenaError("TABLE_NOT_FOUND", told)
        read.add(name)
        if table.db:
            table.set("db", None)
            table.set("catalog", None)
    for column in query.find_all(exp.Column):  # penstock_dev.raw.ts
        if column.args.get("db") and column.db.lower() == database and column.table.lower() in read:
            column.set("db", None)
            column.set("catalog", None)
    return read


def _name_outputs(query: exp.Query) -> tuple[int, ...]:
    """Trino calls an expression without alias `_col0`, by position; returns the places of those."""
    unnamed = []
    for index, projection in enumerate(query.selects):
        if not isinstance(projection, exp.Alias | exp.Column | exp.Star | exp.Dot):
            projection.replace(exp.alias_(projection.copy(), f"_col{index}"))
            unnamed.append(index)
    return tuple(unnamed)


def _with_types(query: exp.Query, tables: Tables) -> exp.Expr:
    """Every column with its table before it, every node with its type, `*` as its columns."""
    columns: dict[str, object] = {table: dict(given) for table, given in tables.items()}
    schema = MappingSchema(columns, dialect="athena")
    try:
        typed = qualify(
            query,
            schema=schema,
            dialect="athena",
            expand_alias_refs=False,
            validate_qualify_columns=False,
            quote_identifiers=False,
        )
        return annotate_types(typed, schema=schema, dialect="athena")
    except OptimizeError as error:
        raise AthenaError("SYNTAX_ERROR", _ANSI.sub("", str(error)).splitlines()[0]) from None


def _check_columns(query: exp.Expr) -> None:
    """A column that no table before it has: unknown, or a SELECT's alias where Athena does not know those.

    DuckDB knows them in WHERE, GROUP BY and HAVING too; Athena, in ORDER BY only, would refuse the query.
    """
    for column in query.find_all(exp.Column):
        if column.table or column.name == PATH_COLUMN:
            continue
        select = column.find_ancestor(exp.Query)
        aliases = {projection.alias_or_name for projection in select.selects} if select else set()
        clause = column.find_ancestor(exp.Where, exp.Group, exp.Having, exp.Order, exp.Query)
        if column.name not in aliases or isinstance(clause, exp.Query):
            raise unknown_column(column.name, _where(column.this))
        if not isinstance(clause, exp.Order):
            hint = ": Athena knows an alias in ORDER BY only, elsewhere its expression has to be repeated"
            raise unknown_column(column.name, _where(column.this), hint)


def _where(identifier: exp.Expr) -> str:
    """`line 1:8: `, where the text is that was not understood."""
    meta = identifier.meta
    return f"line {meta['line']}:{meta['col'] - meta['end'] + meta['start']}: " if "line" in meta else ""
