"""Athena's INSERTs that were under way while raw lines were erased: what they had read before they may still write."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from local.stack import LocalError

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

# Athena lists the newest first and describes fifty at once; an INSERT takes minutes at most.
LISTED: Final = 50
# Of the workgroup that the compaction asks in, after the stage's own (infra/lake.py).
COMPACTION: Final = "-compaction"
PAUSE: Final = 3.0
# Athena's own limit for a statement, https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
PATIENCE: Final = 1800.0


def wait_for_writers(
    athena: "AthenaClient",
    workgroups: Sequence[str],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
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
