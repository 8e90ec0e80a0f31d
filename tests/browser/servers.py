"""A site and a collector on loopback, each an origin of its own, for a real browser to talk to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Headers = dict[str, str]
Answer = tuple[int, Headers, bytes]

# Far longer than anything here takes on a busy machine: reaching it means that the awaited never came.
PATIENCE = 20.0


@dataclass(frozen=True)
class Request:
    """What came over the wire."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


class Server:
    """HTTP/1.1 on a free port of 127.0.0.1; `answer` is called in a thread for each request."""

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
        self.port: int = self._server.server_address[1]
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

    def answer(self, request: Request) -> Answer:
        kind, content = self.files.get(request.path, ("text/html", self.default))
        headers = {"Content-Type": f"{kind}; charset=utf-8", **self.headers.get(request.path, {})}
        return 200, headers, content.encode()

    def page(self, path: str, html: str, **headers: str) -> None:
        self.files[path] = ("text/html", html)
        self.headers[path] = {name.replace("_", "-"): value for name, value in headers.items()}

    def script(self, path: str, source: bytes) -> None:
        self.files[path] = ("text/javascript", source.decode())


class Collector:
    """Takes the tracker's batches as the contract says, keeps what arrived, and fails on demand."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = threading.Event()
        self._refusal: Answer | None = None
        self._down = False
        self.reset()

    def reset(self) -> None:
        with self._changed:
            self.requests: list[Request] = []
            self.refused: list[Request] = []
            self.events: list[dict[str, Any]] = []
            self._refusal, self._down = None, False
        self._open.set()

    def answer(self, request: Request) -> Answer | None:
        cors = {
            "Access-Control-Allow-Origin": request.headers.get("origin", "*"),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": "Retry-After",
        }
        if request.method == "OPTIONS":  # A preflight, which no batch may need.
            return 403, {}, b""
        self._open.wait(PATIENCE)
        with self._changed:
            if self._down or self._refusal:
                self.refused.append(request)
                self._changed.notify_all()
                if self._down or not self._refusal:
                    return None
                status, headers, content = self._refusal
                return status, {**cors, **headers}, content
            batch = json.loads(request.body)
            self.requests.append(request)
            shared = {key: value for key, value in batch.items() if key != "events"}
            self.events.extend({**shared, **event} for event in batch["events"])
            self._changed.notify_all()
        answer = {"accepted": len(batch["events"]), "rejected": []}
        return 200, {**cors, "Content-Type": "application/json"}, json.dumps(answer).encode()

    @contextmanager
    def refusing(self, status: int, **headers: str) -> Iterator[None]:
        """Every request is answered with `status` meanwhile."""
        self._refusal = (status, {name.replace("_", "-"): value for name, value in headers.items()}, b"{}")
        try:
            yield
        finally:
            self._refusal = None

    @contextmanager
    def down(self) -> Iterator[None]:
        """Connections are closed without an answer meanwhile."""
        self._down = True
        try:
            yield
        finally:
            self._down = False

    @contextmanager
    def slow(self) -> Iterator[None]:
        """Requests are taken and answered only afterwards."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def wait(self, done: Callable[[], object], what: str) -> None:
        """Returns when `done`, looked at after every request, is true."""
        with self._changed:
            if not self._changed.wait_for(done, PATIENCE):
                raise AssertionError(f"{what} did not come; came: {self.names()}")

    def names(self) -> list[str]:
        return [event["name"] for event in self.events]
