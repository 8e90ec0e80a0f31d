"""One person's data out of a deployment: shown whole, taken away whole, and nothing else touched."""

import base64
import gzip
import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from botocore.client import BaseClient

from lambdas.common.event import Event, to_line
from lambdas.lake.lock import Lock
from lambdas.state.wiring import clock, store
from local.person import lines, search
from local.person import rows as in_rows
from local.person.erase import erase
from local.person.export import export
from local.person.who import Person
from local.stack import LocalError
from local.stored.deployed import Deployed
from local.stored.objects import Change, Edited, Objects
from tests.builders import SITE, event
from tests.flow.conftest import Cloud
from tests.flow.lake import EVENTS, compact, lake

HER = Person(frozenset({"u1"}))
OTHER_SITE = "other.example"


def make_events() -> list[Event]:
    """Eight events of two people, on two sites; the second session began as hers and went on as his."""
    now = clock()
    people = ["u1", "u2", "u1", "u2", "u1", "u1", "u2", "u1"]
    sessions = ["a", "b", "a", "b", "shared", "a", "shared", "c"]
    return [
        event(
            number,
            uid=uid,
            sid=sid,
            ts=number if number == 5 else now + number,  # a client whose clock began in 1970
            received_at=now + number,
            si=OTHER_SITE if number == 7 else SITE,
            props={"note": "u1 is a word \\ here" if uid == "u2" else "…"},
        )
        for number, (uid, sid) in enumerate(zip(people, sessions, strict=True))
    ]


@pytest.fixture
def events() -> list[Event]:
    return make_events()


@pytest.fixture
def it(by_firehose: Cloud, tmp_path: Path, events: list[Event]) -> Deployed:
    lines = [to_line(one) for one in events]
    put(by_firehose, "raw/dt=2026-07-28/hour=10/packed.gz", gzip.compress(b"".join(lines[:4])), ContentEncoding="gzip")
    put(by_firehose, "raw/dt=2026-07-28/hour=11/plain", b"".join(lines[4:7]), Metadata={"from": "somewhere"})
    put(by_firehose, "raw/dt=2026-07-29/hour=00/hers-alone.gz", gzip.compress(lines[7]))
    put(by_firehose, "raw/dt=2026-07-29/hour=00/his-alone.gz", gzip.compress(lines[1]))
    put(by_firehose, "bad/dt=2026-07-29/hour=00/bad", bad('{"uid": "u1"') + bad('{"uid": "u2"') + bad("seq=u11"))
    # What Firehose could not write, a record as it keeps it; the session began as hers and went on as his.
    lost = b"".join(to_line(event(40 + n, uid=uid, sid="lost")) for n, uid in enumerate(("u1", "u2")))
    record = json.dumps({"attemptsMade": 4, "rawData": base64.b64encode(lost).decode()}).encode() + b"\n"
    put(by_firehose, "undelivered/raw/processing-failed/dt=2026-07-29/hour=00/x.gz", gzip.compress(record))
    put(by_firehose, "undelivered/bad/processing-failed/dt=2026-07-29/hour=00/y", bad("uid=u1") + bad("uid=u2"))
    put(by_firehose, "athena-results/of-somebody.csv", b'"u1","her@example.com"')
    store("state", 60).apply([*events, event(41, uid="u2", sid="lost", ts=clock(), received_at=clock())])
    deployment = lake(by_firehose, tmp_path / "cache")
    compact(deployment)
    return deployment


def rows(it: Deployed) -> list[tuple[str | None, ...]]:
    return sorted(it.engine.run(f"SELECT uid, eid, {', '.join(EVENTS)} FROM events").rows)


def put(cloud: Cloud, key: str, body: bytes, **more: Any) -> None:
    cloud.s3.put_object(Bucket="lake", Key=key, Body=body, **more)


def bad(body: str) -> bytes:
    request = {"method": "POST", "path": "/e", "query": "", "headers": {}, "body": body, "base64": False}
    row = {"id": "x", "received_at": 1, "reason": "invalid_json", "detail": "…", "request": request}
    return json.dumps(row).encode() + b"\n"


