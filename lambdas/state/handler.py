"""The edge of the stream and of the queue: decode a batch, fold it in one go, report what must come again.

What cannot be decoded never will be: it is counted and skipped, since raw has it and a record that blocks its
shard would hold up every visitor's state. What AWS refused comes again: of a stream from the first such record
on (records after it that were folded change nothing the second time), of the queue each such message.
"""

import os
from functools import cache
from typing import Any

from lambdas.common import observability
from lambdas.common.env import load
from lambdas.state import wiring
from lambdas.state.decode import Decoded, decode
from lambdas.state.fold import touched
from lambdas.state.record import Key
from lambdas.state.settings import Settings
from lambdas.state.store import StateStore


@cache
def store() -> StateStore:
    settings = load(Settings, os.environ)
    return wiring.store(settings.table, settings.ttl_days, wiring.STREAM_SECONDS)


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """One batch of a Kinesis or SQS event source, with partial batch responses."""
    try:
        batch = [decode(record) for record in event["Records"]]
        queued = any(record.get("eventSource") == "aws:sqs" for record in event["Records"])
        applied = store().apply(item for decoded in batch for item in decoded.events)
        observability.count("LinesUndecodable", sum(decoded.undecodable for decoded in batch))
        observability.count("StateFailed", len(applied.failed) + len(applied.refused))
        again = touching(batch, applied.failed)
        return {"batchItemFailures": [{"itemIdentifier": name} for name in (again if queued else again[:1])]}
    finally:
        observability.flush()


def touching(batch: list[Decoded], keys: frozenset[Key]) -> list[str]:
    """The records of the batch with an event for any of `keys`."""
    return [
        decoded.identifier
        for decoded in batch
        if any(key in keys for event in decoded.events for key in touched(event))
    ]


# In Lambda the client is made while the function starts.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    store()
