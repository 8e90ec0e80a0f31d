"""DuckDB's values as the text Athena gives for them, so that both engines' rows are the same."""

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

# DuckDB's type -> Athena's name in a result. A sum of bigints is a bigint in Trino, a hugeint in DuckDB.
_NAMES: Final[Mapping[str, str]] = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",
    "UTINYINT": "bigint",
    "USMALLINT": "bigint",
    "UINTEGER": "bigint",
    "UBIGINT": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double",
    "DECIMAL": "decimal",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "INTERVAL": "interval day to second",
    "BLOB": "varbinary",
    "JSON": "json",
    "UUID": "uuid",
}


def athena_type(duckdb_type: str) -> str:
    """`STRUCT(a VARCHAR)` -> `row`; anything not known is text."""
    if duckdb_type.endswith("]"):
        return "array"
    name = duckdb_type.partition("(")[0]
    return {"STRUCT": "row", "MAP": "map"}.get(name) or _NAMES.get(name, "varchar")


def text(value: object, *, zoned: bool = False) -> str | None:
    """One cell; `zoned` for a timestamp with time zone, which comes here as UTC without one. None is NULL."""
    if value is None:
        return None
    return _text(value) + (" UTC" if zoned else "")


def _text(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return _double(value)
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            return value.isoformat(sep=" ", timespec="milliseconds")
        case dt.timedelta():
            return _interval(value)
        case bytes():
            return value.hex(" ")
        case list() | tuple():
            return f"[{', '.join(_text(one) for one in value)}]"
        case dict():
            return f"{{{', '.join(f'{key}={_text(one)}' for key, one in value.items())}}}"
        case _:
            return str(value)


def _double(value: float) -> str:
    """As Java prints a double: 5.0, 1.0E10, 1.5E-5."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = format(Decimal(repr(value)), "f")
        return plain if "." in plain else f"{plain}.0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    power = int(exponent) + len(digits) - 1
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{power}"


def _interval(value: dt.timedelta) -> str:
    sign = "-" if value < dt.timedelta() else ""
    value = abs(value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{sign}{value.days} {hours:02}:{minutes:02}:{seconds:02}.{value.microseconds // 1000:03}"
