"""What the tracker-build function is deployed with. Runs where the stacks are synthesised, never in Lambda.

TypeScript lowers the sources to ES5 here, since esbuild does not.
"""

import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tracker_build.bundle import Tools, build
from tracker_build.script import BundleError
from tracker_build.spec import TrackerSpec

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent
_PROJECTS = ("tsconfig.json", "tsconfig.vendor.json")
_PINS = ("package.json", "package-lock.json", *_PROJECTS)


class StageError(Exception):
    """The sources do not compile, or a tool is missing; the message says which."""


def stage(destination: Path, tracker: TrackerSpec) -> None:
    """Writes the function's code to `destination`: Python, and the program of these settings.

    Raises:
        StageError: with what a tool said, or the name of the one that is missing.
    """
    package = destination / "tracker_build"
    for source in _runtime():
        copy = destination / source.relative_to(_ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    try:
        build(tracker, tools()).save(package / "program", tracker)
    except BundleError as error:
        raise StageError(str(error)) from error


def lower(destination: Path) -> None:
    """Writes `src`, and the one package it uses, as ES5 modules to `destination`.

    Raises:
        StageError: the sources do not compile.
    """
    for project, directory in zip(_PROJECTS, (destination, destination / "vendor"), strict=True):
        _compile("--project", project, "--outDir", str(directory))


def declarations(destination: Path) -> None:
    """Writes the types of `src` to `destination`, without those marked as internal.

    Raises:
        StageError: the sources do not compile.
    """
    only = ("--declaration", "--emitDeclarationOnly", "--stripInternal", "--removeComments", "false")
    _compile("--project", _PROJECTS[0], *only, "--outDir", str(destination))


def _compile(*options: str) -> None:
    compiler = _HERE / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.is_file():
        raise StageError("TypeScript is not installed: run `make setup`.")
    command = [node(), str(compiler), *options]
    done = subprocess.run(command, cwd=_HERE, capture_output=True, text=True, check=False)  # noqa: S603 - pinned
    if done.returncode:
        said = done.stdout.strip() or done.stderr.strip()
        raise StageError(f"The tracker's sources do not compile:\n{said}")


def tools() -> Tools:
    """The tools of this machine, and the sources lowered once for each state of the sources.

    Raises:
        StageError: the sources do not compile, or a tool is not installed.
    """
    processor = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(platform.machine().lower(), "arm64")
    esbuild = _HERE / "node_modules" / "@esbuild" / f"{sys.platform}-{processor}" / "bin" / "esbuild"
    terser = _HERE / "node_modules" / "terser" / "bin" / "terser"
    for tool in (esbuild, terser):
        if not tool.is_file():
            raise StageError(f"{tool.name} is not installed: run `make setup`.")
    sources = _ROOT / ".local" / "assets" / f"tracker-js-{source_hash()[:32]}"
    if not sources.exists():
        sources.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix="tracker-js-", dir=sources.parent))
        lower(partial)
        try:
            partial.rename(sources)
        except OSError:  # Another process was first; its copy is the same.
            shutil.rmtree(partial)
    return Tools(sources, esbuild, (node(), str(terser)))


def node() -> str:
    """The project's own Node.

    Raises:
        StageError: there is none.
    """
    beside = Path(sys.executable).with_name("node")
    found = str(beside) if beside.exists() else shutil.which("node")
    if found is None:
        raise StageError("Node is not installed: run `make setup`.")
    return found


def source_hash() -> str:
    """SHA-256 over everything that `stage` writes or that decides it, but for the settings."""
    digest = hashlib.sha256()
    pinned = [_HERE / name for name in _PINS]
    for path in sorted([*_runtime(), *(_HERE / "src").rglob("*.ts"), *pinned]):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_ROOT).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _runtime() -> list[Path]:
    """What the function runs as it stands, and what makes it: this package, and what all functions share."""
    return [
        *sorted(_HERE.glob("*.py")),
        *sorted((_HERE / "templates").iterdir()),
        _ROOT / "lambdas" / "__init__.py",
        *sorted((_ROOT / "lambdas" / "common").glob("*.py")),
    ]