def everything(cloud: Cloud, *prefixes: str) -> dict[str, tuple[bytes, Any]]:
    found = {}
    for key in [key for prefix in prefixes for key in cloud.object_keys(prefix)]:
        answer = cloud.s3.get_object(Bucket="lake", Key=key)
        body = answer["Body"].read()
        body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        found[key] = (body, (answer.get("ContentEncoding"), answer["Metadata"]))
    return found


def test_an_export_is_everything_of_one_person_and_of_nobody_else(
    it: Deployed, by_firehose: Cloud, events: list[Event]
) -> None:
    out = io.BytesIO()
    counts = export(it, HER, out)
    document = json.loads(out.getvalue())
    hers = [one for one in events if one.uid == "u1"]
    assert [line["eid"] for line in document["raw"]] == [one.eid for one in hers]
    for one in hers:  # as they were stored, to the byte
        assert to_line(one).strip() in out.getvalue()
    assert {record["pk"] for record in document["state"]} == {
        *(f"user#{site}#u1" for site in (SITE, OTHER_SITE)),
        *(f"session#{SITE}#{sid}" for sid in ("a", "shared", "lost")),
        f"session#{OTHER_SITE}#c",
    }
    assert [row["request"]["body"] for row in document["bad"]] == ['{"uid": "u1"']
    assert [row.get("sid") or row["request"]["body"] for row in document["undelivered"]] == ["uid=u1", "lost"]
    assert sorted(row["eid"] for row in document["events"]) == [one.eid for one in hers]
    assert counts == {"raw": 5, "events": 5, "state": 6, "bad": 1, "undelivered": 2}


def test_on_one_site_alone(it: Deployed, by_firehose: Cloud) -> None:
    out = io.BytesIO()
    export(it, Person(HER.uids, OTHER_SITE), out)
    document = json.loads(out.getvalue())
    assert [line["sid"] for line in document["raw"]] == ["c"]
    assert len(document["state"]) == 2
    report = erase(it, Person(HER.uids, OTHER_SITE))
    assert (report.taken.raw.taken, report.taken.events.taken, report.taken.state) == (1, 1, 2)
    assert f"user#{SITE}#u1" in by_firehose.items()


def test_after_an_erasure_nothing_is_left_and_nothing_else_is_touched(
    it: Deployed, by_firehose: Cloud, events: list[Event]
) -> None:
    before, others = everything(by_firehose, "raw/"), [row for row in rows(it) if row[0] != "u1"]
    report = erase(it, HER)
    # Answers of queries, hers or not, and those of the erasure itself, which named her sessions.
    answers = b"".join(body for body, _ in everything(by_firehose, "athena-results/").values())
    assert not any(text in answers for text in (b"her@example.com", b"shared", b"u1"))
    assert report.answers > 1
    after = everything(by_firehose, "raw/")
    lines = [to_line(one) for one in events]
    assert after == {
        "raw/dt=2026-07-28/hour=10/packed.gz": (lines[1] + lines[3], ("gzip", {})),
        "raw/dt=2026-07-28/hour=11/plain": (lines[6], (None, {"from": "somewhere"})),
        "raw/dt=2026-07-29/hour=00/his-alone.gz": before["raw/dt=2026-07-29/hour=00/his-alone.gz"],
    }
    assert everything(by_firehose, "bad/")["bad/dt=2026-07-29/hour=00/bad"][0] == bad('{"uid": "u2"') + bad("seq=u11")
    assert set(by_firehose.items()) == {f"user#{SITE}#u2", f"session#{SITE}#b"}
    assert rows(it) == others
    taken = report.taken
    assert (taken.events.taken, len(others)) == (5, 3)
    assert (taken.raw.taken, taken.raw.objects, taken.bad.taken, taken.state) == (5, 3, 1, 6)
    assert taken.undelivered == Edited(2, 2)
    [wrapped, refused] = sorted(body for body, _ in everything(by_firehose, "undelivered/").values())
    assert base64.b64decode(json.loads(wrapped)["rawData"]) == to_line(event(41, uid="u2", sid="lost"))
    assert refused == bad("uid=u2")
    assert search.find(it.engine, HER, "raw").objects.total() == 0


