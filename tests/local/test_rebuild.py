"""State from raw again, by the command, the deployed state machine and its function, with IAM enforced."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.state.seen import unpack
from tests.local.conftest import Deployment, until

SITE = "rebuild.test"


def test_records_come_back_from_raw_as_they_were(deployment: Deployment) -> None:
    ids = [send(deployment, number) for number in range(4)]
    before = until(lambda: records(deployment, ids))
    # A table that has nothing of theirs any more.
    table, dynamodb = deployment.outputs["state_table"], deployment.client("dynamodb")
    for pk in before:
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": pk}})
    assert all(deployment.item(pk) is None for pk in before)

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    # Another day, written as Firehose does in an account: compressed.
    earlier = line_of(deployment, ids[0]) | {"sid": "the day before", "uid": "somebody else"}
    other = f"raw/dt={yesterday}/hour=23/delivery.gz"
    body = gzip.compress(json.dumps(earlier).encode() + b"\n")
    deployment.client("s3").put_object(Bucket=deployment.outputs["raw_bucket"], Key=other, Body=body)
    with unreadable_objects(deployment, today):
        done = deployment.run("local.rebuild", "--from", yesterday, "--to", today)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "records written" in done.stdout
    assert "1 objects damaged" in done.stdout
    assert "1 lines that are no event" in done.stdout
    deployment.client("s3").delete_object(Bucket=deployment.outputs["raw_bucket"], Key=other)
    assert "2 of 2 days" in done.stdout
    assert deployment.item(f"user#{SITE}#somebody else")
    assert records(deployment, ids) == before

    # Over what is there now it changes nothing.
    versions = {pk: version(deployment, pk) for pk in before}
    done = deployment.run("local.rebuild", "--from", today, "--to", today)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "damaged" not in done.stdout
    assert {pk: version(deployment, pk) for pk in before} == versions


def test_days_without_lines_and_wrong_days_are_told_in_a_sentence(deployment: Deployment) -> None:
    for first, last, said in (
        ("2026-01-01", "2026-01-03", "There are no raw lines from 2026-01-01 to 2026-01-03."),
        ("2026-01-03", "2026-01-01", "FROM=2026-01-03 is after TO=2026-01-01."),
        ("soon", "2026-01-01", "FROM=soon is no day: write it as 2026-11-01."),
    ):
        done = deployment.run("local.rebuild", "--from", first, "--to", last)
        assert (done.returncode, done.stderr.strip(), done.stdout) == (1, said, "")


@contextmanager
def unreadable_objects(deployment: Deployment, day: str) -> Iterator[None]:
    """What cannot be read is told, and holds nothing up."""
    bucket, s3 = deployment.outputs["raw_bucket"], deployment.client("s3")
    bodies = {"damaged.gz": b"\x1f\x8b\x08 and then nothing", "noise": b"this is no event\n"}
    for name, body in bodies.items():
        s3.put_object(Bucket=bucket, Key=f"raw/dt={day}/hour=00/{name}", Body=body)
    try:
        yield
    finally:
        for name in bodies:
            s3.delete_object(Bucket=bucket, Key=f"raw/dt={day}/hour=00/{name}")


def send(deployment: Deployment, number: int) -> tuple[str, str]:
    """Two requests of one visit, of two events and one; the ids of session and user."""
    sid, uid = f"session-{number}", f"visitor-{number % 2}"
    for turn, events in enumerate(([{"a": 1, "n": "k[+1]"}, {"b!": "x"}], [{"a": 2}])):
        sent = [{"name": "step", "seq": turn * 2 + place, "props": props} for place, props in enumerate(events)]
        body = json.dumps({"si": SITE, "sid": sid, "uid": uid, "user": {"plan": "pro"}, "events": sent})
        path = deployment.outputs["collect_url"].rpartition("/")[2]
        status, _, answer = deployment.http("POST", f"/{path}", body, content_type="text/plain")
        assert status == 200, answer
    return sid, uid


def line_of(deployment: Deployment, ids: tuple[str, str]) -> dict[str, Any]:
    return next(line for line in deployment.lines() if (line["sid"], line["uid"]) == ids)


def records(deployment: Deployment, ids: list[tuple[str, str]]) -> dict[str, Any] | None:
    """Items by key, without what counts writes; None until all are there and all raw lines too."""
    keys = {f"session#{SITE}#{sid}" for sid, _ in ids} | {f"user#{SITE}#{uid}" for _, uid in ids}
    found = {pk: deployment.item(pk) for pk in sorted(keys)}
    if not all(found.values()) or len([line for line in deployment.lines() if line.get("si") == SITE]) < 3 * len(ids):
        return None
    return {pk: told(item) for pk, item in found.items() if item}


def told(item: dict[str, Any]) -> dict[str, Any]:
    """All but `version`; marks of seen events stand by arrival, which a rebuild does not keep."""
    return {
        **{name: value for name, value in item.items() if name != "version"},
        "marks": sorted(unpack(item["marks"]["B"])),
    }


def version(deployment: Deployment, pk: str) -> str:
    item = deployment.item(pk)
    assert item is not None
    return str(item["version"]["N"])
