"""DuckDB's errors as Athena's."""

import re
from typing import Final

from local.athena.errors import AthenaError, unknown_column

_UNKNOWN_COLUMN: Final = re.compile(r'Referenced column "([^"]+)" not found')
_UNKNOWN_FIELD: Final = re.compile(r'Could not find key "([^"]+)" in struct')
_UNKNOWN_FUNCTION: Final = re.compile(r"Function with name (\S+) does not exist")
_NOT_GROUPED: Final = re.compile(r'column "([^"]+)" must appear in the GROUP BY clause')
_QUOTED: Final = re.compile(r'"([^"]+)"')


def explain(message: str) -> AthenaError:
    """What Athena would say; where DuckDB knows names that were near, they follow."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    kind, _, told = lines[0].partition(" Error: ")
    what = told or lines[0]
    hints = _QUOTED.findall(" ".join(line for line in lines[1:] if line.startswith(("Candidate", "Did you mean"))))
    hint = f" Did you mean {' or '.join(repr(one) for one in hints[:3])}?" if hints else ""
    if unknown := _UNKNOWN_COLUMN.search(what) or _UNKNOWN_FIELD.search(what):
        return unknown_column(unknown[1], hint=f".{hint}" if hint else "")
    if unknown := _UNKNOWN_FUNCTION.search(what):
        return AthenaError("FUNCTION_NOT_FOUND", f"Function '{unknown[1]}' not registered.{hint}")
    if unknown := _NOT_GROUPED.search(what):
        told = f"'{unknown[1]}' must be an aggregate expression or appear in GROUP BY clause"
        return AthenaError("EXPRESSION_NOT_AGGREGATE", told)
    if "Division by zero" in what:
        return AthenaError("DIVISION_BY_ZERO", "Division by zero")
    if "integer overflow" in what:
        return AthenaError("INVALID_FUNCTION_ARGUMENT", "integer overflow")
    if kind == "Conversion":
        return AthenaError("INVALID_CAST_ARGUMENT", what)
    if kind == "Out of Range":
        return AthenaError("NUMERIC_VALUE_OUT_OF_RANGE", what)
    return AthenaError("SYNTAX_ERROR" if kind in ("Binder", "Parser", "Catalog") else "GENERIC_USER_ERROR", what)