def test_a_second_erasure_finds_nothing_and_says_so(it: Deployed, by_firehose: Cloud) -> None:
    erase(it, HER)
    before = everything(by_firehose, "raw/", "bad/", "undelivered/")
    again = erase(it, HER)
    assert (bool(again.taken), again.passes, again.drained) == (False, 1, True)
    assert everything(by_firehose, "raw/", "bad/", "undelivered/") == before


def test_the_audit_says_how_much_and_never_whose(it: Deployed, by_firehose: Cloud) -> None:
    report = erase(it, Person(frozenset({"u1"}), SITE))
    body = by_firehose.s3.get_object(Bucket="lake", Key=report.audit)["Body"].read()
    record = json.loads(body)
    assert record["finished_at"]
    assert record["taken"]["raw"] == {"objects": 2, "taken": 4}
    assert record["left"] == {"raw": 0, "events": 0, "bad": 0, "undelivered": 0, "state": 0}
    assert not any(text in body for text in (b"u1", SITE.encode(), b"shared"))


def test_the_visitors_of_a_sites_own_user(it: Deployed, by_firehose: Cloud) -> None:
    one = event(20, uid="u9", user={"user_id": 42})
    put(by_firehose, "raw/dt=2026-07-30/hour=00/more", to_line(one))
    assert search.visitor_ids(it.engine, ["raw"], "42", None) == frozenset({"u9"})


def test_no_compaction_begins_while_rows_are_erased(it: Deployed, by_firehose: Cloud) -> None:
    lock = Lock(by_firehose.s3, None, "lake", "lake/", time.time)
    began: list[bool] = []
    real = search.find

    def find(engine: Any, person: Person, table: str) -> search.Found:
        if table == "events":
            began.append(lock.take("an execution"))
        return real(engine, person, table)

    with patch.object(search, "find", find):
        erase(it, HER)
    assert began == [False, False]
    assert lock.take("an execution")


class KilledError(BaseException):
    """The end of the process: nothing after it runs."""


@contextmanager
def killed_at(number: int) -> Iterator[list[str]]:
    """The process ends at its call of that number that would change something; what it called until then."""
    calls: list[str] = []

    def before(self: Any, operation: str, given: Any) -> Any:
        if operation in ("PutObject", "DeleteObject", "DeleteItem"):
            calls.append(operation)
            if len(calls) >= number:
                raise KilledError
        return made(self, operation, given)

    made = BaseClient._make_api_call
    with patch.object(BaseClient, "_make_api_call", before):
        yield calls


