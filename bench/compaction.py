"""`python -m bench.compaction 250000 500000 1000000`: what a day of so many events takes to be compacted, side by side.

The very statements of the compaction, step by step as in an account, on the local Athena (DuckDB, two threads): its
seconds and memory are not Athena's, how they grow is what is looked at. Bytes are those that Athena would bill. Each
size is a process of its own. Lines are what the real collector makes of the bench's shop, one in fifty sent twice.
"""

import argparse
import gzip
import io
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from moto import mock_aws
from rich.console import Console
from rich.table import Table

from bench.traffic import SITE, START, visitor
from infra.lake_columns import COLUMNS, EVENT_COLUMNS, EVENT_PARTITION_KEYS
from lambdas.lake.athena import Workgroup
from lambdas.lake.compaction import Compaction, Query
from lambdas.lake.stored import Partitions, ProgressObject, RawObjects
from local.query.__main__ import human_bytes
from tests.athena import BUCKET, DATABASE, WORKGROUP, asked_directly, aws, make_lake, parquet_table, raw_table

SIZES = (250_000, 500_000, 1_000_000)
PER_OBJECT = 50_000
SENT_TWICE = 0.02
DAY = f"{datetime.fromtimestamp(START / 1000, UTC):%Y-%m-%d}"
NIGHT = (START / 1000 // 86_400 + 1) * 86_400 + 5400
USD_PER_TB = 5.0
_ID = re.compile(rb"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass
class Took:
    """`peak_bytes`: of the process, over what it had before. Files and bytes are those of `events`."""

    events: int
    seconds: float
    peak_bytes: int
    scanned_bytes: int
    raw_bytes: int
    parquet_bytes: int
    files: int
    rows: int


def lines(events: int) -> Iterator[bytes]:
    """As many events, and some of them again."""
    chance = random.Random(1)
    # Ids are most of what cannot be compressed: new for each event, or each visit.
    templates = [
        [_ID.split(line) for sent in visitor(number, visits=1, requests=4, events=5) for line in sent.lines]
        for number in range(1, 101)
    ]
    left = events
    for visit in cycle(templates):
        ids = {old: _new_id(chance) for parts in visit for old in parts[1::2]}
        for parts in visit[:left]:
            line = b"".join(part if place % 2 == 0 else ids[part] for place, part in enumerate(parts))
            yield line
            if chance.random() < SENT_TWICE:
                yield line
        left -= len(visit)
        if left <= 0:
            return


def _new_id(chance: random.Random) -> bytes:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4)).encode()


def fill(events: int) -> int:
    """Raw objects as Firehose writes them; their bytes."""
    total, given = 0, lines(events)
    for number in range(sys.maxsize):
        body = b"".join(islice(given, PER_OBJECT))
        if not body:
            return total
        packed = gzip.compress(body, 6, mtime=0)
        total += len(packed)
        aws("s3").put_object(Bucket=BUCKET, Key=f"raw/dt={DAY}/hour={number % 24:02}/{number:04}.gz", Body=packed)
    return total


class Counted(Workgroup):
    """Adds up what is scanned."""

    scanned = 0

    def query(self, query_id: str) -> Query:
        found = super().query(query_id)
        self.scanned += found.bytes
        return found


def measure(events: int, cache: Path) -> Took:
    """Compacts one day in this process."""
    with mock_aws():
        columns = {column.name: column.glue_type for column in EVENT_COLUMNS}
        keys = {key.name: key.glue_type for key in EVENT_PARTITION_KEYS}
        make_lake(raw_table(), parquet_table("events", columns, keys))
        raw_bytes = fill(events)
        athena = Counted(asked_directly(cache), WORKGROUP, DATABASE)
        compaction = Compaction(
            athena,
            RawObjects(aws("s3"), BUCKET, "raw/"),
            Partitions(aws("glue"), DATABASE, f"s3://{BUCKET}/events/"),
            ProgressObject(aws("s3"), BUCKET, "lake/"),
            tuple(column.name for column in COLUMNS),
            3,
            lambda: NIGHT,
            lambda: uuid.uuid4().hex,
        )
        before, begun = _memory(reset=True), time.perf_counter()
        assert compaction.advance() is None
        seconds, peak = time.perf_counter() - begun, _memory() - before
        scanned = athena.scanned
        started = athena.start(f"SELECT count(*) FROM events WHERE si = '{SITE}'", uuid.uuid4().hex)
        ((rows,),) = athena.rows(started)
        files = aws("s3").list_objects_v2(Bucket=BUCKET, Prefix="events/")["Contents"]
        return Took(
            events, seconds, peak, scanned, raw_bytes, sum(file["Size"] for file in files), len(files), int(rows or 0)
        )


def _memory(*, reset: bool = False) -> int:
    """The most this process has had in memory since the last reset. https://docs.kernel.org/filesystems/proc.html"""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def show(found: list[Took]) -> Table:
    table = Table("events", "s", "s/M", "memory", "memory/M", "raw", "events/", "files", "scanned", "USD/M")
    for took in found:
        assert took.rows == took.events, "each event is there once"
        millions = took.events / 1e6
        cells: list[Any] = [
            f"{took.events:,}",
            f"{took.seconds:.1f}",
            f"{took.seconds / millions:.1f}",
            human_bytes(took.peak_bytes),
            human_bytes(round(took.peak_bytes / millions)),
            human_bytes(took.raw_bytes),
            human_bytes(took.parquet_bytes),
            str(took.files),
            human_bytes(took.scanned_bytes),
            f"{took.scanned_bytes / 1e12 * USD_PER_TB / millions:.5f}",
        ]
        table.add_row(*cells)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.compaction", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="events of the day")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        with tempfile.TemporaryDirectory() as cache:
            print(json.dumps(asdict(measure(options.sizes[0], Path(cache)))))
        return
    found = []
    for size in options.sizes:
        command = [sys.executable, "-m", "bench.compaction", "--one", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{size:,} events: {io.StringIO(done.stderr).readlines()[-1].strip()}")
        found.append(Took(**json.loads(done.stdout)))
    Console(width=140).print(show(found))


if __name__ == "__main__":
    main()
