"""The questions that ship: files of `lake/queries`, `lake/features` and `lake/schema`, and what stands for their `?`.

A file is a header as a view's (lambdas/lake/views.py), with a line for each question mark in the SELECT, in order:

    -- parameter from varchar: First day, UTC, YYYY-MM-DD
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from lambdas.lake.views import Column
from local.query.engine import QueryError, near

LAKE: Final = Path(__file__).resolve().parents[2] / "lake"

_FILE: Final = re.compile(
    r"(?P<about>(?:-- .*\n)+?)-- reads: (?P<reads>.+)\n-- scans: (?P<scans>.+(?:\n--   .+)*)\n"
    r"(?P<parameters>(?:-- parameter .+\n)*)(?P<columns>(?:-- column .+\n)+)(?P<select>(?!--)[^;]+)"
)
_LINE: Final = re.compile(r"^-- (?:parameter|column) (\w+) ([^:]+): (.+)$", re.MULTILINE)
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Question:
    """`sql` has a `?` for each of `parameters`; `columns` are those of its rows."""

    name: str
    about: str
    reads: str
    scans: str
    parameters: tuple[Column, ...]
    columns: tuple[Column, ...]
    sql: str

    def literals(self, given: Mapping[str, str]) -> list[str]:
        """What stands for the question marks, as SQL writes it. Raises QueryError for one missing, unknown or wrong."""
        names = [one.name for one in self.parameters]
        if unknown := next((name for name in given if name not in names), None):
            raise QueryError(f"{self.name} has no parameter {unknown!r}.{near(unknown, names)}")
        if missing := [one for one in self.parameters if one.name not in given]:
            told = ", ".join(f"{one.name} ({one.meaning})" for one in missing)
            raise QueryError(f"{self.name} needs {told}.")
        return [_literal(one, given[one.name]) for one in self.parameters]


def load(name: str, folder: str = "queries") -> Question:
    """`lake/<folder>/<name>.sql`. Raises QueryError where there is none."""
    path = LAKE / folder / f"{name}.sql"
    if path.parent != LAKE / folder or not path.is_file():
        known = [question.stem for question in sorted((LAKE / folder).glob("*.sql"))]
        raise QueryError(f"There is no query {name!r}.{near(name, known) or ' There are ' + ', '.join(known) + '.'}")
    return parse(name, path.read_text("utf-8"))


def load_all(folder: str = "queries") -> list[Question]:
    return [load(path.stem, folder) for path in sorted((LAKE / folder).glob("*.sql"))]


def parse(name: str, text: str) -> Question:
    """Raises QueryError."""
    found = _FILE.fullmatch(text)
    if not found:
        raise QueryError(f"{name}.sql is not of the form that local/query/shipped.py says.")
    return Question(
        name,
        _text(found["about"]),
        found["reads"],
        _text(found["scans"]),
        _columns(found["parameters"]),
        _columns(found["columns"]),
        found["select"].strip(),
    )


def _columns(lines: str) -> tuple[Column, ...]:
    return tuple(Column(*line) for line in _LINE.findall(lines))


def _text(lines: str) -> str:
    return " ".join(line.removeprefix("--").strip() for line in lines.splitlines())


def _literal(parameter: Column, value: str) -> str:
    if parameter.name in ("from", "to"):
        try:
            date.fromisoformat(value)
        except ValueError:
            raise QueryError(f"{parameter.name}={value} is no day: write it as 2026-11-01.") from None
    if parameter.type == "varchar":
        return "'" + value.replace("'", "''") + "'"
    if not _NUMBER.fullmatch(value):
        raise QueryError(f"{parameter.name}={value} is no number.")
    return value
