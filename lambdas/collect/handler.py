"""The HTTP edge: adapt, collect once, respond, count."""

import os
from functools import cache
from typing import Any

from lambdas.collect import wiring
from lambdas.collect.pipeline import Answer, Collector, Outcome
from lambdas.collect.request import from_http, through_edge
from lambdas.collect.respond import Response, respond, server_fault
from lambdas.common import observability


@cache
def collector() -> Collector:
    return wiring.collector(os.environ)


def handler(event: dict[str, Any], context: Any) -> Response:
    """One HTTP request in API Gateway's payload format 2.0."""
    try:
        return answer(collector(), event)
    except Exception as error:  # noqa: BLE001 — the edge: a fault of ours is a 500 in our own words
        observability.log_fault("collect failed", error)
        observability.count("HandlerFailed", 1)
        return server_fault()
    finally:
        observability.flush()


def answer(it: Collector, event: dict[str, Any]) -> Response:
    request = through_edge(from_http(event), it.settings.edge_key)
    outcome = it.collect(request)
    _count(outcome)
    return respond(outcome, request, it.settings, it.routes)


def _count(outcome: Outcome) -> None:
    """What is out of the ordinary: a line for every request would cost a tenth of what API Gateway does."""
    observability.count("EventsRejected", outcome.bad_rows)
    observability.count("SinkFallback", outcome.fallback)
    observability.count("StateFailed", outcome.state_failed)
    observability.count("SinkRefused", outcome.answer is Answer.UNAVAILABLE)


# In Lambda the clients are made while the function starts, which is not part of anyone's request.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    collector()
