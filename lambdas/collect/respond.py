"""Outcome → HTTP: status, body, CORS. Nothing here decides what is stored."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from lambdas.collect.cookies import keeper
from lambdas.collect.pipeline import Answer, Outcome
from lambdas.collect.request import Request
from lambdas.collect.routes import Kind, Table, allowed
from lambdas.collect.settings import Settings
from lambdas.collect.sites import covers, host_of

Response = dict[str, Any]

# 1×1, transparent, 43 bytes: the smallest that every mail reader and browser draws as nothing.
GIF: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
# Seconds: long enough for a throttled stream, short enough for a page that is still open.
RETRY_AFTER: Final = 10
PREFLIGHT_SECONDS: Final = 86_400

_ORIGIN: Final = re.compile(r"null|[a-z][a-z0-9+.-]*://[^\s/?#,]+", re.IGNORECASE | re.ASCII)


def respond(outcome: Outcome, request: Request, settings: Settings, routes: Table) -> Response:
    """The answer in API Gateway's payload format 2.0."""
    response = _answer(outcome, request, routes)
    headers = {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **cors(request, settings, answers_a_batch=outcome.kind is Kind.BATCH),
        **response.get("headers", {}),
    }
    kept = keeper(request, outcome.events, settings) if outcome.kind is Kind.BATCH else None
    if kept:
        response = {**response, "cookies": [kept]}
    if request.method == "HEAD":
        response = {**response, "body": "", "isBase64Encoded": False}
    return {"isBase64Encoded": False, "body": "", **response, "headers": headers}


def server_fault() -> Response:
    """A fault of ours: the client keeps its events and comes again; no more is said."""
    return _json(500, {"error": "internal", "detail": "not stored; send it again"}, retry=True)


def _answer(outcome: Outcome, request: Request, routes: Table) -> Response:
    match outcome.answer:
        case Answer.PREFLIGHT:
            return {"statusCode": 204, "headers": _preflight(request, routes)}
        case Answer.HEALTHY:
            return _json(200, {"status": "ok"})
        case _ if outcome.kind is Kind.PIXEL:
            return _gif(outcome)
        # For a batch the image is the receipt: where nothing could be stored there is none.
        case Answer.STORED | Answer.REFUSED | Answer.OPTED_OUT if outcome.kind is Kind.IMAGE:
            return _gif(outcome)
        case Answer.UNAVAILABLE:
            return _json(503, {"error": "unavailable", "detail": "not stored; send it again"}, retry=True)
        case Answer.OPTED_OUT if outcome.kind is not Kind.BATCH:
            return {"statusCode": 204}
        case _ if outcome.kind is Kind.BATCH:
            return _batch(outcome)
        case Answer.REFUSED:
            return _refused(outcome, request, routes)
        case _:
            return _text(200, outcome.events[0].eid)


def _batch(outcome: Outcome) -> Response:
    """Accepted and rejected by index; an error alone when the request held no readable batch."""
    if outcome.rejected and outcome.rejected[0].index is None:
        first = outcome.rejected[0]
        return _json(first.status, {"error": first.reason.value, "detail": first.detail})
    rejected = [{"index": item.index, "reason": item.reason.value, "detail": item.detail} for item in outcome.rejected]
    status = outcome.rejected[0].status if outcome.answer is Answer.REFUSED else 200
    return _json(status, {"accepted": len(outcome.events), "rejected": rejected})


def _refused(outcome: Outcome, request: Request, routes: Table) -> Response:
    first = outcome.rejected[0]
    response = _json(first.status, {"error": first.reason.value, "detail": first.detail})
    if first.status == 405:
        response["headers"]["allow"] = allowed(routes, request.path)
    return response


def _gif(outcome: Outcome) -> Response:
    """Always the image, since a broken one would show; the status tells."""
    # A page that isolates itself (COEP) draws only what says that others may draw it.
    headers = {"content-type": "image/gif", "cross-origin-resource-policy": "cross-origin"}
    status = 200
    if outcome.answer is Answer.UNAVAILABLE:
        status, headers["retry-after"] = 503, str(RETRY_AFTER)
    elif outcome.answer is Answer.REFUSED:
        status = outcome.rejected[0].status
    return {
        "statusCode": status,
        "headers": headers,
        "body": base64.b64encode(GIF).decode(),
        "isBase64Encoded": True,
    }


def cors(request: Request, settings: Settings, *, answers_a_batch: bool) -> dict[str, str]:
    """With credentials, so the origin is echoed and never `*`; a site that is not allowed gets nothing.

    But for the answer to a batch, which says nothing but numbers: a tracker on a page of another origin (a staging
    host, a translating proxy) that could not read "stored" or "refused" would send the same events for ever.
    """
    origin = request.headers.get("origin", "")
    headers = {"vary": "Origin"}
    if _ORIGIN.fullmatch(origin) and (answers_a_batch or covers(settings.sites, host_of(origin))):
        headers["access-control-allow-origin"] = origin
        headers["access-control-allow-credentials"] = "true"
        # Without this a page of another origin cannot see for how long to leave us alone.
        headers["access-control-expose-headers"] = "retry-after"
    return headers


def _preflight(request: Request, routes: Table) -> dict[str, str]:
    methods = allowed(routes, request.path)
    return {
        "allow": methods,
        "access-control-allow-methods": methods,
        "access-control-allow-headers": "content-type",
        "access-control-max-age": str(PREFLIGHT_SECONDS),
    }


def _text(status: int, body: str) -> Response:
    return {"statusCode": status, "headers": {"content-type": "text/plain; charset=utf-8"}, "body": body}


def _json(status: int, body: Mapping[str, Any], *, retry: bool = False) -> Response:
    headers = {"content-type": "application/json"}
    if retry:
        headers["retry-after"] = str(RETRY_AFTER)
    return {"statusCode": status, "headers": headers, "body": json.dumps(body, ensure_ascii=False)}
