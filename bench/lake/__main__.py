"""`python -m bench.lake 1000000`: ten everyday questions over raw lines, over `events` as the project's own
compaction makes it, and over the layout of serverless-website-analytics, on one Trino (Athena engine 3 is Trino).

Bytes are those Trino read from the files; seconds are of CPU, all threads together, of the best of some runs (of raw:
of one), the layouts in turns: on a machine that others use too a clock says little. What it has made once it keeps
below `.cache/`, since many millions of events take an hour to make.
"""

import argparse
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.lake import tables
from bench.lake.questions import LAST, SITE, Question, questions
from bench.lake.traffic import DAYS, Traffic
from bench.report import markdown
from infra.lake_columns import COLUMNS
from lambdas.lake import sql
from local.trino import Answer, Trino, running

ROOT = Path(__file__).resolve().parents[2] / ".cache" / "bench-lake"
RUNS = 4
NAMES = [column.name for column in COLUMNS]
# Where a file is smaller than Trino's threshold it reads the whole of it; Athena bills the columns.
CATALOG = """
connector.name=hive
hive.metastore=file
hive.metastore.catalog.dir=local:///metastore
fs.native-local.enabled=true
local.location={folder}
hive.non-managed-table-writes-enabled=true
hive.compression-codec=ZSTD
parquet.small-file-threshold=0B
"""


@dataclass(frozen=True)
class Row:
    """One question: answers from raw, `events` and the fixed layout; None where that has none, or raw was not asked.

    `weight`: of the raw objects of the days asked for, which are read whole; None where there are none.
    """

    question: Question
    weight: int | None
    raw: Answer | None
    own: Answer
    fixed: Answer | None


def compact(trino: Trino, schema: str) -> tuple[float, int]:
    """The statements of the nightly runs, day by day; returns seconds of CPU, and the most bytes that one held."""
    cpu, memory = 0.0, 0
    for (day,) in trino.run(f"SELECT DISTINCT dt FROM {schema}.raw ORDER BY dt", schema).rows:
        planned = trino.run(sql.plan(str(day)), schema)
        answers = [trino.run(sql.insert(NAMES, str(day), part), schema) for part in sql.slices(planned.rows)]
        cpu += sum(answer.cpu for answer in [planned, *answers])
        memory = max([memory, *(answer.memory for answer in answers)])
        print(f"{day} {answers[-1].seconds:.0f} s", flush=True)
    return cpu, memory


def ask(trino: Trino, schema: str, texts: Sequence[str]) -> list[Answer | None]:
    """None for an empty text."""
    turns = [[trino.run(text, schema) if text else None for text in texts] for _ in range(RUNS)]
    return [
        min((it for it in answers if it), key=lambda it: it.cpu, default=None) for answers in zip(*turns, strict=True)
    ]


def measure(trino: Trino, folder: Path, days: int, *, raw: bool) -> list[Row]:
    """Raises AssertionError where `events` and raw give other rows."""
    schema = folder.name
    busy = (
        f"SELECT uid FROM events WHERE si = '{SITE}' AND dt = '{LAST}' GROUP BY uid ORDER BY count(*) DESC, uid LIMIT 1"
    )
    uid = str(trino.run(busy, schema).rows[0][0])
    rows = []
    for question in questions(uid, days):
        own, fixed = ask(trino, schema, [question.own.format(table="events"), question.fixed])
        assert own
        slow = trino.run(question.own.format(table="raw"), schema) if raw else None
        assert slow is None or _same(slow.rows, own.rows), f"{question.title}: raw and events differ"
        lines = [file for file in (folder / "raw").rglob("*.gz") if file.parts[-3] >= f"dt={question.first}"]
        rows.append(Row(question, sum(file.stat().st_size for file in lines) or None, slow, own, fixed))
        print(report(rows[-1:]), flush=True)
    return rows


def _same(one: Sequence[Sequence[str | None]], other: Sequence[Sequence[str | None]]) -> bool:
    """Sums of floats differ in their last digits by the order of the rows."""
    return len(one) == len(other) and all(
        len(left) == len(right) and all(map(_alike, left, right)) for left, right in zip(one, other, strict=True)
    )


def _alike(one: str | None, other: str | None) -> bool:
    if one == other or one is None or other is None:
        return one == other
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-9)
    except ValueError:
        return False


def report(rows: Sequence[Row]) -> str:
    head = ["question", "raw, MB", "events, MB", "fixed, MB", "events of raw", "raw, s", "events, s", "fixed, s"]
    table = [head]
    for row in rows:
        share = f"{row.own.bytes_read / row.weight:.1%}" if row.weight else "–"
        heavy = [row.raw.bytes_read if row.raw else row.weight, row.own.bytes_read, row.fixed and row.fixed.bytes_read]
        bytes_read = [f"{it / 1e6:,.2f}" if it else "–" for it in heavy]
        seconds = [f"{answer.cpu:.2f}" if answer else "–" for answer in (row.raw, row.own, row.fixed)]
        table.append([row.question.title, *bytes_read, share, *seconds])
    own, weight = sum(row.own.bytes_read for row in rows), sum(row.weight or 0 for row in rows)
    if weight and len(rows) > 1:
        table.append(["in sum", f"{weight / 1e6:,.2f}", f"{own / 1e6:,.2f}", "", f"{own / weight:.1%}", "", "", ""])
    return markdown(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="+")
    parser.add_argument("--days", type=int, default=DAYS, help="of the month only the last so many")
    parser.add_argument(
        "--raw",
        choices=("asked", "weighed", "none"),
        default="asked",
        help="raw lines: asked too, which takes the longest; or only what they weigh; or none, Parquet in their place",
    )
    parser.add_argument("--port", type=int, default=18_476, help="of Trino")
    parser.add_argument("--fresh", action="store_true", help="make everything anew")
    options = parser.parse_args()
    for events in options.events:
        compare(events, options.days, options.raw, options.port, fresh=options.fresh)


def compare(events: int, days: int, raw: str, port: int, *, fresh: bool) -> None:
    folder = ROOT / f"lake_{events}_{days}{'_none' if raw == 'none' else ''}"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    written = Traffic(events, folder, raw == "none", days).write()
    with TemporaryDirectory() as home, running(CATALOG.format(folder=ROOT), port, Path(home), heap="6g") as trino:
        done = folder / "compacted"
        if not done.exists():
            (folder / "events").mkdir(exist_ok=True)  # Trino's own way to make it fails on local files
            for statement in tables.statements(folder.name, "PARQUET" if raw == "none" else "OPENX_JSON"):
                trino.run(statement, "default")
            seconds, memory = compact(trino, folder.name)
            done.write_text(f"{seconds} {memory}")
        took, most = done.read_text().split()
        rows = measure(trino, folder, days, raw=raw == "asked")
    print(f"\n{written:,} events, {days} days of {events:,} a month, three sites; raw {_size(folder / 'raw')}, events")
    print(f"{_size(folder / 'events')}, fixed {_size(folder / 'page_views', folder / 'events_fixed')}; compaction")
    print(f"{float(took) / written * 1e6:.0f} s a million events, {int(most) / 1e6:,.0f} MB at most.\n")
    print(report(rows))


def _size(*folders: Path) -> str:
    total = sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    return f"{total / 1e6:,.0f} MB"


if __name__ == "__main__":
    main()
