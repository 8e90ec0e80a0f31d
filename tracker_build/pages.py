"""The HTML that is published beside the script: what to paste into a site, and the visitor's opt-out page."""

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from tracker_build.script import Bundle
from tracker_build.spec import BuildSpec, TrackerSpec

_TEMPLATES = Path(__file__).resolve().parent / "templates"
# Methods that may be called before the script has loaded.
QUEUED = (
    *("page", "track", "screen", "identify", "account", "set", "unset"),
    *("reset", "consent", "optOut", "optIn", "flush", "use"),
)


def stub(tracker: TrackerSpec) -> str:
    """JavaScript that keeps calls made before the script has loaded; the script then makes them."""
    return (
        '!function(w,n){if(!w[n]){var p=w[n]={q:[]};"'
        + " ".join(QUEUED)
        + '".split(" ").forEach(function(m){p[m]=function(){p.q.push([m,arguments])}})}}'
        + f"(window,{json.dumps(tracker.global_name)})"
    )


def snippet(spec: BuildSpec) -> str:
    """The line to paste. Its script has a short life in caches, so that a new deployment reaches the site."""
    url = f"{spec.base_url}/{spec.script_name}"
    return f'<script>{stub(spec.tracker)}</script><script async src="{url}"></script>'


def pinned_snippet(spec: BuildSpec, bundle: Bundle) -> str:
    """The line for sites that want to see every change of the script first."""
    url = f"{spec.base_url}/{spec.stem}.{bundle.digest}.js"
    return (
        f"<script>{stub(spec.tracker)}</script>"
        f'<script async src="{url}" integrity="{bundle.integrity}" crossorigin="anonymous"></script>'
    )


def snippet_page(spec: BuildSpec, bundle: Bundle) -> bytes:
    """snippet.html: both lines, to read and to copy."""
    scripts = f"{spec.base_url} '{_hash(stub(spec.tracker))}'"
    return (
        _template("snippet.html")
        .substitute(
            style=_style(),
            snippet=escape(snippet(spec)),
            pinned=escape(pinned_snippet(spec, bundle)),
            bundle_bytes=f"{len(bundle.script):,}",
            gzip_bytes=f"{bundle.gzip_bytes:,}",
            csp=escape(f"script-src {scripts}; connect-src {spec.tracker.endpoint}"),
        )
        .encode()
    )


def _elsewhere(spec: BuildSpec) -> str:
    """Where no domain of the site's is set, the page's cookie and storage are CloudFront's own: it says so."""
    host = urlsplit(spec.base_url).hostname or ""
    if ".cloudfront." not in host:
        return ""
    link = (
        " There, open any page with <code>?penstock_optout=1</code> at the end of its address."
        if "consent" in spec.tracker.ordered_modules
        else ""
    )
    return f"<p>This page is at {escape(host)}. What you choose here does not reach sites at other domains.{link}</p>\n"


def opt_out_page(spec: BuildSpec) -> bytes:
    """optout.html: says whether visits are counted and lets the visitor change it, for the whole domain."""
    script = _template("optout.js").substitute(
        name=json.dumps(spec.tracker.global_name),
        cookie=json.dumps(spec.tracker.opt_out_cookie),
        ask=json.dumps(spec.tracker.opt_out == "opt-in"),
        gpc=json.dumps(spec.tracker.gpc == "honour"),
    )
    policy = (
        f"default-src 'none'; script-src 'self' '{_hash(script)}'; style-src '{_hash(_style())}'; "
        f"connect-src {spec.tracker.endpoint}; base-uri 'none'; form-action 'none'"
    )
    return (
        _template("optout.html")
        .substitute(
            policy=escape(policy),
            style=_style(),
            script=script,
            src=escape(spec.script_name),
            elsewhere=_elsewhere(spec),
        )
        .encode()
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _template(name: str) -> Template:
    return Template((_TEMPLATES / name).read_text(encoding="utf-8"))


def _style() -> str:
    return _template("style.css").template
