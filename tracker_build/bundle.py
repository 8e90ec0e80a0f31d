"""The chosen modules as one ES5 script that lacks its address. Runs where the stacks are synthesised, never in Lambda.

esbuild bundles what `stage` has lowered to ES5 and drops what the settings switch off; terser shortens it, since its
names repeat more and so compress better. The same spec and sources give the same bytes, on any machine and in any
directory.
"""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tracker_build.script import PLACE, Bundle, BundleError, Program
from tracker_build.spec import TrackerSpec

VERSION = "0.1.0"
_SECONDS = 60
# A function that is called once is not put in its place: that costs names, which compress worse.
_TERSER = (
    "--toplevel",
    "--mangle",
    "--compress",
    "passes=3,inline=1,keep_fargs=false,hoist_funs=true,pure_getters=true",
)


@dataclass(frozen=True)
class Tools:
    """Where the lowered sources and the programs are."""

    sources: Path
    esbuild: Path
    terser: tuple[str, ...]


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
    """Constants of `src/defines.d.ts`. esbuild folds them in and drops the code they switch off."""
    return {
        "GLOBAL": spec.global_name,
        "PREFIX": spec.prefix,
        "OPT_IN": spec.opt_out == "opt-in",
        "GPC": spec.gpc == "honour",
        "COOKIELESS": spec.storage == "none",
        "VERSION": VERSION,
        "EXTRAS": spec.ordered_modules not in ((), ("pageviews",)),
    }


def bundle(spec: TrackerSpec, tools: Tools) -> Bundle:
    """The finished script.

    Raises:
        BundleError: with the tool's message.
    """
    return build(spec, tools).at(spec.endpoint)


def build(spec: TrackerSpec, tools: Tools) -> Program:
    """Everything but the address.

    Raises:
        BundleError: with the tool's message.
    """
    options = (
        "--minify-syntax",
        "--target=es5",
        "--format=esm",
        "--mangle-props=_$",
        "--alias:web-vitals=./js/vendor/web-vitals.js",
        *(("--inject:./js/shared/shims.js",) if "vitals" in spec.ordered_modules else ()),
    )
    values = {name: json.dumps(value) for name, value in defines(spec).items()}
    with tempfile.TemporaryDirectory(prefix="penstock-") as name:
        directory = Path(name)
        _esbuild(tools, entry(spec, tools.sources), options, values, directory)
        # As arguments of the function around it all, what is used often is written once, and the address comes last.
        given = f"ENDPOINT,OPT_OUT:{PLACE.decode()},{json.dumps(spec.opt_out_cookie)}"
        map_options = "content='t.js.map',filename='t.js',includeSources"
        command = [*tools.terser, "t.js", *_TERSER, "--enclose", given, "--source-map", map_options, "--output", "t.js"]
        _run("terser", command, directory)
        return Program((directory / "t.js").read_bytes(), (directory / "t.js.map").read_bytes())


def esbuild(tools: Tools, program: str, options: tuple[str, ...], values: dict[str, str]) -> Bundle:
    """`program`, which imports from `./js`, as one script; `values` are the constants' JavaScript.

    Raises:
        BundleError: with esbuild's message.
    """
    with tempfile.TemporaryDirectory(prefix="penstock-") as name:
        directory = Path(name)
        _esbuild(tools, program, options, values, directory)
        return Bundle((directory / "t.js").read_bytes(), (directory / "t.js.map").read_bytes())


def _esbuild(tools: Tools, program: str, options: tuple[str, ...], values: dict[str, str], directory: Path) -> None:
    # Copied, so that the paths in the source map are the same wherever the sources lie.
    shutil.copytree(tools.sources, directory / "js")
    (directory / "entry.js").write_text(program, encoding="utf-8")
    command = [
        str(tools.esbuild),
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
    _run("esbuild", command, directory)


def _run(tool: str, command: list[str], directory: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own programs; every value was checked by the spec
            command, cwd=directory, env={}, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BundleError(f"{tool} did not run: {error}") from error
    if done.returncode:
        message = done.stderr.decode(errors="replace").replace(f"{directory}/", "").strip()
        raise BundleError(f"{tool} refused the tracker: {message}")
