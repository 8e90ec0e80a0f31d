"""Typed views, feature tables and the notebook by their commands, over a few visits put straight into the lake."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from lambdas.common.event import to_line
from tests.builders import event
from tests.local.conftest import ROOT, Deployment

SITE = "learn.test"
GOAL = "lesson_booked"
PAGES = {"url": f"https://{SITE}/", "path": "/"}


@pytest.fixture(scope="module")
def visits(deployment: Deployment) -> Deployment:
    """Twelve visitors, ten days ago; every third of them buys then, and every fourth comes back to buy."""
    then = datetime.now(UTC) - timedelta(days=10)
    sent = []
    for number in range(12):
        names = ["page_view", *([GOAL] if number % 3 == 0 else [])]
        back = ["page_view", GOAL] if number % 4 == 0 else []
        for place, (name, days) in enumerate([*((name, 0) for name in names), *((name, 5) for name in back)]):
            ms = int((then + timedelta(days=days, minutes=5 * place)).timestamp() * 1000)
            props = {"price": 8.5, "shippedOn": "2026-11-20"} if name == GOAL else {}
            ids = {"si": SITE, "uid": f"learner {number}", "sid": f"visit {number} {days}"}
            eid = 9000 + 10 * number + place
            sent.append(event(eid, **ids, name=name, ts=ms, received_at=ms, props=props, page=PAGES))
    key = f"raw/dt={datetime.now(UTC):%Y-%m-%d}/hour=00/{SITE}"
    body = b"".join(map(to_line, sent))
    deployment.client("s3").put_object(Bucket=deployment.outputs["raw_bucket"], Key=key, Body=body)
    return deployment


def test_a_view_for_each_event_is_told_of_made_and_then_there(visits: Deployment) -> None:
    said = []
    for arguments, status in ((["--check"], 1), ([], 0), (["--check"], 0)):
        done = visits.run("local.schema", "--days", "20", *arguments)
        assert done.returncode == status, done.stdout + done.stderr
        said.append(done.stdout)
    assert f"event_{GOAL}" in said[0]
    assert "views made or changed" in said[1]
    assert "Nothing has changed" in said[2]
    asked = f"SELECT DISTINCT price, shipped_on FROM event_{GOAL} WHERE si = '{SITE}'"
    assert visits.query(asked) == [("8.5", "2026-11-20")]


def test_feature_tables_are_written(visits: Deployment, tmp_path: Path) -> None:
    done = visits.run("local.features", "--si", SITE, "--goal", GOAL, "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert f"12 users of site {SITE}, 3 of them came to {GOAL}" in done.stdout
    users = pl.read_parquet(tmp_path / "users" / "*.parquet").sort("uid")
    assert users.filter(pl.col("label"))["uid"].to_list() == ["learner 0", "learner 4", "learner 8"]
    assert users["goals"].sum() == 4  # what came after the cut-off is the label's


def test_the_notebook_runs_from_its_first_cell_to_its_last(visits: Deployment) -> None:
    home = {"PENSTOCK_HOME": str(visits.stack.home), "SI": SITE, "GOAL": GOAL}
    done = subprocess.run(
        [sys.executable, "notebooks/shop.py"],
        cwd=ROOT,
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
