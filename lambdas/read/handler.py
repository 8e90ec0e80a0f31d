"""The read-back edge. Who may call it is API Gateway's to say (IAM); nobody else can invoke it."""

import os
from functools import cache
from typing import Any

from lambdas.common import observability
from lambdas.common.aws import AwsError, error_code
from lambdas.common.env import load
from lambdas.read.query import Response, answer, respond
from lambdas.read.settings import Settings
from lambdas.state import wiring
from lambdas.state.store import OutOfTimeError, StateStore


@cache
def store() -> StateStore:
    settings = load(Settings, os.environ)
    return wiring.store(settings.table, settings.ttl_days, wiring.READ_SECONDS)


def handler(event: dict[str, Any], context: Any) -> Response:
    """One HTTP request in API Gateway's payload format 2.0."""
    try:
        return answer(event, store().read)
    except (*AwsError, OutOfTimeError) as error:
        observability.logger.error("state not read", extra={"code": error_code(error)})
        return respond(503, {"error": "unavailable", "detail": "ask again"}, **{"retry-after": "5"})
    except Exception as error:  # noqa: BLE001 — the edge: a fault of ours is a 500 in our own words
        observability.log_fault("read failed", error)
        return respond(500, {"error": "internal", "detail": "a fault of the collector"})


# In Lambda the client is made while the function starts.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    store()
