"""The custom resource, from CloudFormation's event to the files in S3: the real tools, moto's AWS."""

import base64
import dataclasses
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tracker_build import bundle as bundling
from tracker_build import handler
from tracker_build.bundle import Tools, build, bundle
from tracker_build.script import PLACE, BundleError, Program, load
from tracker_build.spec import SpecError, TrackerSpec
from tracker_build.stage import source_hash, stage, tools

BUCKET = "files"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        handler._s3.cache_clear()
        handler._cloudfront.cache_clear()
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield
    handler._s3.cache_clear()
    handler._cloudfront.cache_clear()


@cache
def _built(tracker: TrackerSpec) -> Program:
    return build(tracker, tools())


@pytest.fixture(autouse=True)
def _program(monkeypatch: pytest.MonkeyPatch) -> None:
    # In Lambda it lies in the asset, beside the code, and is the one of the settings.
    monkeypatch.setattr(handler, "load", _built)


def altered(directory: Path, name: str, change: Callable[[str], str]) -> Tools:
    """The tools with one of the lowered sources changed."""
    shutil.copytree(tools().sources, directory)
    file = directory / name
    file.write_text(change(file.read_text()))
    return dataclasses.replace(tools(), sources=directory)


@pytest.fixture
def distribution(aws: None) -> str:
    origin = {
        "Id": "files",
        "DomainName": f"{BUCKET}.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    made = boto3.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "test",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "files", "ViewerProtocolPolicy": "redirect-to-https"},
        }
    )
    return str(made["Distribution"]["Id"])


def event(kind: str, distribution: str, **properties: Any) -> dict[str, Any]:
    given = {
        "Endpoint": "https://t.example.com/e",
        "BaseUrl": "https://t.example.com",
        "Bucket": BUCKET,
        "DistributionId": distribution,
        "Modules": ["core", "pageviews"],
        "ScriptName": "t.js",
        "OptOut": "opt-out",
        "Gpc": "honour",
        "OptOutCookie": "penstock_optout",
        "SourceHash": "abc",
        **properties,
    }
    made: dict[str, Any] = {"RequestType": kind, "RequestId": f"{kind}-1", "ResourceProperties": given}
    if kind != "Create":
        made["PhysicalResourceId"] = f"penstock-tracker-{BUCKET}"
    return made


def published() -> dict[str, Any]:
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {each["Key"]: s3.get_object(Bucket=BUCKET, Key=each["Key"]) for each in found}


def invalidations(distribution: str) -> list[dict[str, Any]]:
    cloudfront = boto3.client("cloudfront")
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
    return [cloudfront.get_invalidation(DistributionId=distribution, Id=each["Id"])["Invalidation"] for each in listed]


