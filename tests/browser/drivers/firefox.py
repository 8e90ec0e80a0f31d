"""Firefox as it is, by Marionette: its own remote protocol, which is WebDriver's commands over a socket."""

import json
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local.browsers import FIREFOX
from tests.browser.drivers.network import proxy
from tests.browser.drivers.webdriver import CommandError, WebDriverBrowser, condition

# The second is for going offline and for killing a page.
FLAGS = ("--marionette", "--remote-allow-system-access", "--headless", "--no-remote")
PREFERENCES: dict[str, object] = {
    "marionette.port": 0,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.sessionstore.resume_from_crash": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "browser.startup.page": 0,
    "browser.tabs.warnOnClose": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.disable_open_during_load": False,
    "dom.min_background_timeout_value": 4,
    "intl.locale.requested": "en-US",
    "network.captive-portal-service.enabled": False,
    "network.proxy.allow_hijacking_localhost": True,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
# What only the browser itself may do.
PROCESS_OF = """
const {gBrowser} = Services.wm.getMostRecentWindow('navigator:browser');
const browser = gBrowser.browsers.find((each) => each.currentURI.spec == arguments[0]);
return browser.browsingContext.currentWindowGlobal.osPid;
"""


def profile(folder: Path, more: Mapping[str, object] = {}) -> None:
    """Makes the folder a profile with our preferences."""
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in {**PREFERENCES, **more}.items())
    (folder / "user.js").write_text("\n".join(lines))


class Marionette:
    """A Firefox process with a session."""

    new = "tab"

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._stack = ExitStack()
        self._network = self._stack.enter_context(proxy())
        port = {"network.proxy.http_port": self._network.server_address[1]}
        profile(folder, {"network.proxy.type": 1, "network.proxy.http": "127.0.0.1", **port})
        self._process = subprocess.Popen(
            [
                FIREFOX.path(),
                "--marionette",
                "--remote-allow-system-access",
                "--headless",
                "--no-remote",
                "--profile",
                str(folder),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        told = folder / "MarionetteActivePort"
        condition(lambda: told.exists() and told.read_text(), "Firefox")
        self._socket = socket.create_connection(("127.0.0.1", int(told.read_text())), timeout=60)
        self._stream = self._socket.makefile("rb")
        self._read()  # its greeting
        self._number = 0
        self._send("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"unhandledPromptBehavior": "dismiss"}}})

    def command(self, name: str, parameters: dict[str, Any] | None = None) -> Any:
        return self._send(f"WebDriver:{name}", parameters)

    def _send(self, name: str, parameters: dict[str, Any] | None = None) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, name, parameters or {}])
        self._socket.sendall(f"{len(message)}:{message}".encode())
        _, _, error, result = self._read()
        if error:
            raise CommandError(f"{error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

    def _read(self) -> Any:
        """A message is its length in bytes, a colon, and JSON."""
        length = b""
        while (byte := self._stream.read(1)) != b":":
            if not byte:
                raise ConnectionError("Firefox has gone")
            length += byte
        return json.loads(self._stream.read(int(length)))

    def _privileged(self, script: str, *args: object) -> Any:
        self._send("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.command("ExecuteScript", {"script": script, "args": args})
        finally:
            self._send("Marionette:SetContext", {"value": "content"})

    def kill_page(self, url: str) -> None:
        os.kill(self._privileged(PROCESS_OF, url), signal.SIGKILL)

    def offline(self, is_so: bool) -> None:
        self._network.down = is_so

    def end(self) -> None:
        self._socket.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stack.close()
        self._folder.cleanup()


def start() -> WebDriverBrowser:
    return WebDriverBrowser(Marionette)
