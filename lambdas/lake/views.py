"""The views of `lake/views`: one file each, Athena's dialect, and how they become statements.

A file `lake/views/<name>.sql` is a header of `-- ` lines, then one SELECT:

    -- What one row is.
    -- reads: all_events
    -- scans: what a question costs: partitions and bytes
    -- column si varchar: Site
    select …

`reads` names every table and view that the SELECT reads, separated by commas; by it the views are put in order. There
is one `column` line for each column, in order.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

DIRECTORY: Final = Path(__file__).resolve().parents[2] / "lake" / "views"
# What views may read beside each other. `all_events` is a view too, made by lambdas/lake/sql.py.
TABLES: Final = frozenset({"raw", "events", "all_events"})

_FILE: Final = re.compile(
    r"(?P<about>(?:-- .*\n)+?)-- reads: (?P<reads>.+)\n-- scans: (?P<scans>.+(?:\n--   .+)*)\n"
    r"(?P<columns>(?:-- column .+\n)+)(?P<select>(?!--)[^;]+)"
)
_COLUMN: Final = re.compile(r"-- column (\w+) ([^:]+): (.+)")


class ViewInvalidError(Exception):
    """A file of lake/views is not of the form; the message names it."""


@dataclass(frozen=True)
class Column:
    """`type` as Athena's DESCRIBE of a query has it (`varchar`, `bigint`, `timestamp(3) with time zone`)."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class View:
    name: str
    about: str
    reads: tuple[str, ...]
    scans: str
    columns: tuple[Column, ...]
    select: str

    @property
    def create(self) -> str:
        return create(self.name, self.select)


def create(name: str, select: str) -> str:
    """The statement that makes the view, or takes the place of the one that is there."""
    return f'CREATE OR REPLACE VIEW "{name}" AS\n{select}'


def load(directory: Path = DIRECTORY) -> tuple[View, ...]:
    """All views, each after those it reads. Raises ViewInvalidError."""
    views = {path.stem: parse(path.stem, path.read_text("utf-8")) for path in sorted(directory.glob("*.sql"))}
    for view in views.values():
        if unknown := set(view.reads) - views.keys() - TABLES:
            raise ViewInvalidError(f"lake/views/{view.name}.sql reads {', '.join(sorted(unknown))}, which is no view.")
    order = TopologicalSorter({name: [read for read in views[name].reads if read in views] for name in views})
    try:
        return tuple(views[name] for name in order.static_order())
    except CycleError as error:
        raise ViewInvalidError(f"The views {' → '.join(error.args[1])} read each other.") from None


def parse(name: str, text: str) -> View:
    """Raises ViewInvalidError."""
    found = _FILE.fullmatch(text)
    if not found or not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in TABLES:
        raise ViewInvalidError(
            f"lake/views/{name}.sql is not of the form: `-- ` lines that say what a row is, `-- reads: …`, "
            "`-- scans: …`, one `-- column <name> <type>: <meaning>` per column, then one SELECT without semicolon."
        )
    return View(
        name,
        _text(found["about"]),
        tuple(_split(found["reads"])),
        _text("-- " + found["scans"]),
        tuple(_column(name, line) for line in found["columns"].splitlines()),
        found["select"].strip(),
    )


def _column(view: str, line: str) -> Column:
    found = _COLUMN.fullmatch(line)
    if not found:
        raise ViewInvalidError(f"lake/views/{view}.sql: write `-- column <name> <type>: <meaning>`, not `{line}`.")
    return Column(found[1], found[2], found[3])


def _text(lines: str) -> str:
    return " ".join(line.removeprefix("--").strip() for line in lines.splitlines())


def _split(names: str) -> Sequence[str]:
    return [name.strip() for name in names.split(",")]
