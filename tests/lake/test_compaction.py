"""The compaction's statements on a real Trino: what it writes there is what the local engine reads, each event once."""

import gzip
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from infra.lake_columns import COLUMNS, EVENT_COLUMNS, EVENT_PARTITION_KEYS
from lambdas.common.event import Event, to_line
from lambdas.lake import sql
from lambdas.lake.compaction import Compaction, Query
from lambdas.lake.stored import Partitions, ProgressObject, RawObjects
from tests.athena import make_lake, parquet_table, raw_table
from tests.builders import event
from tests.lake.conftest import Lake

BUCKET = "compacted"
DATABASE = "penstock_compacted"
NAMES = tuple(column.name for column in COLUMNS)
DAYS = ("2026-11-18", "2026-11-19")


class Trino:
    """Athena's place: every statement is done when it has been started."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.answers: dict[str, Sequence[Sequence[str | None]]] = {}
        self.statements: list[str] = []

    def start(self, statement: str, token: str) -> str:
        if token not in self.answers:
            self.statements.append(statement)
            # A view is stored by the one engine as Athena stores it, and read by both.
            self.answers[token] = (
                self.lake.local(DATABASE).run(statement).rows
                if statement.startswith("CREATE")
                else self.lake.real(statement, DATABASE).rows
            )
        return token

    def query(self, query_id: str) -> Query:
        return Query("succeeded")

    def rows(self, query_id: str) -> Sequence[Sequence[str | None]]:
        return self.answers[query_id]


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def sent(number: int, happened: str, arrived: str, **changes: Any) -> Event:
    return event(number, **{"si": "it's 50%/ü", "ts": ms(happened), "received_at": ms(arrived), **changes})


def tables(lake: Lake, bucket: str, database: str) -> None:
    columns = {column.name: column.glue_type for column in EVENT_COLUMNS}
    keys = {key.name: key.glue_type for key in EVENT_PARTITION_KEYS}
    make_lake(
        raw_table(bucket, f"{DAYS[0]},2026-11-21"),
        parquet_table("events", columns, keys, bucket),
        bucket=bucket,
        database=database,
        client=lake.client,
    )


def test_in_a_file_the_events_of_a_visitor_stand_together_in_their_order(lake: Lake, tmp_path: Path) -> None:
    """Nearly half of the bytes are saved by it. No engine promises an order: that Trino keeps this one is looked at."""
    bucket, database = "ordered", "penstock_ordered"
    tables(lake, bucket, database)
    at = ms("2026-11-18 10:00")
    lines = [
        to_line(
            event(number, uid=f"u{number * 7 % 13}", si=f"s{number % 2}", ts=at + number * 7919 % 5000, received_at=at)
        )
        for number in range(1000)
    ]
    lake.put(bucket, f"raw/dt={DAYS[0]}/hour=10/a.gz", gzip.compress(b"".join(lines), mtime=0))
    (part,) = sql.slices(lake.real(sql.plan(DAYS[0]), database).rows)
    lake.real(sql.insert(NAMES, DAYS[0], part), database)
    s3 = lake.client("s3")
    for site in ("s0", "s1"):
        (file,) = s3.list_objects_v2(Bucket=bucket, Prefix=f"events/si={site}/")["Contents"]
        s3.download_file(bucket, file["Key"], str(tmp_path / site))
        found = duckdb.execute("SELECT uid, ts FROM read_parquet(?)", [str(tmp_path / site)]).fetchall()
        assert len(found) == 500
        assert found == sorted(found)


def test_events_written_by_trino_are_each_there_once_and_seen_by_both(lake: Lake) -> None:
    tables(lake, BUCKET, DATABASE)
    first = sent(1, "2026-11-18 23:59:59", "2026-11-19 00:00:00", props={"a": {"b": ["é", 1.5]}}, flags=("bot", "x"))
    late = sent(2, "2026-10-01 12:00", "2026-11-18 12:00", si="shop.example", page={"url": "https://a/b", "path": "/b"})
    again = sent(1, "2026-11-19 00:00:01", "2026-11-19 00:00:02")
    today = sent(3, "2026-11-20 01:00", "2026-11-20 01:00", user={"user_id": "kim"})
    for day, name, events in (
        (DAYS[0], "late", [late]),
        (DAYS[1], "first", [again, first, late]),
        ("2026-11-20", "today", [again, today]),
    ):
        lake.put(BUCKET, f"raw/dt={day}/hour=00/{name}.gz", gzip.compress(b"".join(map(to_line, events)), mtime=0))
    s3, trino = lake.client("s3"), Trino(lake)
    compaction = Compaction(
        trino,
        RawObjects(s3, BUCKET, "raw/"),
        Partitions(lake.client("glue"), DATABASE, f"s3://{BUCKET}/events/"),
        ProgressObject(s3, BUCKET, "lake/"),
        NAMES,
        3,
        lambda: ms("2026-11-20 01:30") / 1000,
        lambda: uuid.uuid4().hex,
    )
    trino.start(compaction.view(), "deployment")
    every = f"SELECT {', '.join(f'CAST({name} AS varchar)' for name in ('eid', 'si', 'dt', 'ts'))} FROM {{}} ORDER BY 1"
    seen = lake.real(every.format("all_events"), DATABASE).rows
    assert compaction.advance() is None

    stored = 'SELECT eid, si, dt, props, "user", flags, page.path, seq FROM events ORDER BY eid'
    rows = lake.real(stored, DATABASE).rows
    assert [row[:3] for row in rows] == [
        (first.eid, "it%27s+50%25%2F%C3%BC", "2026-11-18"),
        (late.eid, "shop.example", "2026-10-01"),
    ]
    assert rows == lake.local(DATABASE).run(stored).rows
    assert rows[0][3] == '{"a":{"b":["é",1.5]}}'
    assert rows[1][6] == "/b"
    for ask in (lake.real, lambda sql, database: lake.local(database).run(sql)):
        assert ask(every.format("all_events"), DATABASE).rows == seen
    assert [row[0] for row in seen] == [first.eid, late.eid, today.eid]

    # Done again from the beginning, by an engine that knows of nothing but the files.
    s3.delete_object(Bucket=BUCKET, Key="lake/progress.json")
    assert compaction.advance() is None
    assert lake.real(stored, DATABASE).rows == rows
    assert lake.real(every.format("all_events"), DATABASE).rows == seen
    files = s3.list_objects_v2(Bucket=BUCKET, Prefix="events/")["Contents"]
    assert len([file for file in files if file["Size"]]) == 2
