"""A deployment as the operator's tools see it: moto's bucket, table and Glue, and Athena's answers."""

import functools
from pathlib import Path
from typing import Any

import boto3

from infra.lake_columns import COLUMNS
from lambdas.collect.settings import Settings
from lambdas.common.env import dump
from lambdas.lake import sql
from local.stored.deployed import Deployed
from tests.athena import DATABASE, WORKGROUP, asked_directly, bad_table, client_of, make_lake, parquet_table, raw_table
from tests.builders import settings
from tests.flow.conftest import Cloud

EVENTS = {column.name: column.glue_type for column in COLUMNS if column.name != "si"}


def compact(it: Deployed) -> None:
    """What raw holds into `events`, by the statements of the nightly compaction."""
    for (day,) in it.engine.run("SELECT DISTINCT dt FROM raw ORDER BY 1").rows:
        assert day
        found = it.engine.run(sql.plan(day)).rows
        for part in sql.slices(found):
            it.engine.run(sql.insert([column.name for column in COLUMNS], day, part))


def lake(cloud: Cloud, cache: Path, **changes: Any) -> Deployed:
    given: Settings = settings(state_table="state", later_queue=cloud.queue_url, **changes)
    make_lake(raw_table(), bad_table(), parquet_table("events", EVENTS, {"si": "string", "dt": "string"}))
    athena = asked_directly(cache)
    make: Any = boto3.client

    @functools.cache
    def client(service: str) -> Any:
        return athena if service == "athena" else make(service)

    tables = frozenset({"raw", "bad", "events"})
    return Deployed(given, dump(given), "state", DATABASE, WORKGROUP, tables, client_of(athena), client)
