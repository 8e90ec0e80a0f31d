"""The statements of the compaction, in Athena's dialect. Pure: days and partitions in, text out.

An event belongs to the UTC day of its `ts`, and of copies with the same `eid` the one that came first counts. A copy
that was sent again can have another `ts` by what its ways through the network differed, and one without a client's
clock has the time of its arrival: hence the days to each side, and the last days of arrival, where copies are looked
for (`near`).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from lambdas.lake.views import create

# Athena's INSERT writes into as many partitions at most.
# https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html
MOST_PARTITIONS: Final = 100
# Days before an arrival in which its copies are looked for, whatever their `ts`.
LOOK_BACK_DAYS: Final = 3
# A range of days goes over gaps of so many.
GAP_DAYS: Final = 7

# Total for whatever number stands there: 0 to the year 9999. Anything else would fail a whole day.
_DAY: Final = "CAST(date(from_unixtime(greatest(least(ts, 253402300799999), 0) / 1000)) AS varchar)"
# Trino refuses a partition whose name has other characters than these, and S3 keys of more than 1,024 bytes.
_SITE: Final = "CASE WHEN regexp_like(si, '^[ -~]+$') THEN si ELSE substr(url_encode(si), 1, 255) END"
_IS_EVENT: Final = "eid IS NOT NULL AND si IS NOT NULL AND ts IS NOT NULL"

Partition = tuple[str, str]  # si, dt


def columns(raw_columns: Iterable[str]) -> tuple[str, ...]:
    """The columns of `events`: those of `raw`, the partition keys last."""
    return (*(name for name in raw_columns if name != "si"), "si", "dt")


def plan(day: str) -> str:
    """Which partitions the lines that arrived on `day` belong to, with how many lines each."""
    return (
        f"SELECT {_SITE} AS site, {_DAY} AS day, count(*) AS lines FROM raw "  # noqa: S608 - days are dates
        f"WHERE dt = '{day}' AND {_IS_EVENT} GROUP BY 1, 2 ORDER BY 1, 2"
    )


def chunks(partitions: Sequence[Partition]) -> list[Sequence[Partition]]:
    """As many at once as one INSERT may write."""
    return [partitions[i : i + MOST_PARTITIONS] for i in range(0, len(partitions), MOST_PARTITIONS)]


def insert(raw_columns: Sequence[str], day: str, partitions: Sequence[Partition]) -> str:
    """The lines that arrived on `day` into these partitions of `events`, but those that are there already."""
    names = _names("arrived", columns(raw_columns))
    wanted = " OR ".join(
        f"(arrived.si = {_text(site)} AND arrived.dt IN ({_texts(dt for si, dt in partitions if si == site)}))"
        for site in sorted({si for si, _ in partitions})
    )
    known = _one_of(near({dt for _, dt in partitions} | set(_days(day, -LOOK_BACK_DAYS, 0))))
    return (
        f"INSERT INTO events\nSELECT {names}\n"  # noqa: S608 - days are dates, texts are quoted
        f"FROM ({_arrived(raw_columns, '=', day)}) AS arrived\n"
        f"LEFT JOIN (SELECT eid FROM events WHERE {known}) AS known ON known.eid = arrived.eid\n"
        f"WHERE arrived.copy = 1 AND known.eid IS NULL\nAND ({wanted})"
    )


def all_events(raw_columns: Sequence[str], first_day: str, also: Iterable[str] = ()) -> str:
    """The statement that makes the view: compacted days, and the raw lines that arrived since `first_day`.

    Of a line that is in both the one in `events` counts: looked for in the days from `first_day` less LOOK_BACK_DAYS
    and one, and in the days `also`, which an arrival since `first_day` wrote to.
    """
    names = columns(raw_columns)
    (since,) = _days(first_day, -LOOK_BACK_DAYS - 1, -LOOK_BACK_DAYS - 1)
    older = [day for day in near(also) if day < since]
    known = f"dt >= '{since}'" + (f" OR {_one_of(older)}" if older else "")
    return create(
        "all_events",
        f"SELECT {_names('events', names)}\nFROM events\nUNION ALL\n"  # noqa: S608 - days are dates
        f"SELECT {_names('arrived', names)}\n"
        f"FROM ({_arrived(raw_columns, '>=', first_day)}) AS arrived\n"
        f"LEFT JOIN (SELECT eid FROM events WHERE {known}) AS known ON known.eid = arrived.eid\n"
        "WHERE arrived.copy = 1 AND known.eid IS NULL",
    )


def near(days: Iterable[str]) -> list[str]:
    """These days and those beside them."""
    return sorted({beside for day in days for beside in _days(day, -1, 1)})


def _arrived(raw_columns: Sequence[str], compare: str, day: str) -> str:
    """Raw lines as rows of `events`; of those with one eid the first has `copy` 1."""
    own = _names("raw", (name for name in raw_columns if name != "si"))
    return (
        f"SELECT {own}, {_SITE} AS si, {_DAY} AS dt, "  # noqa: S608 - names of columns
        "row_number() OVER (PARTITION BY eid ORDER BY received_at, ts, raw.si) AS copy "
        f"FROM raw WHERE raw.dt {compare} '{day}' AND {_IS_EVENT}"
    )


def _names(table: str, names: Iterable[str]) -> str:
    return ", ".join(f'{table}."{name}"' for name in names)


def _days(day: str, first: int, last: int) -> list[str]:
    """From `first` to `last` days after `day`, as far as the calendar goes."""
    middle = date.fromisoformat(day)
    return [
        str(middle + timedelta(days=days))
        for days in range(first, last + 1)
        if 1 <= middle.toordinal() + days <= date.max.toordinal()
    ]


def _one_of(days: Sequence[str]) -> str:
    """A condition that is true for these days, as few ranges of them: a statement has 262,144 characters at most, and
    clients may claim any time. Days between two that are near each other are in it too."""
    ranges: list[list[str]] = []
    for day in days:
        if ranges and date.fromisoformat(day) - date.fromisoformat(ranges[-1][1]) <= timedelta(days=GAP_DAYS):
            ranges[-1][1] = day
        else:
            ranges.append([day, day])
    return " OR ".join(f"dt BETWEEN '{first}' AND '{last}'" for first, last in ranges)


def _texts(values: Iterable[str]) -> str:
    return ", ".join(map(_text, sorted(set(values))))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
