"""Programs that go on after the command that started them, each with a pid file and a log."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.stack import LocalError


@dataclass(frozen=True)
class Background:
    """One program by `name` under `home`; its children are in its process group and end with it."""

    name: str
    home: Path

    @property
    def log(self) -> Path:
        return self.home / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return self.home / f"{self.name}.pid"

    def pid(self) -> int | None:
        """The process id while it runs."""
        try:
            pid = int(self._pid_file.read_text())
            os.kill(pid, 0)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None
        return None if _is_zombie(pid) else pid

    def start(self, command: Sequence[str], *, environ: Mapping[str, str], cwd: Path) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as log:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=environ,
                cwd=cwd,
                start_new_session=True,
            )
        self._pid_file.write_text(str(process.pid))

    def stop(self, *, patience: float = 30) -> bool:
        """Asks it to end, and its group after it; True if it ran."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            wait_for(lambda: self.pid() is None, patience)
            # What is left of its group: the emulator's function processes.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self._pid_file.unlink(missing_ok=True)
        return pid is not None

    def wait_until(self, ready: Callable[[], bool], *, patience: float) -> None:
        """Raises LocalError with the end of its log where it does not get ready in `patience` seconds."""
        if wait_for(lambda: ready() or self.pid() is None, patience) and ready():
            return
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise LocalError(f"The {self.name} did not start. The end of {self.log}:\n{tail}")


def wait_for(condition: Callable[[], bool], patience: float) -> bool:
    """Whether the condition came true within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _is_zombie(pid: int) -> bool:
    """Ended, but not yet reaped by the process that started it (seen where one process starts and stops)."""
    try:
        waited, _ = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return False
    return waited == pid
