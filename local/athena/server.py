"""The service at a port of this machine, in AWS JSON 1.1 as boto3 speaks it."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from local.athena.engine import Engine
from local.athena.service import Acting, RefusedError, Service
from local.stack import HOST

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_s3 import S3Client

_CALLER: Final = re.compile("Credential=([^/]+)/")
_TYPE: Final = "application/x-amz-json-1.1"


class Server(ThreadingHTTPServer):
    """Answers on loopback alone; port 0 is any that is free."""

    daemon_threads = True

    def __init__(self, service: Service, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.service = service

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"


def one_after_the_other() -> Callable[[Callable[[], None]], object]:
    """For `Service`: a thread that takes one query at a time, since they share what is kept on disk."""
    return ThreadPoolExecutor(1, thread_name_prefix="query").submit


def for_all(engine: Engine, s3: "S3Client") -> Callable[[str], AbstractContextManager[Acting]]:
    """For `Service`: whoever asks, with the same rights."""
    return lambda caller: nullcontext(Acting(engine, s3))


@contextmanager
def serving(
    acting: Callable[[str], AbstractContextManager[Acting]],
    workgroups: "AthenaClient",
    *,
    port: int = 0,
    run: Callable[[Callable[[], None]], object],
) -> Iterator[Server]:
    """A server that answers until the end of the block. `workgroups` is the emulator's own Athena."""
    with Server(Service(acting, workgroups, run=run), port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        named = _CALLER.search(self.headers.get("Authorization", ""))
        try:
            answer = self.server.service.answer(operation, json.loads(body or b"{}"), named[1] if named else "")
            self._send(200, answer)
        except RefusedError as error:
            told = {"AthenaErrorCode": error.athena_code} if error.athena_code else {}
            self._send(400, {"__type": error.code, "message": str(error), "Message": str(error), **told})
        except ValueError as error:
            self._send(400, {"__type": "SerializationException", "message": str(error)})

    def do_GET(self) -> None:
        """Whether it is up."""
        self._send(200, {"service": "athena"})

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", _TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *given: object) -> None:  # noqa: A002 - the base class's name
        """A line for each request is no use here: queries are listed by the API."""
