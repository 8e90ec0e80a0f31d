"""The lake's function: a step of the compaction for its state machine, and the views for the deployment.

A step takes `{"execution": ARN, "input": …, "turn": number}` and returns `{"next": …, "seconds": number, "turn":
number}`; infra/compaction.py has what `next` leads to. `input` is `{}`, or `{"day": "2026-11-01"}` for an arrival day
that somebody wants done, due or not.
"""

import os
import time
import uuid
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from lambdas.common import aws
from lambdas.common.env import load
from lambdas.common.observability import logger
from lambdas.lake import deployment
from lambdas.lake.athena import Workgroup
from lambdas.lake.compaction import Compaction, CompactionError
from lambdas.lake.lock import Lock
from lambdas.lake.progress import Run
from lambdas.lake.settings import Settings
from lambdas.lake.stored import EventFiles, Partitions, ProgressObject, RawObjects

# Then another execution goes on: one keeps 25,000 entries of history, and a step and its waiting are a dozen.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MOST_TURNS: Final = 1500
ATTEMPTS: Final = 4
# An erasure has the lock for a minute or so (local/person/writers.py): the night's work is done after it.
ERASURE_SECONDS: Final = 60


class Wired(NamedTuple):
    settings: Settings
    athena: Workgroup
    raw: RawObjects
    files: EventFiles
    compaction: Compaction
    lock: Lock


@cache
def wired() -> Wired:
    settings = load(Settings, os.environ)
    s3, states = aws.client("s3", ATTEMPTS), aws.client("stepfunctions", ATTEMPTS)
    athena = Workgroup(aws.client("athena", ATTEMPTS), settings.workgroup, settings.database)
    raw = RawObjects(s3, settings.bucket, settings.raw_prefix)
    files = EventFiles(s3, settings.bucket, settings.events_prefix)
    compaction = Compaction(
        athena,
        raw,
        Partitions(aws.client("glue", ATTEMPTS), settings.database, f"s3://{settings.bucket}/{settings.events_prefix}"),
        ProgressObject(s3, settings.bucket, settings.lake_prefix),
        settings.columns,
        settings.recheck_days,
        time.time,
        lambda: uuid.uuid4().hex,
        _log,
    )
    lock = Lock(s3, states, settings.bucket, settings.lake_prefix, time.time)
    return Wired(settings, athena, raw, files, compaction, lock)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises CompactionError and BehindError for a person to read, and what botocore raises, to be tried again."""
    it = wired()
    if "RequestType" in event:
        return deployment.on_event(event, it.athena, it.compaction, it.files.partitions, time.sleep)
    turn = int(event["turn"])
    day = _asked(event.get("input") or {}) if turn == 0 else None
    if not it.lock.take(event["execution"]):
        if it.lock.leased():
            return {"next": "wait", "seconds": ERASURE_SECONDS, "turn": turn}
        return {"next": "busy", "seconds": 0, "turn": turn}
    if turn >= MOST_TURNS:
        it.lock.release()
        return {"next": "another", "seconds": 0, "turn": turn}
    try:
        if day:
            it.compaction.ask(day)
        seconds = it.compaction.advance()
    except CompactionError:
        it.lock.release()
        raise
    if seconds is not None:
        return {"next": "wait", "seconds": seconds, "turn": turn + 1}
    it.lock.release()
    return {"next": "done", "seconds": 0, "turn": turn}


def _asked(given: dict[str, Any]) -> str | None:
    """Raises CompactionError."""
    if not (day := given.get("day")):
        return None
    try:
        return str(date.fromisoformat(day))
    except (TypeError, ValueError):
        raise CompactionError(f"{day!r} is no day: write it as 2026-11-01.") from None


def _log(run: Run) -> None:
    logger.info("compacted", extra={"day": run.day, "inserts": len(run.slices), "bytes_scanned": run.bytes})


# In Lambda the clients are made while the function starts.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    wired()
