"""The CDK CLI, pinned by tracker_build/package-lock.json, with its output kept and its errors shown."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra import config
from local.stack import BIN, ROOT, LocalError

CLI = ROOT / "tracker_build" / "node_modules" / "aws-cdk" / "bin" / "cdk"
# What the CLI prints of a resource that is done: `Stack |  3/40 | 10:00:00 AM | CREATE_COMPLETE | AWS::…`.
_QUIET = ("--ci", "--no-notices", "--no-version-reporting", "--progress", "events")


def cdk(
    *arguments: str,
    environ: Mapping[str, str],
    log: Path,
    on_line: Callable[[str], None] = lambda line: None,
) -> None:
    """Runs the CLI; each line it prints goes to the log and to `on_line`. Raises LocalError with its last words."""
    log.parent.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    command = [str(BIN / "node"), str(CLI), *arguments, *_QUIET]
    with log.open("a") as kept:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environ, "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None
        for line in process.stdout:
            kept.write(line)
            lines.append(line.rstrip())
            on_line(lines[-1])
        if process.wait():
            raise LocalError("\n".join(_reason(lines)))


def context(settings: Sequence[str]) -> list[str]:
    """`sink=kinesis` for each setting to be overridden, as the CLI's arguments.

    Raises LocalError for what the app would refuse, before anything is started, and for a name that the app, which
    asks for the names it knows, would never see.
    """
    load(given(settings))
    return [part for setting in settings for part in ("--context", setting)]


def given(settings: Sequence[str]) -> dict[str, str]:
    """What was said, by name. Raises LocalError."""
    said: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise LocalError(f'{setting!r} is no setting: write SET="name=value other=value".')
        if name not in config.names():
            raise LocalError(f"There is no setting {name!r}: the settings are {', '.join(config.names())}.")
        said[name] = value
    return said


def load(said: Mapping[str, str]) -> config.Config:
    """What the app will make of it, with cdk.json. Raises LocalError."""
    defaults = json.loads((ROOT / "cdk.json").read_text())["context"]["penstock"]
    try:
        return config.load(defaults, said)
    except config.ConfigError as error:
        raise LocalError(str(error)) from None


def stack_outputs(file: Path) -> dict[str, str]:
    """The outputs of all stacks, from the CLI's --outputs-file."""
    found: dict[str, dict[str, str]] = json.loads(file.read_text())
    return {name: value for outputs in found.values() for name, value in outputs.items()}


def _reason(lines: Sequence[str]) -> list[str]:
    """The lines that say why: from the first that failed, or from what the app itself said before it ended."""
    told = [line for line in lines if line.strip() and "Subprocess exited with error" not in line]
    # A resource that failed is told several times over; what the app itself says comes last.
    return [line for line in told if "_FAILED" in line][:4] or told[-8:]
