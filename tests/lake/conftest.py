"""One lake, asked by two engines: the local Athena, and a real Trino over the same Glue and S3 of the emulator."""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import pytest

from bench.traffic import visitor
from infra.lake_columns import COLUMNS
from lambdas.common.event import to_line
from lambdas.lake import sql, views
from local import emulator
from local.athena.engine import Engine
from local.athena.server import for_all, serving
from local.aws import CLIENT_CONFIG
from local.query.client import Client
from local.stack import LocalStack
from local.trino import Answer, Trino, over_emulator, running
from tests.athena import at_once, bad_table, make_lake, parquet_table, raw_table
from tests.local.conftest import free_port
from tests.unit.lake.test_queries import SHOP

SHOP_DATABASE = "penstock_shop"
SHOP_BUCKET = "shop"
# Trino looks at each hour of each day: few, so that it is quick.
SHOP_DAYS = "2026-11-18,2026-11-21"
VIEWS = views.load()
EVENTS = parquet_table(
    "events",
    {column.name: column.glue_type for column in COLUMNS if column.name != "si"},
    {"si": "string", "dt": "string"},
    SHOP_BUCKET,
)
RAW_COLUMNS = [column.name for column in COLUMNS]
# The day of arrival of the events by hand, which is in `events`; what arrived on the others is not.
COMPACTED = "2026-11-20"
Rows = Sequence[Sequence[str | None]]


@dataclass(frozen=True)
class Lake:
    """The emulator's services, and who is asked of what lies there."""

    endpoint: str
    athena_url: str
    trino: Trino

    def client(self, service: str) -> Any:
        return _client(service, self.endpoint)

    def put(self, bucket: str, key: str, body: bytes) -> None:
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    def local(self, database: str) -> Client:
        """`make query`'s client."""
        athena, glue = _client("athena", self.athena_url), self.client("glue")
        return Client(athena, glue, database=database, workgroup=database.replace("_", "-"))

    def real(self, sql: str, database: str) -> Answer:
        return self.trino.run(sql, database)


@cache
def _client(service: str, endpoint: str) -> Any:
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client(service, endpoint_url=endpoint, config=CLIENT_CONFIG)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """An emulator without a deployment, the local Athena and Trino in front of it."""
    stack = LocalStack(tmp_path_factory.mktemp("lake"), port=free_port())
    endpoint = f"http://127.0.0.1:{stack.port}"
    emulator.start(stack)
    try:
        services = [_client(service, endpoint) for service in ("glue", "s3", "athena")]
        engine = Engine(services[0], services[1], cache=stack.home / "cache")
        with (
            serving(for_all(engine, services[1]), services[2], run=at_once) as server,
            running(over_emulator(endpoint), free_port(), stack.home / "trino") as trino,
        ):
            yield Lake(endpoint, server.url, trino)
    finally:
        emulator.emulator(stack).stop()


def planned(rows: Rows) -> Sequence[sql.Partition]:
    """The partitions that a plan names."""
    (part,) = sql.slices(rows)
    return part.partitions


@pytest.fixture(scope="session")
def shop(lake: Lake) -> Lake:
    """Events by hand and a bench's visitors, as the collector writes them; older ones in Parquet, by either engine."""
    make_lake(
        raw_table(SHOP_BUCKET, SHOP_DAYS),
        bad_table(SHOP_BUCKET, SHOP_DAYS),
        EVENTS,
        bucket=SHOP_BUCKET,
        database=SHOP_DATABASE,
        client=lake.client,
    )
    lake.put(SHOP_BUCKET, f"raw/dt={COMPACTED}/hour=00/shop.gz", gzip.compress(b"".join(map(to_line, SHOP)), mtime=0))
    for number in range(1, 4):
        for sent in visitor(number, visits=2, requests=3, events=4):
            at = datetime.fromtimestamp(sent.events[0].received_at / 1000, UTC)
            key = f"raw/dt={at:%Y-%m-%d}/hour={at:%H}/{number}-{at:%M}"
            lake.put(SHOP_BUCKET, key, b"".join(sent.lines))
    local = lake.local(SHOP_DATABASE)
    partitions = planned(lake.real(sql.plan(COMPACTED), SHOP_DATABASE).rows)
    middle = len(partitions) // 2
    # The compaction's own statements: the local Athena writes half of the partitions, Trino the others.
    local.run(sql.insert(RAW_COLUMNS, COMPACTED, sql.Slice(partitions[:middle])))
    lake.real(sql.insert(RAW_COLUMNS, COMPACTED, sql.Slice(partitions[middle:])), SHOP_DATABASE)
    local.run(sql.all_events(RAW_COLUMNS, SHOP_DAYS.partition(",")[0], [day for _, day in partitions]))
    for view in VIEWS:
        local.run(view.create)
    return lake
