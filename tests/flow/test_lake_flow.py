"""The lake's function as its state machine and the deployment call it, against moto and the local Athena."""

import gzip
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from moto import mock_aws

from infra.lake_columns import COLUMNS, EVENT_COLUMNS, EVENT_PARTITION_KEYS
from lambdas.common.env import dump
from lambdas.common.event import to_line
from lambdas.lake import deployment as making
from lambdas.lake import handler as lake
from lambdas.lake import views
from lambdas.lake.athena import Workgroup
from lambdas.lake.compaction import CompactionError
from lambdas.lake.deployment import ViewError
from lambdas.lake.lock import BEHIND_SECONDS, BehindError
from lambdas.lake.settings import Settings
from tests.athena import BUCKET, DATABASE, GIVEN, WORKGROUP, athena_over_moto, aws, make_lake, parquet_table, raw_table
from tests.builders import event

ROLE = "arn:aws:iam::123456789012:role/machine"
MACHINE = {
    "name": "penstock-test-compaction",
    "definition": '{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}',
}
FIRST = datetime(2026, 11, 10, tzinfo=UTC)


def ms(days: float) -> int:
    return int((FIRST + timedelta(days=days)).timestamp() * 1000)


class Deployment:
    """A deployed lake, and a clock that its function sees."""

    def __init__(self) -> None:
        self.now = FIRST.timestamp()
        self.s3: Any = aws("s3")
        self.states: Any = aws("stepfunctions")
        self.machine = self.states.create_state_machine(**MACHINE, roleArn=ROLE)["stateMachineArn"]

    def execution(self) -> str:
        return str(self.states.start_execution(stateMachineArn=self.machine)["executionArn"])

    def arrive(self, key: str, *events: Any) -> None:
        body = gzip.compress(b"".join(map(to_line, events)))
        self.s3.put_object(Bucket=BUCKET, Key=f"raw/{key}", Body=body)

    def compact(self, night: int, **given: Any) -> str:
        """As the state machine does it, half past one in the night after the day `night`."""
        self.now = (FIRST + timedelta(days=night + 1, hours=1.5)).timestamp()
        owner = self.execution()
        answer = self.step(owner, **given)
        while answer["next"] == "wait":
            self.now += answer["seconds"]
            answer = self.step(owner, turn=answer["turn"], **given)
        self.states.stop_execution(executionArn=owner)
        return str(answer["next"])

    def step(self, owner: str, turn: int = 0, **given: Any) -> dict[str, Any]:
        return lake.handler({"execution": owner, "input": given, "turn": turn}, None)

    def deploy(self, request: str = "Create", **old: Any) -> dict[str, Any]:
        return lake.handler({"RequestType": request, "ResourceProperties": {}, "OldResourceProperties": old}, None)

    def ask(self, sql: str) -> list[list[str]]:
        it = lake.wired().athena
        started = it.start(sql, os.urandom(16).hex())
        assert it.query(started).state == "succeeded", it.query(started).reason
        return [[str(cell) for cell in row] for row in it.rows(started)]

    def views(self) -> set[str]:
        pages = aws("glue").get_paginator("get_tables").paginate(DatabaseName=DATABASE)
        tables = [table for page in pages for table in page["TableList"]]
        return {table["Name"] for table in tables if table["TableType"] == "VIRTUAL_VIEW"}

    def keys(self, prefix: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in listed]


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with mock_aws(), monkeypatch.context() as environ:
        for name, value in zip(
            ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), GIVEN.values(), strict=True
        ):
            environ.setenv(name, value)
        columns = {column.name: column.glue_type for column in EVENT_COLUMNS}
        keys = {key.name: key.glue_type for key in EVENT_PARTITION_KEYS}
        make_lake(raw_table(), parquet_table("events", columns, keys))
        settings = Settings(
            "test", BUCKET, "raw/", "events/", "lake/", DATABASE, WORKGROUP, tuple(column.name for column in COLUMNS)
        )
        for name, value in dump(settings).items():
            environ.setenv(name, value)
        made = Deployment()
        with athena_over_moto(tmp_path) as server, patch.object(lake.time, "time", lambda: made.now):
            environ.setenv("AWS_ENDPOINT_URL_ATHENA", server.url)
            lake.wired.cache_clear()
            yield made
            lake.wired.cache_clear()


