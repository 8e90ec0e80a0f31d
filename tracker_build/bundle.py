"""The chosen modules as one ES5 script. esbuild bundles what `stage` has lowered to ES5; no Node is needed.

The same spec and sources give the same bytes, on any machine and in any directory: the script's name holds a
hash of them, and pages may pin them by integrity.
"""

import base64
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tracker_build.spec import TrackerSpec

VERSION = "0.1.0"
_HERE = Path(__file__).resolve().parent
_SECONDS = 60


class BundleError(Exception):
    """esbuild refused; the message is its own, without paths of this machine."""


@dataclass(frozen=True)
class Tools:
    """Where the lowered sources and the esbuild binary are."""

    sources: Path = _HERE / "js"
    esbuild: Path = _HERE / "bin" / "esbuild"


@dataclass(frozen=True)
class Bundle:
    """A built script and its source map."""

    script: bytes
    source_map: bytes

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that change when the script does."""
        return hashlib.sha256(self.script).hexdigest()[:12]

    @cached_property
    def integrity(self) -> str:
        """For the script tag's `integrity` attribute (Subresource Integrity)."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.script).digest()).decode()

    @cached_property
    def gzip_bytes(self) -> int:
        """Size as `gzip -9` makes it."""
        return len(gzip.compress(self.script, 9, mtime=0))


def entry(spec: TrackerSpec, sources: Path) -> str:
    """The program: the core started with the chosen modules."""
    lines = ['import { run } from "./js/script.js";']
    for number, name in enumerate(spec.ordered_modules):
        lines.append(f'import module{number} from "./js/{room(name, sources)}/{name}.js";')
    chosen = ", ".join(f"module{number}" for number in range(len(spec.ordered_modules)))
    return "\n".join([*lines, f"run([{chosen}]);", ""])


def room(name: str, sources: Path) -> str:
    """The directory of a module."""
    return next(each for each in ("plugins", "compat") if (sources / each / f"{name}.js").is_file())


def defines(spec: TrackerSpec) -> dict[str, str | bool]:
    """The constants of `src/types.ts`. esbuild folds them in and drops the code they switch off."""
    return {
        "ENDPOINT": spec.endpoint,
        "GLOBAL": spec.global_name,
        "PREFIX": spec.prefix,
        "OPT_OUT": spec.opt_out_cookie,
        "OPT_IN": spec.opt_out == "opt-in",
        "GPC": spec.gpc == "honour",
        "COOKIELESS": spec.storage == "none",
        "VERSION": VERSION,
        "EXTRAS": spec.ordered_modules not in ((), ("pageviews",)),
    }


def bundle(spec: TrackerSpec, tools: Tools | None = None) -> Bundle:
    """Builds the script in a directory of its own.

    Raises:
        BundleError: with esbuild's message.
    """
    tools = tools or Tools()
    options = (
        "--minify",
        "--target=es5",
        "--format=iife",
        "--mangle-props=_$",
        "--alias:web-vitals=./js/vendor/web-vitals.js",
        *(("--inject:./js/shared/shims.js",) if "vitals" in spec.ordered_modules else ()),
    )
    return esbuild(
        tools,
        entry(spec, tools.sources),
        options,
        {name: json.dumps(value) for name, value in defines(spec).items()},
    )


def esbuild(tools: Tools, program: str, options: tuple[str, ...], values: dict[str, str]) -> Bundle:
    """`program`, which imports from `./js`, as one script; `values` are the constants' JavaScript.

    Raises:
        BundleError: with esbuild's message.
    """
    with tempfile.TemporaryDirectory(prefix="penstock-") as name:
        directory = Path(name)
        # Copied, so that the paths in the source map are the same wherever the function's code lies.
        shutil.copytree(tools.sources, directory / "js")
        (directory / "entry.js").write_text(program, encoding="utf-8")
        command = [
            str(_executable(tools.esbuild, directory)),
            "entry.js",
            "--bundle",
            *options,
            "--charset=utf8",
            "--legal-comments=none",
            "--sourcemap=external",
            "--sources-content=true",
            "--log-level=warning",
            "--color=false",
            "--outfile=t.js",
            *(f"--define:{key}={value}" for key, value in values.items()),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - our own binary; every value was checked by the spec
                command, cwd=directory, env={}, capture_output=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BundleError(f"esbuild did not run: {error}") from error
        if done.returncode:
            message = done.stderr.decode(errors="replace").replace(f"{directory}/", "").strip()
            raise BundleError(f"esbuild refused the tracker: {message}")
        return Bundle((directory / "t.js").read_bytes(), (directory / "t.js.map").read_bytes())


def _executable(program: Path, directory: Path) -> Path:
    """The program itself, or a copy that may run: not everything that unpacks a function keeps the mode."""
    if os.access(program, os.X_OK):
        return program
    copy = directory / program.name
    shutil.copyfile(program, copy)
    copy.chmod(0o755)
    return copy