def test_an_erasure_that_broke_off_anywhere_is_done_by_the_next(
    it: Deployed, by_firehose: Cloud, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fetched(key: str) -> Path:
        (tmp_path / "object").write_bytes(by_firehose.s3.get_object(Bucket="lake", Key=key)["Body"].read())
        return tmp_path / "object"

    def find(engine: Any, person: Person, table: str) -> search.Found:
        """Athena's answers, without Athena: there are a hundred questions here."""
        found: dict[str, list[Any]] = {}
        for key in by_firehose.object_keys(f"{table}/"):
            hers = (
                [(row["sid"], key.split("si=")[1].split("/")[0]) for row in in_rows.read(fetched(key), person.uids)]
                if table == "events"
                else [(row["sid"], row["si"]) for row in map(json.loads, lines.read(fetched(key), person.has_line))]
            )
            found |= {key: hers} if hers else {}
        sessions = frozenset((si, sid) for hers in found.values() for sid, si in hers)
        return search.Found(Counter({key: len(hers) for key, hers in found.items()}), sessions)

    def state_of_the_world() -> Any:
        events = [duckdb.read_parquet(str(fetched(key))).fetchall() for key in by_firehose.object_keys("events/")]
        return everything(by_firehose, "raw/", "bad/", "undelivered/"), sorted(by_firehose.items()), events

    environ.setattr(search, "find", find)
    environ.setattr(search, "maybe_in_bad", lambda engine, person: by_firehose.object_keys("bad/"))

    start = everything(by_firehose, "raw/", "bad/", "events/", "undelivered/")
    records = list(by_firehose.items().values())
    erase(it, HER)
    done = state_of_the_world()
    for number in range(1, 100):
        for key, (body, (encoding, metadata)) in start.items():
            packed = gzip.compress(body) if key.endswith(".gz") else body
            put(by_firehose, key, packed, Metadata=metadata, **({"ContentEncoding": encoding} if encoding else {}))
        for item in records:
            by_firehose.dynamodb.put_item(TableName="state", Item=item)
        with killed_at(number) as calls:
            try:
                erase(it, HER)
            except KilledError:
                pass
            else:
                break
        erase(it, HER)
        assert state_of_the_world() == done, f"broken off at call {number}"
    assert {*calls} == {"PutObject", "DeleteObject", "DeleteItem"}
    assert len(calls) > 10


def test_what_arrives_meanwhile_is_taken_too(it: Deployed, by_firehose: Cloud) -> None:
    late = to_line(event(30, uid="u1", sid="late"))

    steps: list[str] = []

    def arrive(step: str) -> None:
        steps.append(step)
        if steps.count("bad rows") == 1 and step == "bad rows":
            put(by_firehose, "raw/dt=2026-07-31/hour=00/late", late)
            store("state", 60).apply([event(30, uid="u1", sid="late", ts=clock())])
            compact(it)

    report = erase(it, HER, arrive)
    assert report.passes == 3
    assert (report.taken.raw.taken, report.taken.events.taken) == (6, 6)
    assert rows(it) == [row for row in rows(it) if row[0] != "u1"]
    assert search.find(it.engine, HER, "raw").objects.total() == 0


def test_an_object_that_changes_while_it_is_read_keeps_the_change(by_firehose: Cloud) -> None:
    her, his, new = (to_line(event(n, uid=uid)) for n, uid in ((1, "u1"), (2, "u2"), (3, "u2")))
    put(by_firehose, "raw/one", her + his)
    edit = lines.without(HER.has_line)
    tries = []

    def slow(before: Path, after: Path) -> Change:
        if not tries:
            put(by_firehose, "raw/one", her + his + new)
        tries.append(1)
        return edit(before, after)

    assert Objects(by_firehose.s3, "lake").edit("raw/one", slow) == Edited(1, 1)
    assert everything(by_firehose, "raw/one")["raw/one"][0] == his + new
    assert len(tries) == 2
    assert Objects(by_firehose.s3, "lake").edit("raw/gone", slow) == Edited()


def test_old_versions_go_where_somebody_keeps_them(it: Deployed, by_firehose: Cloud) -> None:
    s3 = by_firehose.s3
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    report = erase(it, HER)
    taken = report.taken
    assert taken.versions == sum(it.objects for it in (taken.raw, taken.events, taken.bad, taken.undelivered))
    assert not s3.list_object_versions(Bucket="lake", Prefix="athena-results/of-somebody").get("Versions")
    listed = s3.list_object_versions(Bucket="lake")
    for version in listed["Versions"]:
        if not version["Key"].startswith(("raw/", "bad/")):
            continue
        body = s3.get_object(Bucket="lake", Key=version["Key"], VersionId=version["VersionId"])["Body"].read()
        body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        assert not any(map(HER.has_line, body.splitlines()))


def test_an_object_that_cannot_be_read_is_told_and_left_alone(it: Deployed, by_firehose: Cloud) -> None:
    packed = gzip.compress(to_line(event(1, uid="u1")) * 50, mtime=0)
    before = everything(by_firehose, "raw/")
    found = search.Found(Counter({"raw/torn.gz": 1}))
    put(by_firehose, "raw/torn.gz", packed[:-20])
    with patch.object(search, "find", lambda engine, person, table: found), pytest.raises(LocalError, match="raw/torn"):
        erase(it, HER)
    assert by_firehose.s3.get_object(Bucket="lake", Key="raw/torn.gz")["Body"].read() == packed[:-20]
    assert {key: value for key, value in before.items() if key != "raw/torn.gz"} == before
