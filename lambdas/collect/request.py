"""One HTTP request, read from API Gateway's payload format 2.0 or as much of it as there is.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from lambdas.collect.settings import EDGE_HEADER

_EDGE_SAYS: Final = ("x-forwarded-for", "cloudfront-")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Request:
    """`query` is raw, as sent; header names are lower case. `mangled`: the body was marked as base64 and is not;
    it stands as it came."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    mangled: bool = False
    source_ip: str = ""

    @property
    def content_type(self) -> str:
        """Without parameters, lower case; "" when none was given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def carries_data(self) -> bool:
        return bool(self.query) or self.body != b""


def posted(request: Request) -> Request:
    """A batch that came in an address, percent-encoded, as if it had been posted."""
    return replace(request, method="POST", query="", body=unquote_to_bytes(request.query), headers=_untyped(request))


def from_http(event: Mapping[str, Any]) -> Request:
    """Never raises, whatever `event` holds."""
    http = _object(_object(event.get("requestContext")).get("http"))
    headers = {
        _text(name).lower(): _text(value) for name, value in _object(event.get("headers")).items() if value is not None
    }
    body, mangled = _body(event)
    return Request(
        method=_text(http.get("method")).upper() or "GET",
        path=_text(event.get("rawPath")) or _text(http.get("path")) or "/",
        query=_text(event.get("rawQueryString")),
        headers=headers,
        cookies=_cookies(event.get("cookies"), headers.get("cookie", "")),
        body=body,
        mangled=mangled,
        source_ip=_text(http.get("sourceIp")),
    )


def through_edge(request: Request, key: str) -> Request:
    """What CloudFront says of the visitor, where the request comes from it: it proves that by `key`, which it adds.

    Whoever calls the API itself could say anything: there the caller is the visitor, and nobody knows where.
    """
    if not key or compare_digest(request.headers.get(EDGE_HEADER, "").encode(), key.encode()):
        return request
    told = {name: value for name, value in request.headers.items() if not name.startswith(_EDGE_SAYS)}
    return replace(request, headers=told)


def scrub(text: str) -> str:
    """`text` without lone surrogates, which no UTF-8 can hold; U+FFFD stands in their place."""
    return text if text.isascii() else _SURROGATE.sub("�", text)


def _text(value: Any) -> str:
    return scrub(value) if isinstance(value, str) else ""


def _untyped(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name != "content-type"}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _body(event: Mapping[str, Any]) -> tuple[bytes, bool]:
    """The bytes, and whether they are mangled."""
    body = event.get("body")
    if not isinstance(body, str):
        return b"", False
    if not event.get("isBase64Encoded"):
        return body.encode(errors="surrogatepass"), False
    try:
        return base64.b64decode(body, validate=True), False
    except (binascii.Error, ValueError):
        return body.encode(errors="surrogatepass"), True


def _cookies(listed: Any, header: str) -> dict[str, str]:
    """API Gateway lists them; a client behind an emulator may leave them in the header."""
    pieces = [_text(piece) for piece in listed] if isinstance(listed, list) else []
    pieces += header.split(";")
    split = (piece.partition("=") for piece in pieces)
    return {name.strip(): value.strip() for name, equals, value in split if equals}
