"""`make tracker MODULES=core,pageviews OUT=t.js`: builds any selection here and prints what it weighs."""

import argparse
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tracker_build.bundle import bundle
from tracker_build.script import BundleError
from tracker_build.spec import CORE, MODULES, SpecError, TrackerSpec
from tracker_build.stage import StageError, node, tools

# Where the script posts to unless told: a page that tries a build out has the local stack's path.
ENDPOINT = "https://example.com/e"
_BROTLI = "process.stdout.write(String(require('zlib').brotliCompressSync(require('fs').readFileSync(0)).length))"


def main(arguments: list[str] | None = None) -> int:
    """Writes the script and its source map; 1 and one sentence when it cannot be built."""
    parser = argparse.ArgumentParser(prog="make tracker", description=__doc__)
    parser.add_argument("--modules", default=",".join((CORE, *MODULES)), help="comma-separated; default: all")
    parser.add_argument("--out", type=Path, default=Path("t.js"), help="file to write")
    parser.add_argument("--endpoint", default=ENDPOINT, help="collect URL that the script posts to")
    options = parser.parse_args(arguments)
    modules = tuple(name.strip() for name in options.modules.split(",") if name.strip() not in ("", CORE))
    try:
        spec = TrackerSpec(endpoint=options.endpoint, modules=modules)
        built = bundle(spec, tools())
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_bytes(built.script)
        options.out.with_suffix(".js.map").write_bytes(built.source_map)
    except (SpecError, BundleError, StageError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    table = Table("modules", "bytes", "gzip", "brotli")
    table.add_row(
        ", ".join((CORE, *spec.ordered_modules)),
        f"{len(built.script):,}",
        f"{built.gzip_bytes:,}",
        f"{brotli_bytes(built.script):,}",
    )
    Console().print(table)
    return 0


def brotli_bytes(script: bytes) -> int:
    """Size at brotli's highest level."""
    # Node has brotli built in, and is here to run TypeScript: no package is needed for one figure.
    done = subprocess.run([node(), "-e", _BROTLI], input=script, capture_output=True, check=True)  # noqa: S603
    return int(done.stdout)


if __name__ == "__main__":
    raise SystemExit(main())
