"""A Chromium for the browser tests: the system's, or one installed now from the system's packages or by Playwright."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from local.stack import LocalError

COMMANDS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """Path of a Chromium: CHROMIUM if set, else one on the PATH, else Playwright's own if it was downloaded."""
    for command in (os.environ.get("CHROMIUM"), *COMMANDS):
        if command and (path := shutil.which(command)):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def ensure() -> str:
    """Path of a Chromium, installed if there is none. Raises LocalError where that cannot be."""
    if path := find():
        return path
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts.insert(
            0, ["sh", "-c", "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"]
        )
    for command in attempts:
        subprocess.run(command, capture_output=True, check=False)
        if path := find():
            return path
    raise LocalError(
        "The browser tests need Chromium and none could be installed here: install it from your system's packages "
        "(on Debian and Ubuntu: apt-get install chromium), or name one with CHROMIUM=/path/to/chromium."
    )