def test_a_line_is_seen_at_once_and_lies_in_events_the_next_day(deployment: Deployment) -> None:
    deployment.deploy()
    first = event(1, si="it's a shop", ts=ms(0.5), received_at=ms(0.5), props={"a": {"b": [1, "é"]}}, flags=("bot",))
    deployment.arrive("dt=2026-11-10/hour=12/a.gz", first, event(2, ts=ms(-30), received_at=ms(0.5)))
    deployment.arrive("dt=2026-11-11/hour=12/a.gz", first, event(3, ts=ms(1.5), received_at=ms(1.5)))
    names = ", ".join(f'"{column.name}"' for column in COLUMNS)
    every = f"SELECT {names}, dt FROM all_events ORDER BY eid"
    before = deployment.ask(every)
    assert [row[1][-1] for row in before] == ["1", "2", "3"]
    assert deployment.compact(0) == "done"
    assert deployment.ask("SELECT si, dt, props, flags[1] FROM events ORDER BY eid") == [
        ["it's a shop", "2026-11-10", '{"a":{"b":[1,"é"]}}', "bot"],
        ["test.opentracker.net", "2026-10-11", "{}", "None"],
    ]
    assert deployment.ask(every) == before
    assert deployment.compact(1) == "done"
    assert deployment.ask("SELECT count(*), count(DISTINCT eid) FROM events") == [["3", "3"]]
    assert deployment.ask(every) == before
    files = deployment.keys("events/")
    assert {file.rpartition("/")[0] for file in files} == {
        "events/si=it%27s a shop/dt=2026-11-10",
        "events/si=test.opentracker.net/dt=2026-10-11",
        "events/si=test.opentracker.net/dt=2026-11-11",
    }
    assert deployment.compact(2) == "done"
    assert deployment.keys("events/") == files


def test_what_comes_late_for_a_day_that_is_done_joins_it(deployment: Deployment) -> None:
    deployment.deploy()
    first, second = (event(number, ts=ms(0.5), received_at=ms(0.6)) for number in (1, 2))
    deployment.arrive("dt=2026-11-10/hour=12/a.gz", first)
    deployment.compact(0)
    deployment.arrive("dt=2026-11-10/hour=12/held-back.gz", first, second)
    assert deployment.compact(1) == "done"
    assert deployment.ask("SELECT eid, dt FROM events ORDER BY eid") == [
        [first.eid, "2026-11-10"],
        [second.eid, "2026-11-10"],
    ]
    assert len(deployment.keys("events/")) == 2


def test_a_day_somebody_wants_is_done_at_once(deployment: Deployment) -> None:
    deployment.deploy()
    deployment.arrive("dt=2026-11-12/hour=00/a.gz", event(1, ts=ms(2), received_at=ms(2)))
    assert deployment.compact(1, day="2026-11-12") == "done"
    assert deployment.ask("SELECT count(*) FROM events") == [["1"]]
    with pytest.raises(CompactionError, match="'yesterday' is no day: write it as 2026-11-01"):
        deployment.compact(1, day="yesterday")


def test_of_two_executions_the_later_one_ends_at_once(deployment: Deployment) -> None:
    deployment.arrive("dt=2026-11-10/hour=12/a.gz", event(1))
    deployment.now = ms(2) / 1000
    first = deployment.execution()
    with patch.object(Workgroup, "query", side_effect=ConnectionError), pytest.raises(ConnectionError):
        deployment.step(first)
    assert deployment.step(deployment.execution()) == {"next": "busy", "seconds": 0, "turn": 0}
    assert deployment.step(first)["next"] == "done"
    assert deployment.step(deployment.execution())["next"] == "done"


def test_the_lock_of_an_execution_that_ended_is_taken_over_and_one_too_long_is_told(deployment: Deployment) -> None:
    lock, dead, alive = lake.wired().lock, deployment.execution(), deployment.execution()
    assert lock.take(dead)
    assert not lock.take(alive)
    deployment.now += BEHIND_SECONDS + 1
    with pytest.raises(BehindError, match="has been running for 20 h"):
        lock.take(alive)
    deployment.states.stop_execution(executionArn=dead)
    assert lock.take(alive)
    assert lock.take(alive)
    lock.release()
    assert lock.take(deployment.execution())


