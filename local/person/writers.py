"""The nightly compaction kept away while rows are erased: what it had read of raw lines before, it may still write."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from lambdas.lake.lock import BehindError, Lock
from local.stack import LocalError
from local.stored.deployed import Deployed

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

# Athena lists the newest first and describes fifty at once; an INSERT takes minutes at most.
LISTED: Final = 50
# Of the workgroup that the compaction asks in, after the stage's own (infra/lake.py).
COMPACTION: Final = "-compaction"
PAUSE: Final = 3.0
# Athena's own limit for a statement, https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
PATIENCE: Final = 1800.0
# The compaction's own lock, and who has it then: any erasure, so that one that broke off is no hindrance to the next.
LOCKS: Final = "lake/"
OWNER: Final = "erase-user"
# Longer than what is waited for. What an erasure that takes longer still lets by, its next pass finds.
LEASE: Final = 2 * PATIENCE


@contextmanager
def compaction_held(
    it: Deployed, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.time
) -> Iterator[None]:
    """No compaction does anything within the block; whatever one had Athena do has ended. Raises LocalError."""
    lock = Lock(it.client("s3"), it.client("stepfunctions"), it.bucket, LOCKS, clock)
    begun = clock()
    try:
        while not lock.take(OWNER, LEASE):
            if clock() > begun + PATIENCE:
                raise LocalError("The compaction has been at work for half an hour: run this again when it is done.")
            sleep(PAUSE)
    except BehindError as error:
        raise LocalError(f"{error}: end it, and run this again.") from None
    taken = clock()
    try:
        wait_for_writers(it.client("athena"), (it.workgroup, it.workgroup + COMPACTION), sleep, clock)
        yield
    finally:
        if clock() < taken + LEASE:
            lock.release()


def wait_for_writers(
    athena: "AthenaClient",
    workgroups: Sequence[str],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> None:
    """Returns once those that run now have ended; any that begin later read what S3 holds by now. Raises LocalError."""
    until = clock() + PATIENCE
    pages = [athena.list_query_executions(WorkGroup=name, MaxResults=LISTED) for name in workgroups]
    waited_for = [one for page in pages for one in _running(athena, page["QueryExecutionIds"])]
    while waited_for:
        if clock() > until:
            raise LocalError("The compaction has been writing for half an hour: run this again when it is done.")
        sleep(PAUSE)
        waited_for = _running(athena, waited_for)


def _running(athena: "AthenaClient", ids: list[str]) -> list[str]:
    if not ids:
        return []
    return [
        one["QueryExecutionId"]
        for one in athena.batch_get_query_execution(QueryExecutionIds=ids)["QueryExecutions"]
        if one["Status"]["State"] in ("QUEUED", "RUNNING") and one["Query"].lstrip().upper().startswith("INSERT")
    ]
