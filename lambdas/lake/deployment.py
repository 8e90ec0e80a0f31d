"""The custom resource `Custom::PenstockViews`: every view of lake/views made anew by each deployment that changes one.

Protocol: aws_cdk.custom_resources.Provider. An exception fails the deployment with its message.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.common.observability import log_fault, logger
from lambdas.lake.athena import StatementError, Workgroup
from lambdas.lake.compaction import Compaction
from lambdas.lake.sql import Partition
from lambdas.lake.views import load

ALL_EVENTS: Final = "all_events"
# CloudFormation takes an answer of 4,096 bytes; the framework adds its own.
_LONGEST_MESSAGE: Final = 1500


class ViewError(Exception):
    """A view could not be made or dropped; the message names it and gives Athena's reason."""


def on_event(
    event: dict[str, Any],
    athena: Workgroup,
    compaction: Compaction,
    kept: Callable[[], Sequence[Partition]],
    sleep: Callable[[float], None],
) -> dict[str, Any]:
    """Create and Update make all views, and drop those that the deployment before had and this one has not.

    A bucket that was there before has partitions of `events`, which Glue is to know: `kept`.
    """
    views = load()
    names = [ALL_EVENTS, *(view.name for view in views)]
    answer = {"PhysicalResourceId": "penstock-views"}
    if event["RequestType"] == "Delete":
        try:
            _drop(reversed(names), athena, sleep)
        except (ViewError, ClientError, BotoCoreError) as error:
            # The database goes next, and every view with it: what cannot be dropped must not hold that up.
            log_fault("views not dropped", error)
        return answer
    if event["RequestType"] == "Create":
        compaction.catalog.add(kept())
    _make(ALL_EVENTS, compaction.view(), athena, sleep)
    for view in views:
        _make(view.name, view.create, athena, sleep)
    before = event.get("OldResourceProperties", {}).get("Views", [])
    _drop(sorted(set(before) - set(names)), athena, sleep)
    logger.info("views made", extra={"views": len(names)})
    return answer


def _make(name: str, statement: str, athena: Workgroup, sleep: Callable[[float], None]) -> None:
    try:
        athena.run(statement, sleep)
    except StatementError as error:
        reason = " ".join(str(error).split())[:_LONGEST_MESSAGE]
        raise ViewError(f"View {name} could not be made. Athena says: {reason}") from None


def _drop(names: Iterable[str], athena: Workgroup, sleep: Callable[[float], None]) -> None:
    for name in names:
        try:
            athena.run(f"DROP VIEW IF EXISTS {name}", sleep)
        except StatementError as error:
            raise ViewError(f"View {name} could not be dropped. Athena says: {error}") from None
