"""HTTP servers on loopback, each an origin of its own, for a real browser to talk to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WATCH = (HERE / "watch.js").read_text()
CLOCK = (HERE / "clock.js").read_text()
# What every site of ours has: a page without anything, and what writes down complaints.
OWN = {
    "/watch.js": ("text/javascript", WATCH),
    "/bare": ("text/html", "<title>Bare</title><script src='/watch.js'></script>"),
}

Headers = dict[str, str]
Answer = tuple[int, Headers, bytes]


@dataclass(frozen=True)
class Request:
    """What came over the wire."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


# A browser that is not started anew for each test keeps what a site stored by its port: none may come twice, which of
# some hundred free ports that the system picks one pair does every other time.
_given: set[int] = set()


class Server:
    """HTTP/1.1 on a port of 127.0.0.1 that was none before; `answer` is called in a thread for each request."""

    def __init__(self, answer: Callable[[Request], Answer | None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answered = answer(Request(self.command, path, query, headers, body))
                if answered is None:  # No answer at all, as from a machine that is down.
                    self.close_connection = True
                    return
                status, answer_headers, content = answered
                try:
                    self.send_response(status)
                    for name, value in answer_headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # The browser left; it does that.

            do_GET = do_POST = do_OPTIONS = do_HEAD = _serve

            def log_message(self, *args: object) -> None:
                """Silence: the tests say what matters."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A connection that a killed browser left open is no error here."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        while self._server.server_address[1] in _given:
            again, self._server = self._server, Quiet(("127.0.0.1", 0), Handler)
            again.server_close()
        self.port: int = self._server.server_address[1]
        _given.add(self.port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def origin(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Site:
    """Pages and scripts by path; any other path is an empty page that loads the tracker."""

    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    headers: dict[str, Headers] = field(default_factory=dict)
    default: str = ""
    # Where it is set, pages have a clock that a test can put on, so many milliseconds ahead when they load.
    clock: int | None = None

    def answer(self, request: Request) -> Answer:
        kind, content = self.files.get(request.path) or OWN.get(request.path) or ("text/html", self.default)
        if kind == "text/html" and request.path not in OWN:
            clock = "" if self.clock is None else f"<script>{CLOCK.replace('START', str(self.clock))}</script>"
            doctype = "<!doctype html>"
            content = f"{doctype}<script src='/watch.js'></script>{clock}{content.removeprefix(doctype)}"
        headers = {"Content-Type": f"{kind}; charset=utf-8", **self.headers.get(request.path, {})}
        return 200, headers, content.encode()

    def page(self, path: str, html: str, **headers: str) -> None:
        self.files[path] = ("text/html", html)
        self.headers[path] = {name.replace("_", "-"): value for name, value in headers.items()}

    def script(self, path: str, source: bytes) -> None:
        self.files[path] = ("text/javascript", source.decode())
