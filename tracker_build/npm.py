"""`make npm-package`: the same sources as an npm package, for sites that bundle their own scripts.

An ES module with types; nothing happens when it is imported, and a bundler leaves out the modules that a site does
not name. Written to a directory that `npm pack` and `npm publish` take as it is.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tracker_build.bundle import VERSION, Tools, esbuild, room
from tracker_build.script import Bundle, BundleError
from tracker_build.spec import MODULES, REQUIRES
from tracker_build.stage import StageError, declarations, tools

NAME = "penstock-tracker"
_HERE = Path(__file__).resolve().parent
_SETTINGS = ("ENDPOINT", "PREFIX", "OPT_OUT", "OPT_IN", "GPC", "COOKIELESS")


def package(destination: Path, with_tools: Tools | None = None) -> None:
    """Writes the package to `destination`.

    Raises:
        BundleError, StageError: with what the tool said.
    """
    used = with_tools or tools()
    built = _module(used)
    destination.mkdir(parents=True, exist_ok=True)
    (destination / "index.js").write_bytes(built.script)
    (destination / "index.d.ts").write_text(_types(), encoding="utf-8")
    (destination / "package.json").write_text(json.dumps(_manifest(), indent=2) + "\n", encoding="utf-8")
    (destination / "README.md").write_text(_readme(), encoding="utf-8")
    shutil.copyfile(_HERE.parent / "LICENSE", destination / "LICENSE")


def _module(used: Tools) -> Bundle:
    lines = ['export { init } from "./js/package.js";']
    lines += [f'export {{ default as {name} }} from "./js/{room(name, used.sources)}/{name}.js";' for name in MODULES]
    defines = {name: f"penstock_settings.{name}" for name in _SETTINGS}
    defines |= {"VERSION": json.dumps(VERSION), "EXTRAS": "true", "GLOBAL": '""'}
    return esbuild(
        used,
        "\n".join([*lines, ""]),
        ("--format=esm", "--target=es2017", "--minify-syntax", "--inject:./js/settings.js", "--external:web-vitals"),
        defines,
    )


def _types() -> str:
    """One file: relative imports between declarations are not found by every way of resolving modules."""
    with tempfile.TemporaryDirectory(prefix="penstock-") as name:
        declarations(Path(name))
        shared, own = ((Path(name) / f"{part}.d.ts").read_text(encoding="utf-8") for part in ("types", "package"))
    own = re.sub(r"^import .*?;\n", "", own, flags=re.MULTILINE)
    own = own.replace("export {};\n", "")
    modules = "".join(f"export declare const {name}: Plugin;\n" for name in MODULES)
    return shared + own + modules


def _manifest() -> dict[str, object]:
    pinned = json.loads((_HERE / "package.json").read_text(encoding="utf-8"))
    return {
        "name": NAME,
        "version": VERSION,
        "description": "Penstock's tracker: no event lost",
        "license": "MIT",
        "type": "module",
        "sideEffects": False,
        "exports": {".": {"types": "./index.d.ts", "default": "./index.js"}},
        "types": "./index.d.ts",
        "files": ["index.js", "index.d.ts"],
        "dependencies": {"web-vitals": pinned["dependencies"]["web-vitals"]},
    }


def _readme() -> str:
    needs = "\n".join(f"- `{name}` needs {', '.join(f'`{need}`' for need in REQUIRES[name])}" for name in REQUIRES)
    return f"""# {NAME}

The tracker of Penstock, for sites that bundle their scripts.

```js
import {{ init, users, pageviews }} from "{NAME}";

const penstock = init({{ endpoint: "https://t.example.com/e", modules: [users, pageviews] }});
penstock.track("signed up", {{ plan: "free" }});
```

Importing does nothing, on a server too; `init` there gives a tracker whose calls do nothing. There is one tracker a
page: a second `init` gives the first.

Modules, in the order in which they are to be given: {", ".join(f"`{name}`" for name in MODULES)}.

{needs}
"""


def main(arguments: list[str] | None = None) -> int:
    """1 and one sentence when it cannot be built."""
    parser = argparse.ArgumentParser(prog="make npm-package", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("penstock-tracker"), help="directory to write")
    options = parser.parse_args(arguments)
    try:
        package(options.out)
    except (BundleError, StageError, OSError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: {NAME} {VERSION}; `npm pack {options.out}` makes the archive.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
