"""`make compact`: the nightly compaction of raw lines into `events`, now; `DAY=2026-11-20` is done too, due or not.

The work is done by the deployment's state machine (infra/compaction.py); this starts it, follows it, and says what came
of it. It may run at any time and again: an event that is in `events` is not added twice.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local.machine import FIRST_WAIT, LONGEST_WAIT, Deployed, deployed
from local.stack import LocalError
from local.where import add_where, stage_of

PROGRESS: Final = "lake/progress.json"


@dataclass(frozen=True)
class Outcome:
    """`busy`: another compaction was at work. `until`: the first arrival day that is not compacted altogether."""

    status: str
    cause: str
    busy: bool
    until: str


def start(it: Deployed, day: str | None) -> str:
    """The execution's ARN. Raises LocalError."""
    try:
        given = {"day": str(date.fromisoformat(day))} if day else {}
    except ValueError:
        raise LocalError(f"DAY={day} is no day: write it as 2026-11-01.") from None
    answer = it.states.start_execution(stateMachineArn=it.machine, input=json.dumps(given))
    return str(answer["executionArn"])


def follow(
    it: Deployed,
    execution: str,
    *,
    on_progress: Callable[[str], None] = lambda text: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Waits for the end; `on_progress` is told what is being done."""
    wait = FIRST_WAIT
    while (told := it.states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        run = _progress(it).get("run") or {}
        on_progress(f"{run.get('day') or 'all_events'}: {run['phase']}" if run else "")
        sleep(wait)
        wait = min(wait * 1.5, LONGEST_WAIT)
    busy = json.loads(told.get("output") or "{}").get("next") == "busy"
    return Outcome(told["status"], _cause(told), busy, str(_progress(it).get("next", "")))


def compact(it: Deployed, day: str | None, console: Console) -> bool:
    """Runs it and shows it; True where all that was due is done. Raises LocalError."""
    execution = start(it, day)
    try:
        with console.status("Compacting …") as status:
            outcome = follow(it, execution, on_progress=lambda text: status.update(f"Compacting {text} …"))
    except KeyboardInterrupt:
        raise LocalError(
            f"It goes on without you. To end it: aws stepfunctions stop-execution --execution-arn {execution}"
        ) from None
    if outcome.busy:
        console.print("Another compaction is at work: it does what is due.")
    elif outcome.status == "SUCCEEDED":
        console.print(
            f"Done: what arrived before {outcome.until} is in `events`." if outcome.until else "There is nothing to do."
        )
    else:
        console.print(f"[red]{outcome.status.lower()}[/] {outcome.cause}".rstrip(), soft_wrap=True)
    return outcome.status == "SUCCEEDED" and not outcome.busy


def _progress(it: Deployed) -> dict[str, dict[str, str] | None]:
    try:
        body = it.s3.get_object(Bucket=it.bucket, Key=PROGRESS)["Body"].read()
    except ClientError as error:
        if error.response["Error"].get("Code") in ("NoSuchKey", "404"):
            return {}
        raise
    found: dict[str, dict[str, str] | None] = json.loads(body)
    return found


def _cause(told: dict[str, str]) -> str:
    """Lambda's error as Step Functions hands it on is JSON with the message in it."""
    cause = told.get("cause", "")
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause


def main() -> None:
    parser = argparse.ArgumentParser(prog="make compact", description=__doc__)
    parser.add_argument("--day", metavar="DAY", help="an arrival day that is wanted, due or not")
    add_where(parser)
    asked = parser.parse_args()
    try:
        done = compact(deployed(stage_of(asked), "CompactionArn"), asked.day, Console(highlight=False))
    except LocalError as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS cannot be asked: {error}")
    sys.exit(not done)


if __name__ == "__main__":
    main()
