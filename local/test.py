"""`make test`: every gate and every test, the fast ones first; `--quick` stops after the gates."""

import argparse
import os
import subprocess
import sys
import time

from rich.console import Console

from local import browsers, trino
from local.stack import BIN, ROOT, LocalError

TSC = ROOT / "tracker_build" / "node_modules" / "typescript" / "bin" / "tsc"
GATES = {
    "ruff": (str(BIN / "ruff"), "check", "."),
    "ruff format": (str(BIN / "ruff"), "format", "--check", "."),
    "mypy": (str(BIN / "mypy"),),
    "import contracts": (str(BIN / "lint-imports"),),
    "tsc": (str(BIN / "node"), str(TSC), "--noEmit", "--project", "tracker_build/tsconfig.json"),
}
# From milliseconds to minutes: what fails first is found soonest. One pytest run each, so that the unit tests'
# closed sockets and the browser's event loop stay among themselves.
SUITES = (
    ("tests/unit", "tests/infra", "tests/flow", *sorted(map(str, ROOT.glob("tests/test_*.py")))),
    ("tests/browser",),
    ("tests/local",),
    ("tests/lake",),
)


def gates(console: Console) -> bool:
    """Runs them all, shows what the failing ones said; True where all passed."""
    passed = True
    for name, command in GATES.items():
        started = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env=environ(), capture_output=True, text=True, check=False)
        passed &= done.returncode == 0
        mark = "[green]✓[/]" if done.returncode == 0 else "[red]✗[/]"
        console.print(f"{mark} {name} [dim]{time.monotonic() - started:.0f} s[/]")
        if done.returncode:
            console.print((done.stdout + done.stderr).strip(), markup=False)
    return passed


def suites(console: Console) -> bool:
    """Runs pytest suite by suite and stops at the first that fails."""
    for paths in SUITES:
        console.rule(" ".join(paths))
        if subprocess.run(
            [str(BIN / "python"), "-m", "pytest", *paths], cwd=ROOT, env=environ(), check=False
        ).returncode:
            return False
    return True


def environ() -> dict[str, str]:
    """Without the caller's AWS settings: no test may reach a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    console = Console(highlight=False)
    started = time.monotonic()
    try:
        if not quick:
            with console.status("Browsers …"):
                browsers.ensure()
            with console.status("Trino, 453 MB once …"):
                trino.ensure()
        passed = gates(console) and (quick or suites(console))
    except LocalError as error:
        sys.exit(str(error))
    console.print(f"{'All passed' if passed else 'Failed'} in {time.monotonic() - started:.0f} s.")
    sys.exit(not passed)


if __name__ == "__main__":
    main()
