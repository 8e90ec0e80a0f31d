"""The notebook runs from its first cell to its last over the demo shop's month, and learns something."""

import functools
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest
from moto import mock_aws

from lambdas.common.env import dump
from local import demo_traffic, features
from local.stack import LocalError
from local.stored import deployed as stored
from local.stored.deployed import Deployed
from tests.athena import BUCKET, DATABASE, GIVEN, WORKGROUP
from tests.builders import settings
from tests.unit.lake.world import World

VISITORS = 1200


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A deployment that holds the demo shop's traffic."""
    with mock_aws():
        world = World(tmp_path_factory.mktemp("cache"))
        make: Any = functools.cache(lambda service: boto3.client(service, **GIVEN))
        demo_traffic.fill(make("s3"), BUCKET, "raw/", VISITORS, datetime.now(UTC))
        given = settings(raw_bucket=BUCKET)
        tables = frozenset({"raw", "visitor_events"})
        yield Deployed(given, dump(given), "state", DATABASE, WORKGROUP, tables, world.engine, make)


def test_the_notebook_runs_and_learns(shop: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "deployed", lambda stage: shop)
    from notebooks.shop import app

    _, found = app.run()
    steps = found["steps"]
    assert steps["name"].to_list() == ["page_view", "view_item", "add_to_cart", "begin_checkout", "purchase"]
    assert steps["visitors"].is_sorted(descending=True)
    assert steps["visitors"][0] > VISITORS * 0.9
    assert set(found["channels"]["channel"]) >= {"direct", "search", "email"}
    assert (
        found["cohorts"].filter(pl.col("week") == 0)["share"].to_list() == [1.0] * found["cohorts"]["cohort"].n_unique()
    )
    # Better than a coin by far: what visitors did before says something of what they do.
    assert found["auc"] > 0.65
    assert found["importance"]["importance"][0] > 0


def test_without_a_stack_the_notebook_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(stage: str | None) -> Deployed:
        raise LocalError("The local stack is not up: run `make up` first.")

    monkeypatch.setattr(stored, "deployed", absent)
    from notebooks.shop import app

    outputs, found = app.run()
    assert "run `make up` first" in str([getattr(one, "text", one) for one in outputs])
    assert "steps" not in found


def test_the_tables_land_in_a_folder(
    shop: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(features, "deployed", lambda stage: shop)
    monkeypatch.setattr(sys, "argv", ["features", "--out", str(tmp_path), "--minutes", "1"])
    features.main()
    users = pl.read_parquet(tmp_path / "users" / "*.parquet")
    sessions = pl.read_parquet(tmp_path / "sessions" / "*.parquet")
    assert users["uid"].is_unique().all()
    assert sessions["sid"].is_unique().all()
    assert users["si"].unique().to_list() == [demo_traffic.SITE]
    assert 0.01 < users["label"].mean() < 0.5
    came = int(users["label"].sum())
    assert f"{users.height:,} users of site localhost, {came:,} of them came to purchase" in capsys.readouterr().out
    features.main()
    assert pl.read_parquet(tmp_path / "users" / "*.parquet").height == users.height  # not twice


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--cutoff", "soon"], "CUTOFF=soon is no time: write it as 2026-11-15"),
        (["--horizon", "0"], "HORIZON=0: give a whole number from 1 to 3,660."),
        (["--cutoff", "2001-01-01"], "There are no events from 2000-12-04 to 2001-01-08."),
        (["--si", "nowhere.example"], "There are no events of site nowhere.example"),
        (["--out", "/dev/null/x"], "OUT=/dev/null/x cannot be written: Not a directory"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    shop: Deployed, monkeypatch: pytest.MonkeyPatch, given: list[str], message: str
) -> None:
    monkeypatch.setattr(features, "deployed", lambda stage: shop)
    monkeypatch.setattr(sys, "argv", ["features", *given])
    with pytest.raises(SystemExit, match=message):
        features.main()
