"""The browsers of the suite beside Chromium: the system's, or installed now from the system's packages."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local import chromium
from local.stack import LocalError


@dataclass(frozen=True)
class Program:
    """Found by its variable, on the PATH, or where its package puts it; Debian's `package` has it."""

    name: str
    variable: str
    candidates: Sequence[str]
    package: str

    def find(self) -> str | None:
        if named := os.environ.get(self.variable):
            return shutil.which(named)
        for candidate in self.candidates:
            for path in (shutil.which(candidate), *Path("/").glob(candidate.lstrip("/"))):
                if path:
                    return str(path)
        return None

    def path(self) -> str:
        """Raises LocalError where it is not installed."""
        if path := self.find():
            return path
        raise LocalError(
            f"The browser tests need {self.name} and it could not be installed here: install it from your system's "
            f"packages (on Debian and Ubuntu: apt-get install {self.package}), "
            f"or name one with {self.variable}=/path/to/it."
        )


FIREFOX = Program("Firefox", "FIREFOX", ("firefox-esr", "firefox"), "firefox-esr")
WEBKIT_DRIVER = Program("WebKitWebDriver", "WEBKIT_DRIVER", ("WebKitWebDriver",), "webkit2gtk-driver")
MINI_BROWSER = Program(
    "WebKit's MiniBrowser",
    "MINI_BROWSER",
    ("MiniBrowser", "/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/libexec/webkit2gtk-4.1/MiniBrowser"),
    "webkit2gtk-driver",
)
XVFB = Program("Xvfb", "XVFB", ("Xvfb",), "xvfb")
PROGRAMS = (FIREFOX, WEBKIT_DRIVER, MINI_BROWSER, XVFB)


def ensure() -> None:
    """Chromium, Firefox and WebKit, installed where they are missing. Raises LocalError where that cannot be."""
    chromium.ensure()
    missing = {program.package for program in PROGRAMS if not program.find()}
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        # With what they recommend: WebKit draws by Mesa's drivers.
        for command in (["update", "-qq"], ["install", "-y", "-qq", *sorted(missing)]):
            subprocess.run(
                ["apt-get", *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
    for program in PROGRAMS:
        program.path()
