"""The only Logger and Metrics. Nothing of an event is ever logged: codes, counts and places in the code."""

import os
import traceback
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

NAMESPACE: Final = "Penstock"

# Every metric there is, for the alarms in infra and the page in docs. Dimension: service=penstock.
METRICS: Final = {
    "EventsRejected": "Bad rows written.",
    "SinkFallback": "Lines, good or bad, that went straight to S3: refused by the stream or too large.",
    "SinkRefused": "Requests answered 503: S3 refused too.",
    "StateFailed": "Session and user records that were not brought up to date, though raw is safe.",
    "StateDeferred": "Session and user records that were too busy and are brought up to date by the queue.",
    "LinesUndecodable": "Stream lines that are no event, skipped; raw has them.",
    "HandlerFailed": "Requests answered 500: a fault of ours.",
}

# Service name and level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL.
logger = Logger()
# Counted under one name whichever function it was: an alarm then watches them all.
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE), service="penstock")


def count(name: str, value: int) -> None:
    """Adds `value` to a metric of METRICS; nothing for 0, so that a quiet request prints no line."""
    if name not in METRICS:
        raise ValueError(f"no metric {name}")
    if value:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def flush() -> None:
    """Prints the metrics of this invocation as one line (CloudWatch's embedded metric format)."""
    if metrics.metric_set:
        metrics.flush_metrics()


def log_fault(what: str, error: BaseException, **fields: Any) -> None:
    """Logs an unexpected exception by type and places; its message could hold what a visitor sent."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.name}:{frame.lineno}" for frame in frames]
    logger.error(what, extra={"fault": type(error).__name__, "places": places, **fields})
