"""The network of a browser that a driver can neither take offline nor tell where hosts are: a proxy."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Forward(BaseHTTPRequestHandler):
    """A proxy that takes every host for this machine."""

    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        _, _, address = self.path.partition("://")
        host, _, path = address.partition("/")
        assert isinstance(self.server, Network)
        if self.server.down:
            self.close_connection = True
            return
        there = http.client.HTTPConnection("127.0.0.1", int(host.rpartition(":")[2]), timeout=60)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            there.request(self.command, "/" + path, body, dict(self.headers.items()))
            answer = there.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
        finally:
            there.close()

    do_GET = do_POST = do_OPTIONS = do_HEAD = _serve

    def log_message(self, *args: object) -> None:
        """Silence."""


class Network(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    down = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that a browser has left is no error here."""


@contextmanager
def proxy() -> Iterator["Network"]:
    """All that a browser has of a network."""
    server = Network(("127.0.0.1", 0), _Forward)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
