"""`make schema` on a deployment: its file in the bucket, its views in Athena, drift told."""

import functools
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.common.env import dump
from local.schema.deploy import KEY, follow
from local.schema.model import SchemaInvalidError, load
from local.stack import LocalError
from local.stored.deployed import Deployed
from tests.athena import BUCKET, DATABASE, GIVEN, WORKGROUP
from tests.builders import settings
from tests.unit.lake.test_views import seen
from tests.unit.lake.world import World

DAYS = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    with mock_aws():
        yield World(tmp_path)


def deployment(world: World) -> Deployed:
    given = settings(raw_bucket=BUCKET)
    make: Any = functools.cache(lambda service: boto3.client(service, **GIVEN))
    tables = frozenset({"raw", "visitor_events"})
    return Deployed(given, dump(given), "state", DATABASE, WORKGROUP, tables, world.engine, make)


def bought(*props: dict[str, Any]) -> list[Any]:
    return [seen("2026-11-20 10:00", "buy", props=one) for one in props]


def test_views_are_made_kept_and_widened(fresh: World) -> None:
    it = deployment(fresh)
    fresh.hold(bought({"price": 2, "note": "x"}))
    _, changes, made = follow(it, *DAYS, write=True)
    assert ([change.what for change in changes], made) == (["new", "new", "new"], 1)
    assert fresh.ask("select price, note from event_buy") == [("2", "x")]
    assert follow(it, *DAYS, write=True)[1:] == ([], 0)

    # Another type, a new property, and one that nobody sends any more: its column stays.
    fresh.hold(bought({"price": 2.5, "size": "L"}))
    _, changes, made = follow(it, *DAYS, write=True)
    assert [(change.what, change.name) for change in changes] == [
        ("vanished", "note"),
        ("type", "price"),
        ("new", "size"),
    ]
    assert made == 1
    assert fresh.ask("select price, note, size from event_buy") == [("2.5", None, "L")]
    columns = [column.name for column in fresh.engine.run("select * from event_buy").columns]
    assert columns[-3:] == ["note", "price", "size"]


def test_looking_alone_writes_nothing(fresh: World) -> None:
    it = deployment(fresh)
    fresh.hold(bought({"price": 2}))
    _, changes, made = follow(it, *DAYS, write=False)
    assert (len(changes), made) == (2, 0)
    assert "Contents" not in it.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=KEY)


def test_a_view_that_is_gone_is_made_again(fresh: World) -> None:
    it = deployment(fresh)
    fresh.hold(bought({"price": 2}))
    follow(it, *DAYS, write=True)
    fresh.engine.run("drop view event_buy")
    assert follow(it, *DAYS, write=True)[1:] == ([], 1)
    assert fresh.ask("select price from event_buy") == [("2",)]


def test_of_two_at_once_one_is_told_to_run_it_again(fresh: World) -> None:
    it = deployment(fresh)
    fresh.hold(bought({"price": 2}))
    it.client("s3").get_object  # noqa: B018 - the client is made before it is watched

    def elsewhere(**_: Any) -> None:
        boto3.client("s3", **GIVEN).put_object(Bucket=BUCKET, Key=KEY, Body=b'{"version": 1, "events": {}}')

    it.client("s3").meta.events.register("before-call.s3.PutObject", elsewhere)
    with pytest.raises(LocalError, match="Somebody else has changed the schema"):
        follow(it, *DAYS, write=True)
    found = it.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read().decode()
    assert load(found) == {}


def test_a_damaged_file_is_left_alone(fresh: World) -> None:
    it = deployment(fresh)
    it.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"{")
    with pytest.raises(SchemaInvalidError, match="The schema file is damaged"):
        follow(it, *DAYS, write=True)


def test_a_deployment_without_views_is_told_to_be_deployed_again(fresh: World) -> None:
    it = deployment(fresh)
    older = Deployed(it.settings, it.environ, "state", DATABASE, WORKGROUP, frozenset({"raw"}), it.engine, it.client)
    with pytest.raises(LocalError, match="The deployment has no views yet"):
        follow(older, *DAYS, write=True)