def test_an_erasure_holds_the_compaction_up_and_not_for_ever(deployment: Deployment) -> None:
    deployment.arrive("dt=2026-11-10/hour=12/a.gz", event(1))
    deployment.now = ms(2) / 1000
    lock, execution = lake.wired().lock, deployment.execution()
    assert lock.take("erase-user", 600)
    for _ in range(2):  # what is asked for by hand is not forgotten either
        assert deployment.step(execution, day="2026-11-10") == {"next": "wait", "seconds": 60, "turn": 0}
    deployment.now += 599
    assert lock.take("erase-user", 600)  # longer, or again after a crash
    deployment.now += 599
    assert not lock.take(execution)
    deployment.now += 2
    assert deployment.step(execution)["next"] == "done"


def test_a_long_catch_up_goes_on_in_another_execution(deployment: Deployment) -> None:
    deployment.arrive("dt=2026-11-10/hour=12/a.gz", event(1))
    assert deployment.step(deployment.execution(), turn=lake.MOST_TURNS)["next"] == "another"
    assert deployment.keys("lake/") == []  # the other one finds no lock


def test_a_deployment_makes_every_view_and_a_later_one_drops_what_it_has_not(deployment: Deployment) -> None:
    answer = deployment.deploy()
    every = {"all_events", *(view.name for view in views.load())}
    assert deployment.views() == every
    lake.wired().athena.run("CREATE VIEW gone AS SELECT 1 AS one", lambda seconds: None)
    assert deployment.deploy("Update", Views=["gone", "sessions"]) == answer
    assert deployment.views() == every
    deployment.deploy("Delete")
    assert deployment.views() == set()


def test_a_bucket_that_was_kept_is_gone_on_with_by_another_deployment(deployment: Deployment) -> None:
    deployment.deploy()
    for number, site in enumerate(("it's a shop", "100%", "test.opentracker.net")):
        it = event(number, si=site, ts=ms(0.5), received_at=ms(0.5))
        deployment.arrive(f"dt=2026-11-10/hour=12/{number}.gz", it)
    assert deployment.compact(0) == "done"
    every = "SELECT eid, si, dt FROM all_events ORDER BY eid"
    before = deployment.ask(every)
    assert len(before) == 3
    glue = aws("glue")
    found = glue.get_partitions(DatabaseName=DATABASE, TableName="events")["Partitions"]
    for partition in found:
        glue.delete_partition(DatabaseName=DATABASE, TableName="events", PartitionValues=partition["Values"])
    assert deployment.ask(every) == []
    deployment.deploy()
    assert deployment.ask(every) == before
    again = glue.get_partitions(DatabaseName=DATABASE, TableName="events")["Partitions"]
    places = [{(*p["Values"], p["StorageDescriptor"]["Location"]) for p in these} for these in (found, again)]
    assert places[0] == places[1]


def test_a_view_that_cannot_be_made_fails_the_deployment_by_name(deployment: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "broken.sql"
    file.write_text("-- B.\n-- reads: raw\n-- scans: all.\n-- column a int: A\nSELECT nowhere AS a FROM raw\n")
    said = pytest.raises(ViewError, match=r"View broken could not be made\. Athena says: .*nowhere")
    with patch.object(making, "load", lambda: views.load(tmp_path)), said:
        deployment.deploy()


def test_a_deletion_is_not_held_up_by_athena(deployment: Deployment) -> None:
    aws("glue").delete_database(Name=DATABASE)
    assert deployment.deploy("Delete")["PhysicalResourceId"]


def test_progress_is_one_small_object(deployment: Deployment) -> None:
    deployment.arrive("dt=2026-11-10/hour=12/a.gz", event(1, ts=ms(0.5), received_at=ms(0.5)))
    deployment.compact(0)
    assert deployment.keys("lake/") == ["lake/progress.json"]
    kept = json.loads(deployment.s3.get_object(Bucket=BUCKET, Key="lake/progress.json")["Body"].read())
    assert (kept["next"], list(kept["done"]), kept["run"]) == ("2026-11-11", ["2026-11-10"], None)
