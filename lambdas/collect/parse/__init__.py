"""Request → drafts and rejections. One small parser for each wire format; none of them ever raises."""

from lambdas.collect.draft import Draft
from lambdas.collect.limits import BODY_BYTES
from lambdas.collect.parse.batch import parse_batch
from lambdas.collect.parse.raw import parse_form, parse_json, parse_query
from lambdas.collect.reasons import Reason, Rejected
from lambdas.collect.request import Request
from lambdas.collect.routes import Kind

__all__ = ["parse"]

_FORM = "application/x-www-form-urlencoded"
_BATCH_TYPES = ("", "text/plain", "application/json")


def parse(request: Request, kind: Kind, sites: tuple[str, ...]) -> list[Draft | Rejected]:
    """What `request` holds, in its order. A request without a readable event is one Rejected."""
    if request.mangled:
        return [Rejected(Reason.INVALID_BASE64, "body: marked as base64 and is not")]
    if len(request.body) > BODY_BYTES:
        return [Rejected(Reason.BODY_TOO_LARGE, f"body: {len(request.body):,} bytes; at most {BODY_BYTES:,} are taken")]
    match kind:
        case Kind.BATCH | Kind.IMAGE:
            return _batch(request, request.body, sites)
        case Kind.URL if request.method == "POST":
            return [_posted(request, request.body, sites)]
        case _:
            return [parse_query(request.query, kind.value, sites)]


def _batch(request: Request, body: bytes, sites: tuple[str, ...]) -> list[Draft | Rejected]:
    if request.content_type not in _BATCH_TYPES and not request.content_type.endswith("+json"):
        return [_unsupported(request, "text/plain or application/json")]
    return parse_batch(body, sites)


def _posted(request: Request, body: bytes, sites: tuple[str, ...]) -> Draft | Rejected:
    given = request.content_type
    if given in ("application/json", "text/json") or given.endswith("+json"):
        return parse_json(request.query, body, sites)
    if given == _FORM or not body:
        return parse_form(request.query, body, sites)
    if given in ("", "text/plain"):
        # What sendBeacon and sendEvent-like clients say of a string: its first character tells.
        looks_json = body.lstrip()[:1] == b"{"
        return (parse_json if looks_json else parse_form)(request.query, body, sites)
    return _unsupported(request, f"{_FORM}, application/json or text/plain")


def _unsupported(request: Request, wanted: str) -> Rejected:
    return Rejected(Reason.UNSUPPORTED_CONTENT_TYPE, f"content-type: {request.content_type[:100]}; send {wanted}")
