"""WebKitGTK's MiniBrowser, by its WebKitWebDriver, on a screen that nobody sees."""

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from local.browsers import MINI_BROWSER, WEBKIT_DRIVER, XVFB
from tests.browser.drivers.network import proxy
from tests.browser.drivers.webdriver import CommandError, WebDriverBrowser, condition

# Commands by the way and path that the W3C gives them.
PATHS = {
    "CloseWindow": ("DELETE", "/window"),
    "DeleteAllCookies": ("DELETE", "/cookie"),
    "ExecuteAsyncScript": ("POST", "/execute/async"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "GetCookies": ("GET", "/cookie"),
    "GetWindowHandle": ("GET", "/window"),
    "GetWindowHandles": ("GET", "/window/handles"),
    "Navigate": ("POST", "/url"),
    "NewWindow": ("POST", "/window/new"),
    "PerformActions": ("POST", "/actions"),
    "Refresh": ("POST", "/refresh"),
    "SwitchToWindow": ("POST", "/window"),
}


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """The environment of a program that shows its windows on a screen of their own."""
    read, write = os.pipe()
    command = [XVFB.path(), "-displayfd", str(write), "-screen", "0", "1400x1100x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        locale = {"LANG": "en_US.UTF-8", "LANGUAGE": "en_US"}
        yield {**os.environ, **locale, "DISPLAY": f":{number}", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
        server.terminate()


class WebKit:
    """A MiniBrowser process with a session; what it stores goes when it ends."""

    new = "window"

    def __init__(self) -> None:
        self._stack = ExitStack()
        environment = self._stack.enter_context(screen())
        self._network = self._stack.enter_context(proxy())
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._process = subprocess.Popen(
            [WEBKIT_DRIVER.path(), f"--port={port}"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._base = f"http://127.0.0.1:{port}"
        condition(lambda: self._request("GET", "/status"), "WebKitWebDriver")
        wanted = {
            # It times scripts with the page's own clock, which tests put on.
            "timeouts": {"script": 10**9},
            "proxy": {"proxyType": "manual", "httpProxy": f"127.0.0.1:{self._network.server_address[1]}"},
            "webkitgtk:browserOptions": {"binary": MINI_BROWSER.path(), "args": ["--automation"]},
        }
        session = self._request("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{session['sessionId']}"

    def command(self, name: str, parameters: dict[str, Any] | None = None) -> Any:
        method, path = PATHS[name]
        return self._request(method, self._session + path, (parameters or {}) if method == "POST" else None)

    def _request(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise CommandError(f"{value['error']}: {value['message']}") from None

    def kill_page(self, url: str) -> None:
        """With every other page of this session: WebKit does not tell which process holds which."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                name = (process / "comm").read_text()
            except OSError:
                continue
            if name.startswith("WebKitWebProces") and int(fields[3]) == self._process.pid:
                os.kill(int(process.name), signal.SIGKILL)

    def offline(self, is_so: bool) -> None:
        self._network.down = is_so

    def end(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stack.close()


def start() -> WebDriverBrowser:
    return WebDriverBrowser(WebKit)
