"""Bad rows by reason, with examples, for a person to read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.query.engine import Engine
from local.stored.find import Row, by_days, quote

EXAMPLES: Final = 3
SHOWN: Final = 400


@dataclass(frozen=True)
class Count:
    """The rows of one reason; times in epoch ms."""

    reason: str
    rows: int
    first: int
    last: int

    def __add__(self, other: "Count") -> "Count":
        return Count(self.reason, self.rows + other.rows, min(self.first, other.first), max(self.last, other.last))


def counts(engine: Engine, reason: str, first: date | None, last: date | None) -> list[Count]:
    """By reason, most first; `reason` alone where it is given. Raises QueryError."""
    select = "SELECT reason, count(*), min(received_at), max(received_at) FROM bad WHERE "
    found: dict[str, Count] = {}
    for name, number, begin, end in by_days(
        engine,
        lambda days: f"{select}{days}{_only(reason)} GROUP BY reason",
        first,
        last,
    ):
        one = Count(name or "", int(number or 0), int(begin or 0), int(end or 0))
        found[one.reason] = found[one.reason] + one if one.reason in found else one
    return sorted(found.values(), key=lambda one: -one.rows)


def examples(engine: Engine, reason: str, first: date | None, last: date | None) -> dict[str, list[Row]]:
    """The newest few of each reason: `detail`, `received_at`, `request`."""
    columns = "reason, detail, received_at, request"
    newest = "row_number() OVER (PARTITION BY reason ORDER BY received_at DESC)"
    found: dict[str, list[Row]] = {}
    for row in by_days(
        engine,
        lambda days: (
            f"SELECT {columns} FROM (SELECT {columns}, {newest} AS place FROM bad WHERE {days}{_only(reason)}) "  # noqa: S608
            f"WHERE place <= {EXAMPLES}"
        ),
        first,
        last,
    ):
        found.setdefault(row[0] or "", []).append(row[1:])
    for rows in found.values():
        rows.sort(key=lambda row: -int(row[1] or 0))
        del rows[EXAMPLES:]
    return found


def show(console: Console, found: list[Count], shown: dict[str, list[Row]]) -> None:
    table = Table(header_style="bold")
    for title in ("reason", "rows", "first", "last"):
        table.add_column(title, justify="right" if title == "rows" else "left")
    for one in found:
        table.add_row(one.reason, f"{one.rows:,}", _time(one.first), _time(one.last))
    console.print(table)
    for one in found:
        console.print(Text(f"\n{one.reason}", style="bold"))
        for detail, received_at, request in shown.get(one.reason, []):
            console.print(Text(f"  {_time(int(received_at or 0))}  {detail}"))
            for line in _request(request or "{}"):
                console.print(Text(f"    {line}", style="dim"), soft_wrap=True)


def _request(text: str) -> Iterator[str]:
    try:
        request = json.loads(text)
        query = f"?{request['query']}" if request["query"] else ""
        yield _short(f"{request['method']} {request['path']}{query}")
        if agent := request["headers"].get("user-agent"):
            yield _short(agent)
        if request["body"]:
            yield _short(request["body"])
    except (ValueError, KeyError, TypeError, AttributeError):
        yield _short(text)


def _short(text: str) -> str:
    """On one line, without what a terminal would obey."""
    plain = "".join(character if character.isprintable() else "�" for character in text[: SHOWN + 1])
    return plain if len(plain) <= SHOWN else f"{plain[:SHOWN]}…"


def _only(reason: str) -> str:
    return f" AND reason = {quote(reason)}" if reason else ""


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
