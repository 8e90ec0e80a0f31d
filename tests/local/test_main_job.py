"""From an empty machine to a queried event: `make up`, a real browser, S3, DynamoDB, SQL, `make down`."""

import dataclasses
import json
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from lambdas.state.codec import text_of
from local.stack import listening
from tests.local.conftest import Deployment, free_port, until

KEYS = {
    *("aws_endpoint_url", "region", "api_url", "collect_url", "tracker_url", "demo_url", "raw_bucket", "bad_prefix"),
    *("raw_prefix", "state_table", "glue_database", "raw_table", "athena_workgroup", "integrity"),
}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A web site of somebody's, on an origin of its own: its address and its folder."""
    folder = tmp_path_factory.mktemp("site")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", folder
    server.shutdown()
    server.server_close()


def visit(deployment: Deployment, browser: Browser, site: tuple[str, Path], name: str) -> dict[str, str]:
    """A person opens a page with the printed snippet and does something; the ids of who it was."""
    address, folder = site
    page_file = f"{name}.html"
    (folder / page_file).write_text(f"<!doctype html><title>{name}</title>{deployment.outputs['snippet']}<h1>Hi</h1>")
    page = browser.new_page()
    try:
        page.goto(f"{address}/{page_file}?utm_source=test")
        page.wait_for_function("window.penstock && penstock.ids")
        ids: dict[str, str] = page.evaluate("penstock.ids()")
        page.evaluate("name => penstock.track(name, {price: 49.9, café: 'crème'})", name)
        page.evaluate("penstock.flush()")
        until(lambda: [line for line in deployment.lines() if line["name"] == name])
    finally:
        page.close()
    return ids


def price(deployment: Deployment, key: str) -> Any:
    """The property `price` of a session or user record, once it is there."""
    item = deployment.item(key)
    return json.loads(text_of(item))["props"].get("price") if item else None


def test_up_says_where_everything_is(deployment: Deployment) -> None:
    assert deployment.outputs.keys() >= KEYS
    assert listening(deployment.stack.port)
    assert listening(deployment.stack.demo_port)


def test_an_event_of_a_real_browser_is_stored_folded_and_queried(
    deployment: Deployment, browser: Browser, site: tuple[str, Path]
) -> None:
    ids = visit(deployment, browser, site, "firehose_event")
    mine = [line for line in deployment.lines() if line["uid"] == ids["uid"]]
    # What modules measure in their own time (web vitals, engagement) may be among them.
    names = {line["eid"]: line["name"] for line in mine}.values()
    assert sorted(name for name in names if name in ("firehose_event", "page_view")) == ["firehose_event", "page_view"]
    seqs = sorted({line["eid"]: line["seq"] for line in mine}.values())
    assert seqs == list(range(1, len(seqs) + 1))
    event = next(line for line in mine if line["name"] == "firehose_event")
    assert event["props"] == {"price": 49.9, "café": "crème"}
    assert event["page"]["title"] == "firehose_event"
    assert event["campaign"]["source"] == "test"

    until(lambda: price(deployment, f"user#{ids['si']}#{ids['uid']}") == 49.9)
    until(lambda: price(deployment, f"session#{ids['si']}#{ids['sid']}") == 49.9)

    sql = f"""
        select distinct name, cast(json_extract_scalar(props, '$.price') as double) price, page.title
        from raw where uid = '{ids["uid"]}' and name = 'firehose_event'
            and date(from_unixtime(ts / 1000)) = current_date
    """
    assert deployment.query(sql) == [("firehose_event", "49.9", "firehose_event")]


def test_a_raw_url_event_answers_its_eid(deployment: Deployment) -> None:
    status, headers, body = deployment.http("GET", "/?si=shop.test&message=Please%20track%20me&sid=a%20session")
    eid = body.decode()
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert headers["cache-control"] == "no-store"
    line = until(lambda: [line for line in deployment.lines() if line["eid"] == eid])[0]
    assert (line["sid"], line["uid"], line["props"]) == ("a session", "a session", {"message": "Please track me"})


def test_pixel_health_and_bad_row(deployment: Deployment) -> None:
    status, headers, body = deployment.http("GET", "/p.gif?si=shop.test&name=opened")
    assert (status, headers["content-type"], body[:6]) == (200, "image/gif", b"GIF89a")
    assert deployment.http("GET", "/health")[0] == 200
    status, _, body = deployment.http("GET", "/?message=nobody")
    assert status == 400
    assert b"si" in body
    assert until(lambda: [row for row in deployment.lines("bad_prefix") if row["request"]["query"] == "message=nobody"])


def test_the_opt_out_cookie_acts_in_the_collector(deployment: Deployment) -> None:
    query = "si=shop.test&name=unwanted"
    status, _, _ = deployment.http("GET", f"/?{query}", Cookie="a=b; penstock_optout=1")
    assert 200 <= status < 300
    deployment.http("GET", "/?si=shop.test&name=wanted_later")
    until(lambda: [line for line in deployment.lines() if "wanted_later" in json.dumps(line)])
    assert not [line for line in deployment.lines() if "unwanted" in json.dumps(line)]


