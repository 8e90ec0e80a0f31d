"""The project's own collector behind a loopback server, its sink in memory; it fails on demand."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from lambdas.collect.cookieless import Salt
from lambdas.collect.pipeline import Collector as Pipeline
from lambdas.collect.ports import Line, SinkRefusedError, Written
from lambdas.collect.request import from_http
from lambdas.collect.respond import respond
from lambdas.collect.settings import Settings
from tests.browser.servers import Answer, Request

# Far longer than anything here takes on a busy machine: reaching it means that the awaited never came.
PATIENCE = 60.0
# What CloudFront takes of an address, all in all.
LONGEST = 8_192

SETTINGS = Settings(
    stage="test",
    sink="firehose",
    stream_name="good",
    bad_stream_name="bad",
    raw_bucket="raw",
    # The tracker's own modes are under test here; the collector's are under its own tests.
    gpc="ignore",
    # Site and collector are two ports of 127.0.0.1, which are one host to a cookie.
    cookie_domain="host",
)


class Collector:
    """What arrived, as those who read the lake find it.

    Delivery is at least once: a page that is left while its request is under way never reads the answer, and a later
    one sends the events again. So `events` holds each eid once, as it came first, which is what the lake makes of it.
    `lines` are all that were stored, repeats too; `batches` are the requests that brought them, `bad` the bad rows.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = threading.Event()
        self._pipeline = Pipeline(
            SETTINGS,
            clock=lambda: time.time_ns() // 1_000_000,
            new_id=lambda: str(uuid.uuid4()),
            sink=self,
            salts=lambda day: Salt(day.encode(), shared=True),
        )
        self.reset(site_port=0)

    def reset(self, site_port: int) -> None:
        """Anew, and only for pages of this port."""
        with self._changed:
            self.site_port = site_port
            self.batches: list[Request] = []
            self.refused: list[Request] = []
            self.events: list[dict[str, Any]] = []
            self.lines: list[dict[str, Any]] = []
            self.bad: list[dict[str, Any]] = []
            self.begun = 0
            self._failure: Callable[[Request], Answer | None] | None = None
            self._sink_refuses = False
        self._open.set()

    def write(self, good: Sequence[Line], bad: Sequence[Line]) -> Written:
        """The pipeline's sink."""
        if self._sink_refuses:
            raise SinkRefusedError
        for line in good:
            event = json.loads(line.data)
            if all(event["eid"] != known["eid"] for known in self.events):
                self.events.append(event)
            self.lines.append(event)
        self.bad.extend(json.loads(line.data) for line in bad)
        return Written(fallback=0)

    def answer(self, request: Request) -> Answer | None:
        """What the server of this collector calls."""
        with self._changed:
            self.begun += 1
            self._changed.notify_all()
        self._open.wait(PATIENCE)
        if not request.headers.get("origin", "null").endswith((f":{self.site_port}", "null")):
            return 204, {}, b""  # a page of the test before, on its way out
        with self._changed:
            stored = len(self.lines)
            answer = (
                (414, {}, b"")
                if len(request.query) > LONGEST
                else self._failure(request)
                if self._failure
                else self._collect(request)
            )
            (self.batches if len(self.lines) > stored else self.refused).append(request)
            self._changed.notify_all()
            return answer

    def _collect(self, request: Request) -> Answer:
        event = {
            "rawPath": request.path,
            "rawQueryString": request.query,
            "headers": request.headers,
            "requestContext": {"http": {"method": request.method, "sourceIp": "192.0.2.1"}},
            "body": base64.b64encode(request.body).decode(),
            "isBase64Encoded": True,
        }
        read = from_http(event)
        answered = respond(self._pipeline.collect(read), read, SETTINGS, self._pipeline.routes)
        body = str(answered["body"])
        content = base64.b64decode(body) if answered["isBase64Encoded"] else body.encode()
        headers = dict(answered["headers"])
        if "cookies" in answered:
            [headers["Set-Cookie"]] = answered["cookies"]
        return answered["statusCode"], headers, content

    @contextmanager
    def refusing(self, status: int, **headers: str) -> Iterator[None]:
        """Something in front of the collector answers `status` meanwhile, to whomever."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def answer(request: Request) -> Answer:
            cors = {
                "Access-Control-Allow-Origin": request.headers["origin"],
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Expose-Headers": "Retry-After",
            }
            return status, {**cors, **named}, b"{}"

        with self._failing(answer):
            yield

    @contextmanager
    def down(self) -> Iterator[None]:
        """Connections are closed without an answer meanwhile."""
        with self._failing(lambda request: None):
            yield

    @contextmanager
    def _failing(self, answer: Callable[[Request], Answer | None]) -> Iterator[None]:
        self._failure = answer
        try:
            yield
        finally:
            self._failure = None

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        """Nothing can be stored meanwhile: the collector's own 503."""
        self._sink_refuses = True
        try:
            yield
        finally:
            self._sink_refuses = False

    @contextmanager
    def slow(self) -> Iterator[None]:
        """Requests are taken, and dealt with only afterwards."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def wait(self, done: Callable[[], object], what: str) -> None:
        """Returns when `done`, looked at after every request, is true."""
        with self._changed:
            if not self._changed.wait_for(done, PATIENCE):
                raise AssertionError(f"{what} did not come; came: {self.names()}; bad: {self.bad}")

    def names(self) -> list[str]:
        return [event["name"] for event in self.events]

    def named(self, name: str) -> list[dict[str, Any]]:
        """In the visitor's order: requests may overtake each other, and one of them may hold what another failed to."""
        return sorted((event for event in self.events if event["name"] == name), key=itemgetter("seq"))

    def one(self, name: str) -> dict[str, Any]:
        found = [event for event in self.events if event["name"] == name]
        assert len(found) == 1, f"{len(found)} times {name}; came: {self.events}"
        return found[0]


def until(done: Callable[[], object], what: str) -> None:
    """Returns when `done` is true, for what nobody tells of."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, f"{what} did not come"
        pause.wait(0.02)
