"""Athena SQL (engine 3, Trino's dialect) to DuckDB's, so that local answers are those an account would give.

sqlglot translates; rules.py has what it leaves out or DuckDB understands otherwise. The rules need types
(`ts / 1000` is whole, `current_date - interval '7' day` is a date), which come from the Glue columns. Pure:
text in, text out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, TokenError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from local.query.engine import QueryError, near
from local.query.rules import RULES

Tables = Mapping[str, Mapping[str, str]]  # table -> column -> Glue type

PATH_COLUMN: Final = "$path"
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Translation:
    """`sql` for DuckDB, the tables it reads, and whether it asks for the hidden column `$path`."""

    sql: str
    tables: frozenset[str]
    wants_path: bool


def duckdb_type(glue_type: str) -> str:
    """`struct<a:string>` -> `STRUCT("a" TEXT)`."""
    return exp.DataType.build(glue_type, dialect="hive").sql("duckdb", identify=True)


def translate(sql: str, tables: Tables, database: str) -> Translation:
    """Raises QueryError for what is no single SELECT, a syntax error, or a table that is not there."""
    query = _parse(sql)
    read = _resolve_tables(query, tables, database)
    wants_path = any(column.name == PATH_COLUMN for column in query.find_all(exp.Column))
    _name_outputs(query)
    typed = _with_types(query, {table: tables[table] for table in read})
    _check_columns(typed, [name for table in read for name in tables[table]])
    for node in reversed(list(typed.walk(bfs=False))):  # children first
        rule = RULES.get(type(node))
        if rule is not None and (new := rule(node)) is not None:
            new.type = new.type or node.type
            node.replace(new)
    return Translation(typed.sql("duckdb", identify=True), frozenset(read), wants_path)


def _parse(sql: str) -> exp.Query:
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="athena") if statement is not None]
    except ParseError as error:
        first = error.errors[0]
        text = f"Syntax error at line {first['line']}, column {first['col']}"
        raise QueryError(f"{text}, near {first['highlight']!r}.") from None
    except TokenError as error:
        raise QueryError(f"Syntax error: {_ANSI.sub('', str(error)).splitlines()[0]}") from None
    if len(statements) != 1:
        raise QueryError("Give one SQL statement." if not statements else "One SQL statement at a time.")
    if not isinstance(statements[0], exp.Query):
        raise QueryError("The local engine answers SELECT; other statements work in an account (--account).")
    return statements[0]


def _resolve_tables(query: exp.Query, tables: Tables, database: str) -> set[str]:
    """Check every table and strip its database, since DuckDB has them all in one place."""
    ctes = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)}
    read: set[str] = set()
    for table in query.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise QueryError("Only tables can be read, no functions.")
        name = table.name.lower()
        if not table.db and name in ctes:
            continue
        if name not in tables or table.db.lower() not in ("", database):
            raise QueryError(f"There is no table {table.name!r} in {database}.{near(name, tables)}")
        read.add(name)
        if table.db:
            table.set("db", None)
            table.set("catalog", None)
    for column in query.find_all(exp.Column):  # penstock_dev.raw.ts
        if column.args.get("db") and column.db.lower() == database and column.table.lower() in read:
            column.set("db", None)
            column.set("catalog", None)
    return read


def _name_outputs(query: exp.Query) -> None:
    """Trino calls an expression without alias `_col0`, by position."""
    for index, projection in enumerate(query.selects):
        if not isinstance(projection, exp.Alias | exp.Column | exp.Star | exp.Dot):
            projection.replace(exp.alias_(projection.copy(), f"_col{index}"))


def _with_types(query: exp.Query, tables: Tables) -> exp.Expr:
    """Every column with its table before it, every node with its type, `*` as its columns."""
    columns: dict[str, object] = {
        table: {name: exp.DataType.build(kind, dialect="hive") for name, kind in given.items()}
        for table, given in tables.items()
    }
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
        raise QueryError(_ANSI.sub("", str(error)).splitlines()[0].rstrip(".") + ".") from None


def _check_columns(query: exp.Expr, known: Iterable[str]) -> None:
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
            raise QueryError(f"There is no column {column.name!r}.{near(column.name, known)}")
        if not isinstance(clause, exp.Order):
            raise QueryError(
                f"Column {column.name!r} cannot be resolved: Athena knows an alias in ORDER BY only,"
                " elsewhere its expression has to be repeated."
            )