def test_tracker_files_are_published_with_the_caching_they_need(deployment: Deployment) -> None:
    outputs = deployment.outputs
    for url, caching in ((outputs["tracker_url"], "max-age=300"), (outputs["versioned_url"], "immutable")):
        status, headers, script = deployment.http("GET", "/" + url.rpartition("/")[2])
        assert status == 200
        assert caching in headers["cache-control"]
        assert outputs["collect_url"].encode() in script
    assert deployment.http("GET", "/optout.html")[0] == 200
    assert deployment.http("GET", "/snippet.html")[0] == 200


def test_a_missing_grant_is_a_true_denial_and_the_client_is_told_to_come_again(deployment: Deployment) -> None:
    iam = deployment.client("iam")
    role = next(r["RoleName"] for r in iam.list_roles()["Roles"] if "CollectFunctionRole" in r["RoleName"])
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName=policy)
    try:
        status, headers, _ = deployment.http("GET", "/?si=shop.test&name=refused")
        assert status == 503
        assert int(headers["retry-after"]) > 0
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    assert deployment.http("GET", "/?si=shop.test&name=taken")[0] == 200


def test_who_goes_past_cloudfront_cannot_say_where_they_are(deployment: Deployment) -> None:
    said = {"CloudFront-Viewer-Country": "DE"}
    path = "/?si=shop.test&ti=from_afar&way="
    assert deployment.http("GET", f"{path}edge", **said)[0] == 200
    assert deployment.api("GET", f"{path}api", **said)[0] == 200
    until(lambda: len([line for line in deployment.lines() if line["name"] == "from_afar"]) == 2)
    found = {line["props"]["way"]: line["geo"] for line in deployment.lines() if line["name"] == "from_afar"}
    assert found == {"edge": {"country": "DE"}, "api": {}}


def test_up_again_changes_nothing_and_keeps_the_data(deployment: Deployment) -> None:
    before, outputs = len(deployment.lines()), deployment.outputs
    assert before > 0
    deployment.up()
    assert deployment.outputs == outputs
    assert len(deployment.lines()) == before
    log = (deployment.stack.home / "cdk.log").read_text()
    assert log.rpartition("Synthesis")[2].count("(no changes)") >= 2 or log.count("(no changes)") >= 2


def test_the_data_outlive_the_emulator(deployment: Deployment) -> None:
    before = sorted(line["eid"] for line in deployment.lines())
    done = deployment.run("local.down")
    assert "emulator" in done.stdout
    assert not listening(deployment.stack.port)
    assert not listening(deployment.stack.demo_port)
    assert left_running(deployment) == []
    deployment.up()
    assert sorted(line["eid"] for line in deployment.lines()) == before
    assert deployment.http("GET", "/?si=shop.test&name=after_restart")[0] == 200


def left_running(deployment: Deployment) -> list[str]:
    """Commands of processes whose environment or command line names this deployment's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(deployment.stack.home).encode() in text:
            found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


def test_a_taken_port_is_said_in_one_sentence(deployment: Deployment) -> None:
    other = Deployment(
        type(deployment.stack)(home=deployment.stack.home / "other", port=deployment.stack.port, demo_port=free_port())
    )
    done = other.run("local.up")
    assert done.returncode == 1
    assert f"Port {deployment.stack.port} is taken by another program" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_port_while_it_runs_is_said_in_one_sentence(deployment: Deployment) -> None:
    stack = dataclasses.replace(deployment.stack, port=free_port())
    done = dataclasses.replace(deployment, stack=stack).run("local.up")
    assert done.returncode == 1
    assert f"The local stack is running at ports {deployment.stack.port}, " in done.stderr


def test_a_wrong_setting_fails_with_its_sentence(deployment: Deployment) -> None:
    done = deployment.run("local.up", "sink=kafka")
    assert done.returncode == 1
    assert "Setting 'sink' is 'kafka', but input should be 'firehose' or 'kinesis'." in done.stderr
    assert "Traceback" not in done.stderr


def test_kinesis_is_a_sink_too(deployment: Deployment, browser: Browser, site: tuple[str, Path]) -> None:
    deployment.up("sink=kinesis")
    ids = visit(deployment, browser, site, "kinesis_event")
    until(lambda: price(deployment, f"user#{ids['si']}#{ids['uid']}") == 49.9)
    assert deployment.query("select count(distinct eid) from raw where name = 'kinesis_event'") == [("1",)]


def test_make_itself_runs_the_query(deployment: Deployment) -> None:
    done = subprocess.run(
        [
            "make",
            "query",
            "SQL=select json_extract_scalar(props, '$.message') said from raw where regexp_like(si, '^shop') limit 1",
            f"PENSTOCK_HOME={deployment.stack.home}",
        ],
        cwd=deployment.checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1 row " in done.stdout
    assert "said" in done.stdout
    assert "scanned" in done.stdout
