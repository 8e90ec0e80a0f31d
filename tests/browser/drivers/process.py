"""A browser as a visitor has it, driven by nobody: it opens an address, and is killed at the end."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local.browsers import FIREFOX, MINI_BROWSER
from local.chromium import FLAGS, ensure
from tests.browser.drivers import firefox
from tests.browser.drivers.webkit import screen


def _command(engine: str, profile: Path, url: str) -> list[str]:
    if engine == "chromium":
        return [ensure(), *FLAGS, "--headless=new", f"--user-data-dir={profile}", url]
    if engine == "firefox":
        firefox.profile(profile)
        return [FIREFOX.path(), "--headless", "--no-remote", "--profile", str(profile), url]
    return [MINI_BROWSER.path(), url]


@contextmanager
def killed(engine: str, profile: Path, url: str) -> Iterator[None]:
    """Runs on the profile meanwhile; then SIGKILL, to all of it."""
    with ExitStack() as stack:
        environment = stack.enter_context(screen()) if engine == "webkit" else dict(os.environ)
        folders = {f"XDG_{kind}_HOME": str(profile / kind) for kind in ("DATA", "CACHE", "CONFIG")}
        process = subprocess.Popen(
            _command(engine, profile, url),
            env={**environment, **(folders if engine == "webkit" else {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def written(profile: Path, text: str) -> bool:
    """Whether the profile's localStorage has it on disk, in whatever way the engine stores it."""
    wanted = (text.encode(), text.encode("utf-16-le"))
    return any(
        any(each in path.read_bytes() for each in wanted)
        for path in profile.rglob("*")
        if path.is_file() and ("leveldb" in path.parts or "sqlite" in path.name or "storage" in path.name)
    )
