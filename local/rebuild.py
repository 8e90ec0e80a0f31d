"""`make rebuild-state FROM=2026-11-01 TO=2026-11-20`: session and user records from the raw lines of these days again.

The work is done by the deployment's state machine (infra/rebuild.py); this starts it, follows it, and says what came
of it. Days are those of arrival, as in the raw objects' names. It may run over a live table, and again after anything
that went wrong: what is there already stays as it is.
"""

import argparse
import json
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local.machine import FIRST_WAIT, LONGEST_WAIT, Deployed, deployed
from local.stack import LocalError
from local.where import add_where, stage_of

RAW_PREFIX: Final = "raw/"
TALLY_PREFIX: Final = "rebuild/"
MOST_DAYS: Final = 3660


# Objects of a day: succeeded, failed, total, …
Counts = dict[str, int]


@dataclass(frozen=True)
class Outcome:
    """`failed` are objects by day, of batches that were not folded to their end."""

    status: str
    cause: str
    tally: Counter[str]
    failed: dict[str, int]

    @property
    def whole(self) -> bool:
        return self.status == "SUCCEEDED" and not self.failed


def days(first: str, last: str) -> list[str]:
    """Every day from `first` to `last`, both with. Raises LocalError."""
    begin, end = _day("FROM", first), _day("TO", last)
    if begin > end:
        raise LocalError(f"FROM={first} is after TO={last}.")
    count = (end - begin).days + 1
    if count > MOST_DAYS:
        raise LocalError(f"From {first} to {last} are {count:,} days: {MOST_DAYS:,} at most in one run.")
    return [str(begin + timedelta(days=number)) for number in range(count)]


def with_lines(it: Deployed, wanted: Sequence[str]) -> list[str]:
    """Those of the days that have raw objects."""

    def any_object(day: str) -> bool:
        prefix = f"{RAW_PREFIX}dt={day}/"
        return bool(it.s3.list_objects_v2(Bucket=it.bucket, Prefix=prefix, MaxKeys=1).get("Contents"))

    with ThreadPoolExecutor(8) as pool:
        return [day for day, found in zip(wanted, pool.map(any_object, wanted), strict=True) if found]


def start(it: Deployed, wanted: Sequence[str], run: str) -> str:
    """The execution's ARN."""
    given = json.dumps({"run": run, "days": list(wanted)})
    answer = it.states.start_execution(stateMachineArn=it.machine, name=run, input=given)
    return str(answer["executionArn"])


def follow(
    it: Deployed,
    execution: str,
    wanted: Sequence[str],
    run: str,
    *,
    on_progress: Callable[[str, int, int], None] = lambda day, done, total: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Waits for the end; `on_progress` is told a day, and of its objects how many are done, and how many there are."""
    ended: dict[str, Counts] = {}
    wait = FIRST_WAIT
    while True:
        told = it.states.describe_execution(executionArn=execution)
        maps = _map_runs(it, execution, ended)
        by_day = dict(zip(wanted, maps, strict=False))
        for day, counts in by_day.items():
            on_progress(day, counts["succeeded"] + counts["failed"], counts["total"])
        if told["status"] != "RUNNING":
            failed = {day: counts["failed"] for day, counts in by_day.items() if counts["failed"]}
            return Outcome(told["status"], told.get("cause", ""), tally(it, run), failed)
        sleep(wait)
        wait = min(wait * 1.5, LONGEST_WAIT)


def tally(it: Deployed, run: str) -> Counter[str]:
    """The sums of what the batches of a run counted."""
    pages = it.s3.get_paginator("list_objects_v2").paginate(Bucket=it.bucket, Prefix=f"{TALLY_PREFIX}{run}/")
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]

    def read(key: str) -> dict[str, int]:
        found: dict[str, int] = json.loads(it.s3.get_object(Bucket=it.bucket, Key=key)["Body"].read())
        return found

    total: Counter[str] = Counter()
    with ThreadPoolExecutor(8) as pool:
        for counts in pool.map(read, keys):
            total.update(counts)
    return total


def _map_runs(it: Deployed, execution: str, ended: dict[str, Counts]) -> list[Counts]:
    """What each day's map has counted of its objects, in the order of the days; those in `ended` are not asked."""
    pages = it.states.get_paginator("list_map_runs").paginate(executionArn=execution)
    runs = sorted((run for page in pages for run in page["mapRuns"]), key=lambda run: run["startDate"])
    counted = []
    for arn in (run["mapRunArn"] for run in runs):
        if arn not in ended:
            told = it.states.describe_map_run(mapRunArn=arn)
            counted.append(told["itemCounts"])
            if told["status"] != "RUNNING":
                ended[arn] = told["itemCounts"]
        else:
            counted.append(ended[arn])
    return counted


def rebuild(it: Deployed, first: str, last: str, console: Console) -> bool:
    """Runs it and shows it; True where every object was folded. Raises LocalError."""
    asked = days(first, last)
    wanted = with_lines(it, asked)
    if not wanted:
        raise LocalError(f"There are no raw lines from {first} to {last}.")
    run = f"{first}-{last}-{uuid.uuid4().hex[:8]}"
    execution = start(it, wanted, run)
    console.print(f"{len(wanted)} of {len(asked)} days have raw lines. Run [bold]{run}[/] goes on by itself.")
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        shown: dict[str, Any] = {}

        def on_progress(day: str, done: int, total: int) -> None:
            if day not in shown:
                shown[day] = progress.add_task(f"{day} objects", total=total)
            progress.update(shown[day], completed=done, total=total)

        try:
            outcome = follow(it, execution, wanted, run, on_progress=on_progress)
        except KeyboardInterrupt:
            raise LocalError(
                f"It goes on without you. To end it: aws stepfunctions stop-execution --execution-arn {execution}"
            ) from None
    _summary(outcome, console)
    return outcome.whole


def _summary(outcome: Outcome, console: Console) -> None:
    found = outcome.tally
    console.print(
        f"{found['events']:,} events of {found['objects']:,} objects folded, {found['written']:,} records written."
    )
    skipped = {
        "lines that are no event": found["undecodable"],
        "objects damaged, read as far as they go": found["damaged"],
        "objects gone since they were listed": found["gone"],
        "records that DynamoDB does not take": found["refused"],
    }
    for what, count in skipped.items():
        if count:
            console.print(f"[yellow]skipped[/] {count:,} {what}")
    for day, count in outcome.failed.items():
        console.print(f"[red]not folded[/] {count:,} objects of {day}: run that day again")
    if outcome.status != "SUCCEEDED":
        console.print(f"[red]{outcome.status.lower()}[/] {outcome.cause}".rstrip(), soft_wrap=True)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LocalError(f"{name}={text} is no day: write it as 2026-11-01.") from None


def main() -> None:
    parser = argparse.ArgumentParser(prog="make rebuild-state", description=__doc__)
    parser.add_argument("--from", dest="first", required=True, metavar="DAY")
    parser.add_argument("--to", dest="last", required=True, metavar="DAY")
    add_where(parser)
    asked = parser.parse_args()
    try:
        whole = rebuild(deployed(stage_of(asked), "RebuildArn"), asked.first, asked.last, Console(highlight=False))
    except LocalError as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS cannot be asked: {error}")
    sys.exit(not whole)


if __name__ == "__main__":
    main()
