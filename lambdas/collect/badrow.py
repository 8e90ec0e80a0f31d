"""One bad row: what was refused, why, and enough of the request to send it again.

`id` (a UUID), `received_at`, `reason`, `detail`, and `request` with `method`, `path`, `query`, `headers`, `body`,
`base64` (whether the body is, since it was not UTF-8). Cookies and whatever names an address stay out: a bad row keeps
no more of a visitor than a raw line does.
"""

import base64
import json
from typing import Any, Final

from lambdas.collect.cookieless import may_be_asked
from lambdas.collect.enrich.ip import apply_policy, viewer
from lambdas.collect.reasons import Rejected
from lambdas.collect.request import Request
from lambdas.collect.settings import Settings

# What a replay needs to make the same event again.
HEADERS: Final = (
    "content-type",
    "origin",
    "referer",
    "user-agent",
    "accept-language",
    "cloudfront-viewer-country",
    "cloudfront-viewer-country-region",
    "cloudfront-viewer-city",
)


def bad_row(request: Request, rejected: Rejected, received_at: int, settings: Settings, row_id: str) -> bytes:
    """The newline-terminated line; `received_at` in epoch ms."""
    headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
    address = None if settings.ip == "drop" or may_be_asked(request) else viewer(request)
    if address:
        headers["x-forwarded-for"] = apply_policy(address, settings.ip)
    body = rejected.body if rejected.body is not None else request.body
    row = {
        "id": row_id,
        "received_at": received_at,
        "reason": rejected.reason.value,
        "detail": rejected.detail,
        "request": {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": headers,
            **_body(body),
        },
    }
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _body(body: bytes) -> dict[str, Any]:
    try:
        return {"body": body.decode(), "base64": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "base64": True}
