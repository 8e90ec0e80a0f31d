"""Where all of them send to: one server that says yes to everything and keeps what came."""

import base64
import binascii
import gzip
import re
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from tests.browser.servers import Answer, Request, Server

# As long as the slowest of them gathers before it sends.
PATIENCE = 12.0
# Nothing more comes after so many seconds without a request.
QUIET = 1.5
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")


@dataclass(frozen=True)
class Wire:
    """What one page has sent: requests (preflights too), all their bytes, those of their bodies; events in them."""

    requests: int
    total: int
    bodies: int
    delivered: int


class Sink:
    """A collector of the site's own domain, on loopback."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._requests: list[Request] = []
        self._server = Server(self._answer)
        self.origin = self._server.origin("events.example.com")

    def close(self) -> None:
        self._server.close()

    def _answer(self, request: Request) -> Answer:
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
        headers = {
            "Access-Control-Allow-Origin": request.headers.get("origin", "*"),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Headers": request.headers.get("access-control-request-headers", "*"),
            "Access-Control-Allow-Methods": "GET, POST, PUT",
            "Access-Control-Max-Age": "600",
            # The pages are isolated from other origins, for the sake of a finer clock.
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Content-Type": "application/json",
        }
        return 200, headers, b"{}"

    def clear(self) -> None:
        with self._changed:
            self._requests.clear()

    def settle(self, view: str, names: list[str]) -> Wire:
        """What came, when the page view and every named event are there or nothing has come for long."""
        wanted, deadline = 1 + len(names), time.monotonic() + PATIENCE
        with self._changed:
            while self._delivered(view, names) < wanted and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            while self._changed.wait(QUIET):
                pass
            sent = list(self._requests)
            return Wire(
                requests=len(sent),
                total=sum(_bytes(request) for request in sent),
                bodies=sum(len(request.body) for request in sent),
                delivered=self._delivered(view, names),
            )

    def _delivered(self, view: str, names: list[str]) -> int:
        text = "\n".join(_text(request) for request in self._requests)
        return bool(re.search(view, text)) + sum(bool(re.search(rf"\b{name}\b", text)) for name in names)


def _bytes(request: Request) -> int:
    """Of the request as HTTP/1.1 writes it; HTTP/2 packs headers that repeat."""
    path = request.path + ("?" + request.query if request.query else "")
    line = len(f"{request.method} {path} HTTP/1.1\r\n\r\n")
    return line + sum(len(f"{name}: {value}\r\n") for name, value in request.headers.items()) + len(request.body)


def _text(request: Request) -> str:
    """All that the request says: packed, escaped or encoded, it is there in plain as well."""
    body = request.body
    for unpack in (gzip.decompress, zlib.decompress):
        body = _attempt(unpack, body) or body
    plain = unquote_plus(request.query + "\n" + body.decode(errors="replace"))
    return "\n".join([plain, *(_decoded(found) for found in _BASE64.findall(plain))])


def _decoded(text: str) -> str:
    padded = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    return (_attempt(base64.b64decode, (padded + "=" * (-len(padded) % 4)).encode()) or b"").decode(errors="ignore")


def _attempt(unpack: Callable[[bytes], bytes], content: bytes) -> bytes | None:
    try:
        return unpack(content)
    except (OSError, EOFError, zlib.error, binascii.Error):
        return None
