"""One bad row read back: the request as it came, and the events it holds by today's rules. Pure."""

import base64
import binascii
import json
import uuid
from dataclasses import dataclass, replace
from typing import Final

from lambdas.collect.draft import Draft
from lambdas.collect.parse import parse
from lambdas.collect.pipeline import Collector
from lambdas.collect.reasons import Reason, Rejected
from lambdas.collect.request import Request
from lambdas.collect.routes import normal
from lambdas.common.event import Event

# Ids that were never given are made of the bad row's, so that each time they are the same.
NAMESPACE: Final = uuid.UUID("c2b1f0a4-3d5e-5a77-9f0c-6f3f6d0b8e21")


@dataclass(frozen=True)
class BadRow:
    """`received_at` in epoch ms: when the request came, and so when its events did."""

    id: str
    received_at: int
    reason: str
    detail: str
    request: Request


@dataclass(frozen=True)
class Reread:
    """`rejected`: why the others of its events are still refused."""

    events: tuple[Event, ...]
    rejected: tuple[Reason, ...]


def read(line: bytes) -> BadRow | None:
    """None for a line that is no bad row."""
    try:
        row = json.loads(line)
        request = row["request"]
        body = base64.b64decode(request["body"]) if request["base64"] else str(request["body"]).encode()
        return BadRow(
            # Rows from before they had an id are known by what they hold.
            id=str(row.get("id") or uuid.uuid5(NAMESPACE, line.strip().decode())),
            received_at=int(row["received_at"]),
            reason=str(row["reason"]),
            detail=str(row["detail"]),
            request=Request(
                method=str(request["method"]),
                path=str(request["path"]),
                query=str(request["query"]),
                headers={str(name): str(value) for name, value in request["headers"].items()},
                body=body,
                mangled=row["reason"] == Reason.INVALID_BASE64,
            ),
        )
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError, binascii.Error):
        return None


def reread(row: BadRow, collector: Collector) -> Reread:
    """What the collector makes of the row's request now, with the time it came at and an `eid` of its own."""
    kind = collector.routes.get(normal(row.request.path), {}).get(row.request.method)
    if kind is None:
        return Reread((), (Reason(row.reason),))
    events: list[Event] = []
    rejected: list[Reason] = []
    for place, result in enumerate(parse(row.request, kind, collector.settings.sites)):
        if isinstance(result, Rejected):
            rejected.append(result.reason)
        else:
            events.append(collector.event(_named(result, row, place), row.request, row.received_at))
    return Reread(tuple(events), tuple(rejected))


def _named(draft: Draft, row: BadRow, place: int) -> Draft:
    return draft if draft.eid else replace(draft, eid=str(uuid.uuid5(NAMESPACE, f"{row.id}/{place}")))
