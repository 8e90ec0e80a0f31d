"""Names, texts and types as DuckDB's SQL writes them."""

from sqlglot import exp


def quote(value: str) -> str:
    """A text's literal."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """An identifier."""
    return '"' + value.replace('"', '""') + '"'


def type_text(kind: exp.DataType) -> str:
    """`struct<a:string>` of Glue -> `STRUCT("a" TEXT)`."""
    return kind.sql("duckdb", identify=True)
