"""The script as pages get it: a program made where the stacks are synthesised (`bundle`), and its address.

The same program and address give the same bytes: the script's name holds a hash of them, and pages may pin them by
integrity.
"""

import base64
import gzip
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tracker_build.spec import TrackerSpec

# What stands in a program for the address, as JavaScript.
PLACE = b'"{endpoint}"'
_ASSET = Path(__file__).resolve().parent / "program"


class BundleError(Exception):
    """There is no script for these settings; the message says why, without paths of this machine."""


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


@dataclass(frozen=True)
class Program:
    """The modules of a tracker as one script that lacks nothing but its address, and its source map."""

    script: bytes
    source_map: bytes

    def at(self, endpoint: str) -> Bundle:
        """The script for this collect URL, which stands behind everything that the source map leads to."""
        return Bundle(self.script.replace(PLACE, json.dumps(endpoint).encode()), self.source_map)

    def save(self, directory: Path, tracker: TrackerSpec) -> None:
        """Writes what `load` reads."""
        directory.mkdir(parents=True)
        (directory / "t.js").write_bytes(self.script)
        (directory / "t.js.map").write_bytes(self.source_map)
        (directory / "settings.json").write_text(json.dumps(settings(tracker), indent=1), encoding="utf-8")


def load(tracker: TrackerSpec, directory: Path = _ASSET) -> Program:
    """The program that was made for these settings.

    Raises:
        BundleError: it was made for others; the message names them.
    """
    made, wanted = json.loads((directory / "settings.json").read_text(encoding="utf-8")), settings(tracker)
    if differ := [name for name in wanted if made.get(name) != wanted[name]]:
        raise BundleError(f"The script was made with another {', '.join(differ)}: synthesise the stack again.")
    return Program((directory / "t.js").read_bytes(), (directory / "t.js.map").read_bytes())


def settings(tracker: TrackerSpec) -> dict[str, Any]:
    """All that decides a program, as JSON has it."""
    chosen = asdict(tracker) | {"modules": list(tracker.ordered_modules)}
    del chosen["endpoint"]
    return chosen
