"""What is measured: Penstock's tracker as it is deployed, and others as a site would bundle them."""

import gzip
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tracker_build.bundle import bundle
from tracker_build.cli import brotli_bytes
from tracker_build.spec import MODULES, TrackerSpec
from tracker_build.stage import node, tools

_HERE = Path(__file__).resolve().parent
_CACHE = _HERE.parent.parent / ".cache" / "tracker-bench"
# Calls the public API, as the others' entries do.
_OURS = b"\nwindow.bench = function (name, props) { penstock.track(name, props); };\n"


@dataclass(frozen=True)
class Peer:
    """One of the others: the npm package, its file in entries/, and what only its page view says on the wire."""

    name: str
    package: str
    entry: str
    view: str


PEERS = (
    Peer("Plausible", "@plausible-analytics/tracker", "plausible", r'"n":"pageview"'),
    Peer("Plausible, older", "plausible-tracker", "plausible-old", r'"n":"pageview"'),
    Peer("Umami, for servers", "@umami/node", "umami", r'"url":"[^"]*"}}'),
    Peer("serverless-website-analytics", "serverless-website-analytics-client", "swa", r'"time_on_page"'),
    Peer("Snowplow", "@snowplow/browser-tracker", "snowplow", r'"e":"pv"'),
    Peer("Segment", "@segment/analytics-next", "segment", r'"type":"page"'),
    Peer("Mixpanel", "mixpanel-browser", "mixpanel", r'"\$mp_web_page_view"'),
    Peer("PostHog", "posthog-js", "posthog", r'"\$pageview"'),
    Peer("Amplitude", "@amplitude/analytics-browser", "amplitude", r"\[Amplitude\] Page Viewed"),
)


@dataclass(frozen=True)
class Setup:
    """A script that starts a tracker, sends a page view, and leaves `window.bench(name, props)` to track by."""

    name: str
    source: str
    ours: bool
    view: str
    script: bytes
    raw: int
    gzip: int
    brotli: int


def setups(sink: str) -> list[Setup]:
    """All of them, ours first, sending to the origin `sink`.

    Raises:
        subprocess.CalledProcessError: npm or esbuild failed.
    """
    _install()
    ours = [("Penstock, core", ("pageviews",)), ("Penstock, everything", MODULES)]
    return [_ours(name, modules, sink) for name, modules in ours] + [_peer(peer, sink) for peer in PEERS]


def _ours(name: str, modules: tuple[str, ...], sink: str) -> Setup:
    script = bundle(TrackerSpec(endpoint=sink + "/e", modules=modules), tools()).script
    return _setup(name, "this checkout", True, r'"name":"page_view"', script, script + _OURS)


def _peer(peer: Peer, sink: str) -> Setup:
    entry = _CACHE / f"{peer.entry}.js"
    shutil.copyfile(_HERE / "entries" / entry.name, entry)
    command = [
        *(str(tools().esbuild), str(entry), "--bundle", "--minify", "--format=iife", "--platform=browser"),
        *("--legal-comments=none", f"--define:SINK={json.dumps(sink)}", '--define:process.env.NODE_ENV="production"'),
    ]
    script = subprocess.run(command, capture_output=True, check=True).stdout
    manifest = json.loads((_CACHE / "node_modules" / peer.package / "package.json").read_text())
    return _setup(peer.name, f"{peer.package} {manifest['version']}", False, peer.view, script, script)


def _setup(name: str, source: str, ours: bool, view: str, weighed: bytes, script: bytes) -> Setup:
    zipped = len(gzip.compress(weighed, 9, mtime=0))
    return Setup(name, source, ours, view, script, len(weighed), zipped, brotli_bytes(weighed))


def _install() -> None:
    """The packages as the lock file pins them, in a directory that git ignores."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    pins = [_HERE / name for name in ("package.json", "package-lock.json", ".npmrc")]
    installed = _CACHE / "node_modules" / ".package-lock.json"
    if installed.is_file() and all((_CACHE / pin.name).read_bytes() == pin.read_bytes() for pin in pins):
        return
    for pin in pins:
        shutil.copyfile(pin, _CACHE / pin.name)
    program = Path(node())
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([str(program.with_name("npm")), "ci"], cwd=_CACHE, env=environment, check=True)
