"""Kinesis records and queued messages → events. Each holds whole raw lines, as collect packed them."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.event import Event, LineInvalidError, parse_line
from lambdas.state.later import unpack


@dataclass(frozen=True, slots=True)
class Decoded:
    """`identifier`: what a batch response calls it. `undecodable`: how many lines (or whole records) were no
    event, and never will be one."""

    identifier: str
    events: tuple[Event, ...]
    undecodable: int = 0


def decode(record: Mapping[str, Any]) -> Decoded:
    """One record of an event source's batch, Kinesis' or SQS'. Never raises for what its data holds.

    https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    queued = record.get("eventSource") == "aws:sqs"
    identifier = str(record["messageId"] if queued else record["kinesis"]["sequenceNumber"])
    try:
        data = unpack(record["body"]) if queued else base64.b64decode(record["kinesis"]["data"], validate=True)
    except (ValueError, OSError, EOFError, zlib.error):
        return Decoded(identifier, (), 1)
    lines = [line for line in data.split(b"\n") if line.strip()]
    events: list[Event] = []
    for line in lines:
        try:
            events.append(parse_line(line))
        except LineInvalidError:
            continue
    return Decoded(identifier, tuple(events), len(lines) - len(events))
