"""Publishing by deployment alone: a changed setting or source is a new tracker, a broken one leaves the old."""

import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.local.conftest import ROOT, Deployment


@pytest.fixture
def fork(deployment: Deployment, tmp_path: Path) -> Deployment:
    """The same deployment from a checkout of one's own, whose sources may be changed."""
    files = subprocess.run(
        ["git", "ls-files", "-zco", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tracker_build" / "node_modules").symlink_to(ROOT / "tracker_build" / "node_modules")
    return dataclasses.replace(deployment, checkout=tmp_path)


def script(deployment: Deployment, url: str = "tracker_url") -> bytes:
    status, _, body = deployment.http("GET", "/" + deployment.outputs[url].rpartition("/")[2])
    assert status == 200
    return body


def test_a_changed_setting_publishes_a_new_tracker(deployment: Deployment) -> None:
    deployment.up("sink=")
    before, old = script(deployment), deployment.outputs
    deployment.up("collect_path=/renamed", "tracker.opt_out=opt-in")
    new = deployment.outputs
    assert new["integrity"] != old["integrity"]
    assert b"/renamed" in script(deployment)
    assert script(deployment) == script(deployment, "versioned_url") != before
    # A page that was cached with the old versioned address still finds it.
    assert deployment.http("GET", "/" + old["versioned_url"].rpartition("/")[2])[2] == before
    body = '{"si": "shop.test", "events": [{"name": "moved"}]}'
    assert deployment.http("POST", "/renamed", body, Content_Type="text/plain")[0] == 200
    assert deployment.http("POST", "/e", body, Content_Type="text/plain")[0] == 404

    # What is not said again is not given up.
    done = deployment.run("local.up", "tracker.opt_out=")
    assert done.returncode == 1
    assert "Stage local stands with collect_path=/renamed, of which nothing is said now" in done.stderr
    assert "Traceback" not in done.stderr
    assert b"/renamed" in script(deployment)

    deployment.up("collect_path=", "tracker.opt_out=")
    assert script(deployment) == before


def test_a_changed_source_publishes_a_new_tracker(fork: Deployment) -> None:
    fork.up()
    before = script(fork)
    plugin = fork.checkout / "tracker_build" / "src" / "plugins" / "pageviews.ts"
    plugin.write_text(
        plugin.read_text() + '\n(window as unknown as Record<string, string>)["penstockFork"] = "changed";\n'
    )
    fork.up()
    assert b"penstockFork" in script(fork)
    assert b"penstockFork" not in before


def test_a_failed_build_fails_the_deployment_and_leaves_the_old_tracker(fork: Deployment) -> None:
    fork.up()
    before, outputs = script(fork), fork.outputs
    plugin = fork.checkout / "tracker_build" / "src" / "plugins" / "pageviews.ts"
    # TypeScript is told to look away, so that esbuild is the one to refuse.
    plugin.write_text('// @ts-expect-error\nimport { gone } from "./gone";\n' + plugin.read_text() + "\ngone();\n")
    done = fork.run("local.up")
    assert done.returncode == 1
    assert 'Could not resolve "./gone"' in done.stderr
    assert "Traceback" not in done.stderr
    assert script(fork) == before
    assert fork.outputs == outputs
    assert fork.http("GET", "/?si=shop.test&name=still_taken")[0] == 200


def test_a_source_that_does_not_compile_fails_before_anything_is_deployed(fork: Deployment) -> None:
    core = fork.checkout / "tracker_build" / "src" / "core.ts"
    core.write_text(core.read_text() + "\nexport const wrong: number = 'text';\n")
    done = fork.run("local.up")
    assert done.returncode == 1
    assert "The tracker's sources do not compile" in done.stderr
    assert "core.ts" in done.stderr
    assert "Traceback" not in done.stderr