def test_create_publishes_the_tracker(distribution: str) -> None:
    answer = handler.on_event(event("Create", distribution), None)
    data = answer["Data"]
    files = published()
    version = data["VersionedUrl"].removeprefix("https://t.example.com/")
    assert re.fullmatch(r"t\.[0-9a-f]{12}\.js", version)
    assert set(files) == {"t.js", version, f"{version}.map", "optout.html", "snippet.html"}
    assert answer["PhysicalResourceId"] == f"penstock-tracker-{BUCKET}"
    assert data["Url"] == "https://t.example.com/t.js"
    assert data["ScriptKey"] == "t.js"
    script = files["t.js"]["Body"].read()
    assert script == files[version]["Body"].read()
    assert b'"https://t.example.com/e"' in script
    assert data["Bytes"] == str(len(script))
    assert data["GzipBytes"] == str(len(gzip.compress(script, 9)))
    assert data["Integrity"] == "sha384-" + base64.b64encode(hashlib.sha384(script).digest()).decode()
    assert data["Snippet"].endswith('<script async src="https://t.example.com/t.js"></script>')
    assert "\n" not in data["Snippet"]
    # What CloudFormation takes of an answer, with room for what the framework adds.
    assert len(json.dumps(answer)) < 3000
    assert {key: (file["ContentType"], file["CacheControl"]) for key, file in files.items()} == {
        "t.js": ("text/javascript; charset=utf-8", "public, max-age=300, stale-while-revalidate=86400"),
        version: ("text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        f"{version}.map": ("application/json", "public, max-age=31536000, immutable"),
        "optout.html": ("text/html; charset=utf-8", "public, max-age=300, stale-while-revalidate=86400"),
        "snippet.html": ("text/html; charset=utf-8", "public, max-age=300, stale-while-revalidate=86400"),
    }
    assert invalidations(distribution) == []


def test_the_snippet_page_holds_both_lines(distribution: str) -> None:
    data = handler.on_event(event("Create", distribution), None)["Data"]
    page = unescape(published()["snippet.html"]["Body"].read().decode())
    assert data["Snippet"] in page
    assert f'src="{data["VersionedUrl"]}" integrity="{data["Integrity"]}" crossorigin="anonymous"' in page


def test_the_source_map_leads_to_the_typescript(distribution: str) -> None:
    handler.on_event(event("Create", distribution), None)
    [body] = [file["Body"].read() for key, file in published().items() if key.endswith(".map")]
    source_map = json.loads(body)
    by_name = dict(zip(source_map["sources"], source_map["sourcesContent"], strict=True))
    source = Path(bundling.__file__).parent / "src" / "core.ts"
    assert by_name["penstock://tracker/core.ts"] == source.read_text(encoding="utf-8")
    assert not [name for name in by_name if ".." in name or name.startswith("/")]


def test_a_changed_setting_publishes_anew_and_keeps_what_is_pinned(distribution: str) -> None:
    first = handler.on_event(event("Create", distribution), None)
    second = handler.on_event(event("Update", distribution, OptOut="opt-in"), None)
    assert second["PhysicalResourceId"] == first["PhysicalResourceId"]
    assert second["Data"]["Integrity"] != first["Data"]["Integrity"]
    files = published()
    old, new = (each["Data"]["VersionedUrl"].rpartition("/")[2] for each in (first, second))
    assert {old, new} < set(files)
    assert files["t.js"]["Body"].read() == files[new]["Body"].read()
    [invalidation] = invalidations(distribution)
    assert set(invalidation["InvalidationBatch"]["Paths"]["Items"]) == {
        "/t.js",
        "/optout.html",
        "/snippet.html",
    }
    assert invalidation["InvalidationBatch"]["CallerReference"] == "Update-1"


def test_a_changed_source_file_publishes_anew(
    distribution: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = handler.on_event(event("Create", distribution), None)
    changed = altered(tmp_path / "js", "plugins/pageviews.js", lambda text: text.replace("popstate", "hashchange"))
    monkeypatch.setattr(handler, "load", lambda tracker: build(tracker, changed))
    second = handler.on_event(event("Update", distribution), None)
    assert second["Data"]["VersionedUrl"] != first["Data"]["VersionedUrl"]
    assert b"hashchange" in published()["t.js"]["Body"].read()


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_program_of_other_settings_is_not_published(
    kind: str, distribution: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "Update":
        handler.on_event(event("Create", distribution), None)
    before = {key: file["Body"].read() for key, file in published().items()}
    made = TrackerSpec(endpoint="https://t.example.com/e", modules=("pageviews",), opt_out="opt-in", prefix="_x_")
    _built(made).save(tmp_path / "program", made)
    monkeypatch.setattr(handler, "load", lambda tracker: load(tracker, tmp_path / "program"))
    with pytest.raises(BundleError, match="made with another opt_out, prefix: synthesise the stack again"):
        handler.on_event(event(kind, distribution), None)
    assert {key: file["Body"].read() for key, file in published().items()} == before
    assert invalidations(distribution) == []


def test_a_failed_build_speaks_with_esbuilds_words(tmp_path: Path) -> None:
    broken = altered(tmp_path / "js", "core.js", lambda text: "export const start = () => {")
    with pytest.raises(BundleError, match=r"(?s)js/core\.js:1:\d+.*Unexpected end of file") as raised:
        build(TrackerSpec(endpoint="https://t.example.com/e"), broken)
    assert "/tmp" not in str(raised.value)


def test_modern_syntax_never_ships(tmp_path: Path) -> None:
    modern = altered(
        tmp_path / "js", "core.js", lambda text: "export function start() { const { a } = window; return a }"
    )
    with pytest.raises(BundleError, match="not supported yet"):
        build(TrackerSpec(endpoint="https://t.example.com/e"), modern)


def test_the_source_map_holds_whatever_the_address(tmp_path: Path) -> None:
    program = _built(TrackerSpec(endpoint="https://t.example.com/e"))
    assert program.script.count(PLACE) == 1
    # Nothing that is mapped stands behind the address.
    assert re.fullmatch(rb'"\{endpoint\}","penstock_optout"\);?\n?', program.script[program.script.index(PLACE) :])
    assert program.at("https://a.example/e").source_map == program.at("https://bb.example/collect").source_map


def test_an_upload_that_stops_half_way_leaves_the_old_tracker(
    distribution: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler.on_event(event("Create", distribution), None)
    before = published()["t.js"]["Body"].read()
    _refuse_after(2, monkeypatch)
    with pytest.raises(ClientError):
        handler.on_event(event("Update", distribution, OptOut="opt-in"), None)
    assert published()["t.js"]["Body"].read() == before


def test_a_create_that_fails_leaves_a_bucket_that_can_be_rolled_back(
    distribution: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _refuse_after(2, monkeypatch)
    with pytest.raises(ClientError):
        handler.on_event(event("Create", distribution), None)
    assert published() == {}


def _refuse_after(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 takes `number` files and refuses the next."""
    real = handler._s3().put_object
    left = iter(range(number))

    def put_object(**arguments: Any) -> Any:
        if next(left, None) is None:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "Please reduce"}}, "PutObject")
        return real(**arguments)

    monkeypatch.setattr(handler._s3(), "put_object", put_object)


def test_delete_empties_the_bucket_and_may_come_again(distribution: str) -> None:
    handler.on_event(event("Create", distribution), None)
    s3 = boto3.client("s3")
    for number in range(1100):  # more than one page of a listing
        s3.put_object(Bucket=BUCKET, Key=f"t.{number:012x}.js", Body=b"")
    answer = handler.on_event(event("Delete", distribution), None)
    assert answer["PhysicalResourceId"] == f"penstock-tracker-{BUCKET}"
    assert published() == {}
    s3.delete_bucket(Bucket=BUCKET)
    handler.on_event(event("Delete", distribution, Endpoint="", OptOut="?"), None)


def test_another_bucket_is_another_resource(distribution: str) -> None:
    boto3.client("s3").create_bucket(Bucket="other")
    first = handler.on_event(event("Create", distribution), None)
    second = handler.on_event(event("Update", distribution, Bucket="other"), None)
    assert first["PhysicalResourceId"] != second["PhysicalResourceId"]


def test_wrong_properties_fail_before_anything_is_done(distribution: str) -> None:
    with pytest.raises(SpecError) as raised:
        handler.on_event(event("Create", distribution, Endpoint="ftp://x", Modules=["clicking"], Gpc="maybe"), None)
    for name in ("Endpoint", "clicking", "Gpc"):
        assert name in str(raised.value)
    assert published() == {}


def test_the_same_spec_gives_the_same_bytes_in_any_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = TrackerSpec(endpoint="https://t.example.com/e")
    here = bundle(spec, tools())
    deep = tmp_path / "a" / "b"
    deep.parent.mkdir()
    shutil.copytree(tools().sources, deep)
    monkeypatch.setattr(tempfile, "tempdir", str(deep.parent))
    there = bundle(spec, dataclasses.replace(tools(), sources=deep))
    assert there == here


def test_the_asset_composes_alone_without_any_tool(tmp_path: Path) -> None:
    spec = TrackerSpec(endpoint="https://t.example.com/e")
    stage(tmp_path / "asset", spec)
    program = (
        "import sys; sys.path.insert(0, '.');"
        "from tracker_build.script import load; from tracker_build.spec import TrackerSpec;"
        "import tracker_build.handler;"
        "spec = TrackerSpec(endpoint='https://t.example.com/e');"
        "sys.stdout.write(load(spec).at(spec.endpoint).integrity)"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=tmp_path / "asset",
        env={"PATH": "", "AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_METRICS_NAMESPACE": "Penstock"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == bundle(spec, tools()).integrity
    shipped = [path for path in (tmp_path / "asset").rglob("*") if path.is_file()]
    assert {"handler.py", "t.js", "t.js.map", "env.py", "optout.html"} <= {path.name for path in shipped}
    assert not [path for path in shipped if path.suffix in (".ts", ".pyc")]
    assert sum(path.stat().st_size for path in shipped) < 500_000


def test_the_hash_follows_every_file_that_goes_in(tmp_path: Path) -> None:
    root = Path(bundling.__file__).parents[1]
    shutil.copytree(root / "tracker_build", tmp_path / "tracker_build", ignore=shutil.ignore_patterns("node_modules"))
    shutil.copytree(root / "lambdas", tmp_path / "lambdas")

    def digest() -> str:
        program = "from tracker_build.stage import source_hash; print(source_hash())"
        command = [sys.executable, "-B", "-c", program]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    seen = {digest()}
    assert seen == {source_hash()}
    for name in (
        "tracker_build/src/plugins/pageviews.ts",
        "tracker_build/templates/optout.html",
        "tracker_build/publish.py",
        "tracker_build/package-lock.json",
        "lambdas/common/env.py",
    ):
        with (tmp_path / name).open("a") as file:
            file.write("\n")
        seen.add(digest())
    assert len(seen) == 6
