"""The command that starts a compaction and follows it, against a state machine that is told what to answer."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from infra.raw_store import LAKE_PREFIX
from lambdas.lake.stored import PROGRESS
from local import compact
from local.machine import Deployed
from local.stack import LocalError


class Cloud:
    """State machine and bucket: each look at the execution is one further step of `script`."""

    def __init__(self, *script: dict[str, str], progress: dict[str, Any] | None = None) -> None:
        self.script, self.progress = list(script), progress
        self.started: list[dict[str, str]] = []

    def start_execution(self, **given: str) -> dict[str, str]:
        self.started.append(given)
        return {"executionArn": "arn:run"}

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:
        return self.script.pop(0)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if (Bucket, Key) != ("data", LAKE_PREFIX + PROGRESS) or self.progress is None:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(json.dumps(self.progress).encode())}


def run(cloud: Cloud, day: str | None = None) -> tuple[bool, str]:
    out = io.StringIO()
    console = Console(file=out, width=200, highlight=False)
    return compact.compact(Deployed("arn:machine", "data", cloud, cloud), day, console), out.getvalue().strip()


def test_it_is_followed_to_its_end() -> None:
    steps: list[str] = []
    progress = {"next": "2026-11-21", "run": {"day": "2026-11-20", "phase": "insert"}}
    cloud = Cloud({"status": "RUNNING"}, {"status": "SUCCEEDED", "output": '{"next": "done"}'}, progress=progress)
    deployed = Deployed("arn:machine", "data", cloud, cloud)
    outcome = compact.follow(deployed, "arn:run", on_progress=steps.append, sleep=lambda seconds: None)
    assert outcome == compact.Outcome("SUCCEEDED", "", False, "2026-11-21")
    assert steps == ["2026-11-20: insert"]


@pytest.mark.parametrize(
    ("told", "progress", "done", "said"),
    [
        ({"status": "SUCCEEDED"}, {"next": "2026-11-21", "run": None}, True, "before 2026-11-21 is in `events`"),
        ({"status": "SUCCEEDED"}, None, True, "There is nothing to do."),
        ({"status": "SUCCEEDED", "output": '{"next": "busy"}'}, None, False, "Another compaction is at work"),
        (
            {"status": "FAILED", "cause": '{"errorMessage": "Athena says: no", "errorType": "CompactionError"}'},
            None,
            False,
            "failed Athena says: no",
        ),
        ({"status": "ABORTED"}, None, False, "aborted"),
    ],
)
def test_what_came_of_it_is_told(told: dict[str, str], progress: Any, done: bool, said: str) -> None:
    found, text = run(Cloud(told, progress=progress))
    assert found is done
    assert said in text


def test_a_day_is_handed_on_and_one_that_is_none_is_told() -> None:
    cloud = Cloud({"status": "SUCCEEDED"})
    run(cloud, "2026-11-20")
    assert json.loads(cloud.started[0]["input"]) == {"day": "2026-11-20"}
    with pytest.raises(LocalError, match="DAY=tomorrow is no day: write it as 2026-11-01"):
        run(Cloud(), "tomorrow")
