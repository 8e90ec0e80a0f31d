"""One person shown and taken away, and bad rows loaded again, by the commands, in a deployment with IAM enforced."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.builders import eid
from tests.local.conftest import Deployment, until

SITE = "person.test"
HER, HIM = "visitor-of-hers", "visitor-of-his"


def send(deployment: Deployment, uid: str, *names: str) -> None:
    body = json.dumps({"si": SITE, "uid": uid, "sid": f"session {uid}", "events": [{"name": name} for name in names]})
    path = deployment.outputs["collect_url"].rpartition("/")[2]
    status, _, answer = deployment.http("POST", f"/{path}", body, content_type="text/plain")
    assert status == 200, answer


def of(deployment: Deployment, uid: str) -> list[dict[str, Any]]:
    return [line for line in deployment.lines() if line.get("uid") == uid]


def test_a_person_is_shown_and_then_gone(deployment: Deployment, tmp_path: Path) -> None:
    for uid in (HER, HIM):
        send(deployment, uid, "one", "two")
        send(deployment, uid, "three")
        deployment.http("POST", "/e", json.dumps({"si": SITE, "uid": uid, "events": 1}), content_type="text/plain")
    until(lambda: len(of(deployment, HER)) == len(of(deployment, HIM)) == 3)
    until(lambda: all(deployment.item(f"user#{SITE}#{uid}") for uid in (HER, HIM)))
    until(lambda: len([row for row in deployment.lines("bad_prefix") if HER in row["request"]["body"]]) == 1)
    his = sorted(line["eid"] for line in of(deployment, HIM))
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    done = deployment.run("local.compact", "--day", today)
    assert done.returncode == 0, done.stdout + done.stderr

    out = tmp_path / "her.json"
    done = deployment.run("local.person", "export", "--uid", HER, "--out", str(out))
    assert done.returncode == 0, done.stderr
    document = json.loads(out.read_text())
    assert sorted(line["name"] for line in document["raw"]) == ["one", "three", "two"]
    assert sorted(row["name"] for row in document["events"]) == ["one", "three", "two"]
    assert {record["pk"] for record in document["state"]} == {f"user#{SITE}#{HER}", f"session#{SITE}#session {HER}"}
    assert len(document["bad"]) == 1

    for count in (3, 0):
        done = deployment.run("local.person", "erase", "--uid", HER, "--si", SITE)
        assert done.returncode == 0, done.stderr
        assert f"{count} lines" in done.stderr
        assert f"{count} rows of {min(count, 1)} files" in done.stderr
        assert "raw 0, events 0, bad 0, undelivered 0, state 0" in done.stderr
    assert of(deployment, HER) == []
    for table in ("raw", "events", "all_events"):
        asked = f"SELECT count_if(uid = '{HER}'), count_if(uid = '{HIM}') FROM {table}"
        assert deployment.query(asked) == [("0", "3")], table
    assert deployment.item(f"user#{SITE}#{HER}") is None
    assert sorted(line["eid"] for line in of(deployment, HIM)) == his
    assert deployment.item(f"user#{SITE}#{HIM}")

    # Nor is anything brought back by what is made of raw again.
    assert deployment.run("local.compact", "--day", today).returncode == 0
    assert deployment.query(f"SELECT count(*) FROM all_events WHERE uid = '{HER}'") == [("0",)]
    done = deployment.run("local.rebuild", "--from", today, "--to", today)
    assert done.returncode == 0, done.stdout + done.stderr
    assert deployment.item(f"user#{SITE}#{HER}") is None


def test_a_bad_row_that_is_good_by_now_is_loaded_once(deployment: Deployment) -> None:
    batch = {"si": SITE, "uid": "replayed", "sid": "s", "events": [{"name": "late", "eid": eid(4711)}]}
    request = {"method": "POST", "path": "/e", "query": "", "headers": {"content-type": "text/plain"}}
    row = {"id": eid(1), "received_at": 1_780_000_000_000, "reason": "unknown_site", "detail": "si: not one"}
    line = json.dumps({**row, "request": {**request, "body": json.dumps(batch), "base64": False}}) + "\n"
    key = f"bad/dt={datetime.now(UTC):%Y-%m-%d}/hour=00/a-site-that-was-unknown"
    deployment.client("s3").put_object(Bucket=deployment.outputs["raw_bucket"], Key=key, Body=line.encode())

    done = deployment.run("local.bad", "show", "--reason", "unknown_site")
    assert done.returncode == 0, done.stderr
    assert "si: not one" in done.stdout
    for said in ("1 replayed, 0 were before", "0 replayed, 1 were before"):
        done = deployment.run("local.bad", "replay", "--reason", "unknown_site")
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
    (stored,) = until(lambda: of(deployment, "replayed"))
    assert (stored["eid"], stored["ts"]) == (eid(4711), 1_780_000_000_000)
    assert deployment.run("local.bad", "replay").stderr.startswith("Say which")
    assert deployment.run("local.person", "erase").stderr.startswith("Say whose")
