"""The statements of the compaction, in Athena's dialect. Pure: days and partitions in, text out.

An event belongs to the UTC day of its `ts`, and of copies with the same `eid` the one that came first counts. A copy
that was sent again can have another `ts` by what its ways through the network differed, and one without a client's
clock has the time of its arrival: hence the days to each side, and the last days of arrival, where copies are looked
for (`near`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from lambdas.lake.views import create

# Athena's INSERT writes into as many partitions at most.
# https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html
MOST_PARTITIONS: Final = 100
# Lines that one INSERT takes in, of all its partitions together: it holds them all in memory to find repeats and to put
# them in order, and of one partition on one worker. Athena would find more memory for most days, but not for any day.
MOST_LINES: Final = 1_000_000
# Days before an arrival in which its copies are looked for, whatever their `ts`.
LOOK_BACK_DAYS: Final = 3
# A range of days goes over gaps of so many.
GAP_DAYS: Final = 7

# Total for whatever number stands there: 0 to the year 9999. Anything else would fail a whole day.
_DAY: Final = "CAST(date(from_unixtime(greatest(least(ts, 253402300799999), 0) / 1000)) AS varchar)"
# Trino refuses a partition whose name has other characters than these, and S3 keys of more than 1,024 bytes.
_SITE: Final = "CASE WHEN regexp_like(si, '^[ -~]+$') THEN si ELSE substr(url_encode(si), 1, 255) END"
_IS_EVENT: Final = "eid IS NOT NULL AND si IS NOT NULL AND ts IS NOT NULL"

# A visitor's events side by side in a file: ids, country and campaign then repeat, and take half the bytes. INSERT
# drops an ORDER BY, since a table has no order; the rows of a window function come, and are written, in the window's.
# https://trino.io/docs/current/sql/select.html#order-by-clause
_ORDER: Final = "uid, ts"
ALL_DAY: Final = ("00", "23")

Partition = tuple[str, str]  # si, dt


@dataclass(frozen=True)
class Slice:
    """What one INSERT writes: lines that arrived from the first to the last of these hours, into these partitions."""

    partitions: Sequence[Partition]
    hours: tuple[str, str] = ALL_DAY


def columns(raw_columns: Iterable[str]) -> tuple[str, ...]:
    """The columns of `events`: those of `raw`, the partition keys last."""
    return (*(name for name in raw_columns if name != "si"), "si", "dt")


def plan(day: str) -> str:
    """Which partitions the lines that arrived on `day` belong to, and how many lines in which hour."""
    return (
        f"SELECT {_SITE} AS site, {_DAY} AS day, hour, count(*) AS lines FROM raw "  # noqa: S608 - days are dates
        f"WHERE dt = '{day}' AND {_IS_EVENT} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )


def slices(planned: Sequence[Sequence[str | None]]) -> list[Slice]:
    """One for each INSERT, from the plan's rows: with MOST_PARTITIONS at most and about MOST_LINES at most.

    A partition is in one of them, hence one file, unless it alone has more lines: then each has some of its hours.
    """
    hours: dict[Partition, dict[str, int]] = defaultdict(dict)
    for site, day, hour, count in planned:
        if site and day:
            hours[site, day][str(hour)] = int(count or 0)
    found = [Slice([partition], span) for partition in hours for span in _spans(hours[partition])]
    small: list[Partition] = []
    lines = 0
    for partition, counts in hours.items():
        more = sum(counts.values())
        if more > MOST_LINES:
            continue
        if small and (len(small) == MOST_PARTITIONS or lines + more > MOST_LINES):
            found.append(Slice(small))
            small, lines = [], 0
        small.append(partition)
        lines += more
    return [*found, Slice(small)] if small else found


def _spans(hours: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Spans of hours with about as many lines each, for a partition with more than MOST_LINES; else none."""
    total = sum(hours.values())
    if total <= MOST_LINES:
        return
    parts, before, of = -(-total // MOST_LINES), 0, {}
    for hour in sorted(hours):
        of[hour] = before * parts // total
        before += hours[hour]
    for _, span in groupby(sorted(hours), key=of.__getitem__):
        first, *others = span
        yield first, (others or [first])[-1]


def insert(raw_columns: Sequence[str], day: str, part: Slice) -> str:
    """The lines that arrived on `day` into a slice of `events`, but those that are there already."""
    names = columns(raw_columns)
    wanted = " OR ".join(
        f"(arrived.si = {_text(site)} AND arrived.dt IN ({_texts(dt for si, dt in part.partitions if si == site)}))"
        for site in sorted({si for si, _ in part.partitions})
    )
    known = _one_of(near({dt for _, dt in part.partitions} | set(_days(day, -LOOK_BACK_DAYS, 0))))
    first, last = part.hours
    arrived = f"raw.dt = '{day}'" + ("" if part.hours == ALL_DAY else f" AND raw.hour BETWEEN '{first}' AND '{last}'")
    place = f"row_number() OVER (PARTITION BY arrived.si, arrived.dt ORDER BY {_ORDER}) AS place"
    return (
        f"INSERT INTO events\nSELECT {_names('sorted', names)}\nFROM (\n"  # noqa: S608 - days are dates
        f"SELECT {_names('arrived', names)}, {place}\n"
        f"FROM ({_arrived(raw_columns, arrived)}) AS arrived\n"
        f"LEFT JOIN (SELECT eid FROM events WHERE {known}) AS known ON known.eid = arrived.eid\n"
        f"WHERE arrived.copy = 1 AND known.eid IS NULL\nAND ({wanted})\n) AS sorted\nWHERE place > 0"
    )


def all_events(raw_columns: Sequence[str], first_day: str, also: Iterable[str] = ()) -> str:
    """The statement that makes the view: compacted days, and the raw lines that arrived since `first_day`.

    Of a line that is in both the one in `events` counts: looked for in the days from `first_day` less LOOK_BACK_DAYS
    and one, and in the days `also`, which an arrival since `first_day` wrote to.
    """
    names = columns(raw_columns)
    (since,) = _days(first_day, -LOOK_BACK_DAYS - 1, -LOOK_BACK_DAYS - 1)
    older = [day for day in near(also) if day < since]
    since_then = f"raw.dt >= '{first_day}'"
    known = f"dt >= '{since}'" + (f" OR {_one_of(older)}" if older else "")
    return create(
        "all_events",
        f"SELECT {_names('events', names)}\nFROM events\nUNION ALL\n"  # noqa: S608 - days are dates
        f"SELECT {_names('arrived', names)}\n"
        f"FROM ({_arrived(raw_columns, since_then)}) AS arrived\n"
        f"LEFT JOIN (SELECT eid FROM events WHERE {known}) AS known ON known.eid = arrived.eid\n"
        "WHERE arrived.copy = 1 AND known.eid IS NULL",
    )


def near(days: Iterable[str]) -> list[str]:
    """These days and those beside them."""
    return sorted({beside for day in days for beside in _days(day, -1, 1)})


def _arrived(raw_columns: Sequence[str], where: str) -> str:
    """Raw lines as rows of `events`; of those with one eid the first has `copy` 1."""
    own = _names("raw", (name for name in raw_columns if name != "si"))
    return (
        f"SELECT {own}, {_SITE} AS si, {_DAY} AS dt, "  # noqa: S608 - names of columns
        "row_number() OVER (PARTITION BY eid ORDER BY received_at, ts, raw.si) AS copy "
        f"FROM raw WHERE {where} AND {_IS_EVENT}"
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
