"""`python -m bench.lake 1000000`: ten everyday questions over raw lines, over `events` as the project's own
compaction makes it, and over the layout of serverless-website-analytics, on one Trino (Athena engine 3 is Trino).

Bytes are those Trino read from the files; seconds those of the faster of two runs, the layouts one after the other.
What it has made once it keeps below `.cache/`, since a hundred million events take an hour to make.
"""

import argparse
import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.lake import tables
from bench.lake.questions import SITE, Question, questions
from bench.lake.traffic import FIRST, Traffic
from bench.report import markdown
from infra.lake_columns import COLUMNS
from lambdas.lake import sql
from local.trino import Answer, Trino, running

ROOT = Path(__file__).resolve().parents[2] / ".cache" / "bench-lake"
RUNS = 2
PORT = 18_476
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
    """One question: answers from raw, `events` and the fixed layout; None where that has none, or raw was left out."""

    question: Question
    raw: Answer | None
    own: Answer
    fixed: Answer | None


def compact(trino: Trino, schema: str) -> tuple[float, int]:
    """The statements of the nightly runs, day by day; returns seconds and the most memory that one took (bytes)."""
    started, memory = time.monotonic(), 0
    for (day,) in trino.run(f"SELECT DISTINCT dt FROM {schema}.raw ORDER BY dt", schema).rows:
        found = trino.run(sql.plan(str(day)), schema).rows
        for chunk in sql.chunks([(str(si), str(dt)) for si, dt, _ in found]):
            memory = max(memory, trino.run(sql.insert(NAMES, str(day), chunk), schema).memory)
    return time.monotonic() - started, memory


def ask(trino: Trino, schema: str, text: str) -> Answer | None:
    if not text:
        return None
    answers = [trino.run(text, schema) for _ in range(RUNS)]
    return min(answers, key=lambda answer: answer.seconds)


def measure(trino: Trino, schema: str, *, raw: bool) -> list[Row]:
    """Raises AssertionError where `events` and raw give other rows."""
    busy = (
        f"SELECT uid FROM events WHERE si = '{SITE}' AND dt = '{FIRST}'"
        " GROUP BY uid ORDER BY count(*) DESC, uid LIMIT 1"
    )
    uid = str(trino.run(busy, schema).rows[0][0])
    rows = []
    for question in questions(uid):
        own = ask(trino, schema, question.own.format(table="events"))
        assert own
        slow = ask(trino, schema, question.own.format(table="raw")) if raw else None
        assert slow is None or _same(slow.rows, own.rows), f"{question.title}: raw and events differ"
        rows.append(Row(question, slow, own, ask(trino, schema, question.fixed)))
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
        share = f"{row.own.bytes_read / row.raw.bytes_read:.1%}" if row.raw else "–"
        cells = [_cell(answer, _megabytes) for answer in (row.raw, row.own, row.fixed)]
        times = [_cell(answer, _seconds) for answer in (row.raw, row.own, row.fixed)]
        table.append([row.question.title, *cells, share, *times])
    return markdown(table)


def _cell(answer: Answer | None, show: Callable[[Answer], str]) -> str:
    return show(answer) if answer else "–"


def _megabytes(answer: Answer) -> str:
    return f"{answer.bytes_read / 1e6:,.2f}"


def _seconds(answer: Answer) -> str:
    return f"{answer.seconds:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="+")
    parser.add_argument("--without-raw", action="store_true", help="do not ask the raw lines, which takes the longest")
    parser.add_argument("--fresh", action="store_true", help="make everything anew")
    options = parser.parse_args()
    for events in options.events:
        schema = f"lake_{events}"
        folder = ROOT / schema
        if options.fresh:
            shutil.rmtree(folder, ignore_errors=True)
        written = Traffic(events, folder).write()
        with TemporaryDirectory() as home, running(CATALOG.format(folder=ROOT), PORT, Path(home), heap="6g") as trino:
            done = folder / "compacted"
            if not done.exists():
                (folder / "events").mkdir(exist_ok=True)  # Trino's own way to make it fails on local files
                for statement in tables.statements(schema):
                    trino.run(statement, "default")
                seconds, memory = compact(trino, schema)
                done.write_text(f"{seconds} {memory}")
            took, most = done.read_text().split()
            rows = measure(trino, schema, raw=not options.without_raw)
        print(f"\n{written:,} events, a month, three sites; raw {_size(folder / 'raw')}, events")
        print(f"{_size(folder / 'events')}, fixed {_size(folder / 'page_views', folder / 'events_fixed')}; compaction")
        print(f"{float(took) / written * 1e6:.0f} s a million events, {int(most) / 1e6:,.0f} MB at most.\n")
        print(report(rows))


def _size(*folders: Path) -> str:
    total = sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    return f"{total / 1e6:,.0f} MB"


if __name__ == "__main__":
    main()
