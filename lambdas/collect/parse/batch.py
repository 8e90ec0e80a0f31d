"""The tracker's batch: what the events share, once, and an array of events; design.md section 3.

A key an event gives itself stands in place of the shared one as a whole. A bad event takes no good one with
it: it becomes one Rejected whose body is the batch as sent with every other event cut out.
"""

import json
from typing import Any, Final

from lambdas.collect.draft import Draft
from lambdas.collect.limits import EVENTS_PER_BATCH, SHARED_BYTES
from lambdas.collect.parse.checks import (
    decode,
    find_problem,
    load_json,
    may_hold_surrogates,
    scrub_deep,
)
from lambdas.collect.parse.fields import Fields
from lambdas.collect.parse.split import Split, split
from lambdas.collect.reasons import Reason, Rejected

_API: Final = "batch"
_NO_EVENTS: Final = Rejected(Reason.INVALID_BATCH, "events: must be an array")


def parse_batch(body: bytes, sites: tuple[str, ...]) -> list[Draft | Rejected]:
    text = decode(body)
    if isinstance(text, Rejected):
        return [text]
    document = load_json(text)
    parts: Split | None = None
    if isinstance(document, Rejected) and document.reason is Reason.TOO_DEEP:
        # One event nested beyond what the JSON reader stands must not sink the others: read them one by one.
        parts = split(text)
        document = _read_apart(parts) if parts else document
    checked = _check(document)
    if isinstance(checked, Rejected):
        return [checked]
    shared, events = checked
    scrubbing = may_hold_surrogates(text)
    results: list[Draft | Rejected] = []
    for index, event in enumerate(events):
        result = _draft(shared, event, sites, scrubbing=scrubbing)
        if isinstance(result, Rejected):
            parts = parts or split(text)
            alone = parts.alone(index).encode() if parts else None
            result = Rejected(result.reason, result.detail, index, alone)
        results.append(result)
    return results


def _read_apart(parts: Split) -> dict[str, Any] | Rejected:
    """The document of `parts`, an event that cannot be read standing in it as its Rejected."""
    shared = load_json(parts.empty)
    if isinstance(shared, Rejected):
        return shared
    return {**shared, "events": [load_json(element, "event") for element in parts.elements]}


def _check(document: Any) -> tuple[dict[str, Any], list[Any]] | Rejected:
    """What the events share, and the events; a fault in the former is a fault of the whole request."""
    if isinstance(document, Rejected):
        return document
    if not isinstance(document, dict):
        return Rejected(Reason.INVALID_BATCH, "body: must be a JSON object")
    events = document.get("events")
    if not isinstance(events, list):
        return _NO_EVENTS
    if len(events) > EVENTS_PER_BATCH:
        return Rejected(Reason.TOO_MANY_EVENTS, f"events: {len(events):,}; at most {EVENTS_PER_BATCH} a request")
    shared = {key: value for key, value in document.items() if key != "events"}
    problem = find_problem(shared)
    if problem:
        return problem
    size = len(json.dumps(shared, ensure_ascii=False).encode(errors="surrogatepass"))
    if size > SHARED_BYTES:
        return Rejected(
            Reason.SHARED_TOO_LARGE,
            f"body: {size:,} bytes beside the events; at most {SHARED_BYTES:,}: each event repeats them",
        )
    return shared, events


def _draft(shared: dict[str, Any], event: Any, sites: tuple[str, ...], *, scrubbing: bool) -> Draft | Rejected:
    if isinstance(event, Rejected):
        return event
    if not isinstance(event, dict):
        return Rejected(Reason.INVALID_EVENT, "event: must be an object")
    problem = find_problem(event)
    if problem:
        return problem
    values = {**shared, **event}
    fields = Fields(scrub_deep(values) if scrubbing else values)
    src = fields.struct("src")
    src.setdefault("api", _API)
    draft = Draft(
        si=fields.site(sites),
        eid=fields.eid(),
        sid=fields.id("sid"),
        uid=fields.id("uid"),
        name=fields.title("name"),
        api=src["api"],
        created_at=fields.integer("created_at"),
        sent_at=fields.integer("sent_at"),
        seq=fields.integer("seq"),
        props=fields.object("props"),
        user=fields.object("user"),
        page=fields.struct("page"),
        campaign=fields.struct("campaign"),
        device=fields.struct("device"),
        src=src,
        flags=fields.flags(),
    )
    return fields.problem or draft
