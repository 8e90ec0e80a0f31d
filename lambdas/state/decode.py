"""Kinesis records → events. A record holds whole raw lines, as collect packed them."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.event import Event, LineInvalidError, parse_line


@dataclass(frozen=True, slots=True)
class Decoded:
    """`undecodable`: how many lines (or whole records) were no event, and never will be one."""

    sequence_number: str
    events: tuple[Event, ...]
    undecodable: int = 0


def decode(record: Mapping[str, Any]) -> Decoded:
    """One record of a Kinesis event source's batch. Never raises for what its data holds.

    https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    """
    kinesis = record["kinesis"]
    sequence_number = str(kinesis["sequenceNumber"])
    try:
        data = base64.b64decode(kinesis["data"], validate=True)
    except (binascii.Error, ValueError):
        return Decoded(sequence_number, (), 1)
    lines = [line for line in data.split(b"\n") if line.strip()]
    events: list[Event] = []
    for line in lines:
        try:
            events.append(parse_line(line))
        except LineInvalidError:
            continue
    return Decoded(sequence_number, tuple(events), len(lines) - len(events))
