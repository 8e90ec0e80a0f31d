"""The command that starts a rebuild and follows it, against a state machine that is told what to answer."""

import io
import json
from collections import Counter
from typing import Any

import pytest
from rich.console import Console

from local import rebuild
from local.machine import Deployed
from local.rebuild import days, follow, start, with_lines
from local.stack import LocalError

DAYS = ["2026-11-01", "2026-11-02"]


def counts(total: int, succeeded: int = 0, failed: int = 0) -> dict[str, int]:
    return {"total": total, "succeeded": succeeded, "failed": failed}


class States:
    """Each look at the execution is one further step of `script`: its status, and the maps so far."""

    def __init__(self, *script: tuple[str, list[dict[str, int]]]) -> None:
        self.script = list(script)
        self.started: dict[str, Any] = {}
        self.maps: list[dict[str, int]] = []
        self.asked: Counter[str] = Counter()

    def start_execution(self, **given: Any) -> dict[str, str]:
        self.started = given
        return {"executionArn": "arn:run"}

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:
        status, self.maps = self.script.pop(0)
        return {"status": status, **({"cause": "the reason"} if status == "FAILED" else {})}

    def get_paginator(self, name: str) -> "States":
        assert name == "list_map_runs"
        return self

    def paginate(self, *, executionArn: str) -> list[dict[str, Any]]:
        runs = [{"mapRunArn": f"arn:{n}", "startDate": n} for n in range(len(self.maps))]
        # As AWS lists them: the newest first, in pages.
        return [{"mapRuns": [run]} for run in reversed(runs)]

    def describe_map_run(self, *, mapRunArn: str) -> dict[str, Any]:
        self.asked[mapRunArn] += 1
        found = self.maps[int(mapRunArn.removeprefix("arn:"))]
        ended = found["succeeded"] + found["failed"] == found["total"]
        return {"itemCounts": found, "status": "SUCCEEDED" if ended else "RUNNING"}


class S3:
    """Raw objects by their keys, and the counts of batches."""

    def __init__(self, *keys: str, tallies: tuple[dict[str, int], ...] = ()) -> None:
        self.held = {**dict.fromkeys(keys, b""), **{f"rebuild/run/{n}": json.dumps(t) for n, t in enumerate(tallies)}}

    def list_objects_v2(self, *, Bucket: str, Prefix: str, MaxKeys: int = 1000) -> dict[str, Any]:
        found = [{"Key": key} for key in sorted(self.held) if key.startswith(Prefix)]
        return {"Contents": found[:MaxKeys]} if found else {}

    def get_paginator(self, name: str) -> "S3":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        return [self.list_objects_v2(Bucket=Bucket, Prefix=Prefix)]

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(str(self.held[Key]).encode())}


def deployed(states: States | None = None, s3: S3 | None = None) -> Deployed:
    return Deployed("arn:machine", "lake", states or States(), s3 or S3())


def test_days_are_counted_with_both_ends() -> None:
    assert days("2026-02-27", "2026-03-01") == ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert days("2026-02-27", "2026-02-27") == ["2026-02-27"]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("", "2026-01-01", "FROM= is no day"),
        ("2026-01-01", "2026-02-30", "TO=2026-02-30 is no day"),
        ("2026-01-02", "2026-01-01", "is after"),
        ("1926-01-02", "2026-01-01", "days: 3,660 at most"),
    ],
)
def test_wrong_days_are_told(first: str, last: str, said: str) -> None:
    with pytest.raises(LocalError, match=said):
        days(first, last)


def test_only_days_with_lines_are_run() -> None:
    s3 = S3("raw/dt=2026-11-02/hour=00/a", "undelivered/raw/dt=2026-11-01/b")
    assert with_lines(deployed(s3=s3), DAYS) == ["2026-11-02"]


def test_the_machine_is_told_days_and_run() -> None:
    states = States()
    assert start(deployed(states), DAYS, "run") == "arn:run"
    assert json.loads(states.started["input"]) == {"run": "run", "days": DAYS}
    assert (states.started["name"], states.started["stateMachineArn"]) == ("run", "arn:machine")


def test_it_is_followed_to_its_end_day_by_day() -> None:
    states = States(
        ("RUNNING", []),
        ("RUNNING", [counts(10, 4)]),
        ("RUNNING", [counts(10, 10), counts(5, 1)]),
        ("SUCCEEDED", [counts(10, 10), counts(5, 5)]),
    )
    s3 = S3(tallies=({"events": 30, "written": 7}, {"events": 12, "undecodable": 1}))
    told: list[tuple[str, int, int]] = []
    waited: list[float] = []
    outcome = follow(
        deployed(states, s3), "arn:run", DAYS, "run", on_progress=lambda *what: told.append(what), sleep=waited.append
    )
    assert outcome.whole
    assert outcome.tally == Counter(events=42, written=7, undecodable=1)
    assert [what for what in told if what[0] == DAYS[0]][:2] == [(DAYS[0], 4, 10), (DAYS[0], 10, 10)]
    assert told[-1] == (DAYS[1], 5, 5)
    assert len(waited) == 3
    assert waited == sorted(waited)
    # A day that is over is not asked about again.
    assert states.asked == {"arn:0": 2, "arn:1": 2}


def test_objects_that_were_not_folded_are_told_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    states = States(("SUCCEEDED", [counts(10, 10), counts(5, 3, 2)]))
    s3 = S3(*(f"raw/dt={day}/x" for day in DAYS), tallies=({"events": 1, "objects": 13, "gone": 1},))
    monkeypatch.setattr("local.rebuild.tally", lambda deployed, run: rebuild_tally(s3))
    printed = io.StringIO()
    assert not rebuild.rebuild(deployed(states, s3), DAYS[0], DAYS[1], Console(file=printed, width=200))
    assert "not folded 2 objects of 2026-11-02: run that day again" in printed.getvalue()
    assert "1 events of 13 objects folded" in printed.getvalue()
    assert "skipped 1 objects gone" in printed.getvalue()


def rebuild_tally(s3: S3) -> Counter[str]:
    return rebuild.Counter(json.loads(s3.held["rebuild/run/0"]))


def test_a_run_that_failed_says_why() -> None:
    states = States(("FAILED", []))
    printed = io.StringIO()
    s3 = S3("raw/dt=2026-11-01/x")
    assert not rebuild.rebuild(deployed(states, s3), DAYS[0], DAYS[0], Console(file=printed, width=200))
    assert "failed the reason" in printed.getvalue()


def test_leaving_says_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("local.rebuild.follow", interrupted)
    s3 = S3("raw/dt=2026-11-01/x")
    with pytest.raises(LocalError, match=r"goes on without you.*stop-execution --execution-arn arn:run"):
        rebuild.rebuild(deployed(States(), s3), DAYS[0], DAYS[0], Console(file=io.StringIO()))
