"""The demo shop, with the published tracker on it and a panel that shows what arrives. Loopback only.

`python -m local.demo_server --port 8080`; `make up` starts it.
"""

import argparse
import base64
import hashlib
import json
import mimetypes
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from local.aws import Outputs, client_options, emulator_session, load_outputs
from local.demo_data import Arrivals, Records
from local.stack import HOST, LocalError, LocalStack

SHOP: Final = Path(__file__).with_name("demo")
SNIPPET: Final = "<!-- the published snippet -->"
CONFIG: Final = "<!-- the page's settings -->"
# Pages of the shop, all of them index.html: its script shows the one that the address names.
PAGES: Final = re.compile(r"/(tea/[a-z-]+|checkout|thanks)?")
MOST_EIDS: Final = 100


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: HTTPStatus
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Backend:
    """Where this deployment's events can be read back."""

    arrivals: Arrivals
    records: Records


@lru_cache(maxsize=1)
def connect(outputs: Outputs) -> Backend:
    """Clients for one deployment; a new `make up` with other names makes new ones."""
    session, given = emulator_session(outputs), client_options(outputs)
    arrivals = Arrivals(
        session.client("s3", **given), outputs.raw_bucket, outputs.raw_prefix, lambda: datetime.now(UTC)
    )
    return Backend(arrivals, Records(session.client("dynamodb", **given), outputs.state_table))


class Site:
    """Answers a request; `outputs` is asked each time, so that a new deployment needs no restart."""

    def __init__(self, outputs: Callable[[], Outputs], backend: Callable[[Outputs], Backend] = connect) -> None:
        self._outputs, self._backend = outputs, backend

    def answer(self, method: str, target: str, host: str) -> Answer:
        """`target` is the request line's, `host` the Host header's. Never raises for what a client sends."""
        # A page elsewhere whose name was pointed at this machine (DNS rebinding) must not read the visitor's events.
        if host.rpartition(":")[0] not in ("localhost", HOST):
            return _error(HTTPStatus.MISDIRECTED_REQUEST, "This server is for localhost alone.")
        if method not in ("GET", "HEAD"):
            return _error(HTTPStatus.METHOD_NOT_ALLOWED, "GET and HEAD alone.")
        url = urlsplit(target)
        query = {name: values for name, values in parse_qs(url.query).items() if values}
        try:
            match unquote(url.path):
                case "/api/arrived":
                    return self._arrived(query)
                case "/api/state":
                    return self._state(query)
                case path if PAGES.fullmatch(path):
                    return self._page()
                case path:
                    # Whoever mistypes an address gets the shop's own word for it, a script that is missing an error.
                    return _file(path) or (_nothing() if Path(path).suffix else self._page(HTTPStatus.NOT_FOUND))
        except LocalError as error:
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        except BotoCoreError:
            return _error(HTTPStatus.BAD_GATEWAY, "The emulator does not answer: run `make up`.")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            return _error(HTTPStatus.BAD_GATEWAY, f"The emulator refuses ({code}): run `make up`.")

    def _arrived(self, query: Mapping[str, list[str]]) -> Answer:
        missing = _missing(query, "uid")
        if missing:
            return missing
        found = self._backend(self._outputs()).arrivals.of(query["uid"][0])
        return _json(HTTPStatus.OK, {"arrived": [arrival.as_json() for arrival in found]})

    def _state(self, query: Mapping[str, list[str]]) -> Answer:
        missing = _missing(query, "si", "sid", "uid")
        if missing:
            return missing
        si, sid, uid = (query[name][0] for name in ("si", "sid", "uid"))
        records = self._backend(self._outputs()).records
        return _json(HTTPStatus.OK, records.of(si, sid, uid, query.get("eid", [])[:MOST_EIDS]))

    def _page(self, status: HTTPStatus = HTTPStatus.OK) -> Answer:
        """index.html with the snippet as a site's owner pastes it; without one where the stack is not up."""
        try:
            outputs = self._outputs()
            snippet, problem = outputs.snippet, ""
            settings = {
                "collect_url": outputs.collect_url,
                "tracker_url": outputs.tracker_url,
                "raw_bucket": outputs.raw_bucket,
                "state_table": outputs.state_table,
            }
        except LocalError as error:
            snippet, problem, settings = "", str(error), {}
        config = json.dumps({**settings, "problem": problem}).replace("<", "\\u003c")
        html = (SHOP / "index.html").read_text("utf-8")
        html = html.replace(SNIPPET, snippet)
        html = html.replace(CONFIG, f'<script type="application/json" id="settings">{config}</script>')
        headers = {"Content-Security-Policy": _policy(snippet, settings)}
        return Answer(status, html.encode(), "text/html; charset=utf-8", headers)


def _policy(snippet: str, settings: Mapping[str, str]) -> str:
    """A strict policy, so that the demo shows what the tracker needs: its origin, and the stub's hash."""
    stubs = re.findall(r"<script>(.*?)</script>", snippet, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(stub.encode()).digest()).decode() for stub in stubs]
    origins = {_origin(settings[name]) for name in ("collect_url", "tracker_url") if name in settings}
    ours = " ".join(("'self'", *sorted(origins)))
    scripts = " ".join((ours, *(f"'sha256-{digest}'" for digest in digests)))
    return (
        f"default-src 'none'; script-src {scripts}; connect-src {ours}; img-src 'self' data:; "
        "style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _nothing() -> Answer:
    return _error(HTTPStatus.NOT_FOUND, "There is nothing here.")


def _file(path: str) -> Answer | None:
    """A file of the shop; nothing outside its folder."""
    file = (SHOP / path.lstrip("/")).resolve()
    if not file.is_relative_to(SHOP.resolve()) or not file.is_file():
        return None
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("javascript", "json", "svg+xml"))
    return Answer(HTTPStatus.OK, file.read_bytes(), f"{kind}; charset=utf-8" if text else kind)


def _missing(query: Mapping[str, list[str]], *names: str) -> Answer | None:
    absent = [name for name in names if name not in query]
    return _error(HTTPStatus.BAD_REQUEST, f"Missing: {', '.join(absent)}.") if absent else None


def _json(status: HTTPStatus, value: Any) -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=utf-8")


def _error(status: HTTPStatus, message: str) -> Answer:
    return _json(status, {"error": message})


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the site."""

    protocol_version = "HTTP/1.1"
    server_version = "penstock-demo"
    site: Site

    def _serve(self) -> None:
        answer = self.site.answer(self.command, self.path, self.headers.get("Host", ""))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - names of the base class

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Only what failed: the page polls, and a log of that tells nobody anything."""
        if args and str(args[1] if len(args) > 1 else "").startswith("5"):
            super().log_message(format, *args)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.demo_server", description="The demo shop.")
    parser.add_argument("--port", type=int, default=LocalStack.demo_port, help="port on this machine")
    port = parser.parse_args().port
    try:
        stack = LocalStack.from_environ()
        load_outputs(stack)
        Handler.site = Site(lambda: load_outputs(stack))
        server = ThreadingHTTPServer((HOST, port), Handler)
    except LocalError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The demo site cannot have port {port}: {error.strerror}.")
    print(f"Demo site: http://localhost:{port}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
