"""Bad rows loaded once they are good: with their own time, once, into raw and state."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lambdas.collect import wiring
from lambdas.collect.handler import handler as collect
from lambdas.common.env import dump
from lambdas.state.wiring import clock
from local.bad import summary
from local.bad.ledger import Ledger
from local.bad.replay import Outcome, replay
from local.stored.deployed import Deployed
from tests.builders import batch, eid, http_event, post_batch, settings
from tests.flow.conftest import Cloud, configure
from tests.flow.lake import compact, lake

GOOD, REFUSED = "test.opentracker.net", "new.example"
SENT = [
    post_batch(batch({"name": "one", "eid": eid(1), "props": {"n": "k[+1]"}}, si=REFUSED, uid="u1", sid="s1")),
    post_batch(batch({"name": "two", "props": {"n": "k[+1]"}}, si=REFUSED, uid="u1", sid="s1")),
    http_event(query=f"si={REFUSED}&uid=u1&sid=s1&n=k[%2B1]"),
    http_event(query="si=never.example&uid=u2"),
    http_event(query="no=site"),
]


@pytest.fixture
def bad(by_firehose: Cloud, environ: pytest.MonkeyPatch, tmp_path: Path) -> Cloud:
    """What a collector for one site refused, a day ago."""
    configure(environ, settings(state_table="state", later_queue=by_firehose.queue_url, sites=(GOOD,)))
    before = clock() - 86_400_000
    environ.setattr(wiring, "clock", lambda: before)
    for request in SENT:
        assert collect(request, None)["statusCode"] in (400, 403)
    environ.setattr(wiring, "clock", clock)
    rows = b"".join(
        by_firehose.s3.get_object(Bucket="lake", Key=key)["Body"].read() for key in by_firehose.object_keys("bad/")
    )
    for key in by_firehose.object_keys("bad/"):
        by_firehose.s3.delete_object(Bucket="lake", Key=key)
    # Firehose delivered one of them twice.
    first = next(row for row in rows.splitlines(keepends=True) if b"two" in row)
    by_firehose.s3.put_object(Bucket="lake", Key="bad/dt=2026-07-28/hour=10/one", Body=rows)
    by_firehose.s3.put_object(Bucket="lake", Key="bad/dt=2026-07-29/hour=00/again", Body=first)
    return by_firehose


@pytest.fixture
def it(bad: Cloud, tmp_path: Path) -> Deployed:
    return lake(bad, tmp_path / "cache", sites=(GOOD, REFUSED))


def arrive(cloud: Cloud) -> None:
    """Firehose's objects where the table looks for them."""
    for key in cloud.object_keys("raw/"):
        if not key.startswith("raw/dt="):
            cloud.s3.copy_object(
                Bucket="lake", CopySource=f"lake/{key}", Key=f"raw/dt=2026-11-20/hour=00/{key.rpartition('/')[2]}"
            )
            cloud.s3.delete_object(Bucket="lake", Key=key)


def test_what_is_good_now_is_loaded_with_its_time_and_once(it: Deployed, bad: Cloud) -> None:
    outcome = replay(it, "unknown_site", None, None)
    assert outcome == Outcome(rows=5, now=4, events=3, still={"unknown_site": 1})
    lines = bad.lines()
    rows = {row["received_at"] for row in bad.bad_rows()}
    assert {line["received_at"] for line in lines} <= rows
    assert {line["ts"] for line in lines} <= rows
    assert eid(1) in {line["eid"] for line in lines}
    user = bad.doc(f"user#{REFUSED}#u1")
    assert user["counters"] == {"n": {"k": "3"}}

    again = replay(it, "unknown_site", None, None)
    assert again == Outcome(rows=5, before=4, still={"unknown_site": 1})
    assert bad.lines() == lines


def test_a_run_that_broke_off_before_it_could_record_loads_none_twice(it: Deployed, bad: Cloud) -> None:
    replay(it, "unknown_site", None, None)
    lines = bad.lines()
    arrive(bad)
    for key in bad.object_keys("replayed/"):
        bad.s3.delete_object(Bucket="lake", Key=key)
    outcome = replay(it, "unknown_site", None, None)
    assert (outcome.events, outcome.present) == (0, 3)
    assert bad.lines() == lines
    assert bad.doc(f"user#{REFUSED}#u1")["counters"] == {"n": {"k": "3"}}


def test_sent_again_before_they_arrived_they_are_the_same_events(it: Deployed, bad: Cloud) -> None:
    replay(it, "unknown_site", None, None)
    ids = {line["eid"] for line in bad.lines()}
    for key in bad.object_keys("replayed/"):
        bad.s3.delete_object(Bucket="lake", Key=key)
    replay(it, "unknown_site", None, None)
    assert (len(bad.lines()), {line["eid"] for line in bad.lines()}) == (6, ids)
    arrive(bad)
    compact(it)
    assert it.engine.run("SELECT count(*), count(DISTINCT eid) FROM events").rows == (("3", "3"),)
    assert bad.doc(f"user#{REFUSED}#u1")["counters"] == {"n": {"k": "3"}}


def test_a_visitor_without_cookies_stays_nameless_and_the_salt_unread(
    by_firehose: Cloud, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(environ, settings(state_table="state", later_queue=by_firehose.queue_url, ip="keep", sites=(GOOD,)))
    sent = post_batch(batch({"name": "one", "eid": eid(1), "flags": ["cookieless"]}, si=REFUSED))
    assert collect(sent, None)["statusCode"] == 403
    (row,) = by_firehose.bad_rows()
    by_firehose.s3.put_object(Bucket="lake", Key="bad/dt=2026-07-28/hour=10/one", Body=json_line(row))
    # There is no such table: who asked it would be told, and name the visitor by a salt of its own.
    it = lake(by_firehose, tmp_path / "cache", ip="keep", salt_table="salts")
    assert replay(it, "unknown_site", None, None).events == 1
    (line,) = by_firehose.lines()
    assert (line["uid"], line["sid"], line["ip"], line["flags"]) == (eid(1), eid(1), None, ["cookieless"])


def test_a_dry_run_sends_nothing(it: Deployed, bad: Cloud) -> None:
    before = bad.object_keys("raw/") + bad.object_keys("bad/")
    outcome = replay(it, "unknown_site", None, None, dry_run=True)
    assert (outcome.now, outcome.events) == (4, 3)
    assert bad.object_keys("raw/") + bad.object_keys("bad/") == before
    assert bad.items() == {}


def test_of_a_request_with_good_and_bad_events_the_good_are_loaded_once(
    by_firehose: Cloud, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    events = [{"name": "fine"}, {"name": ["not"]}, {"name": "fine too"}]
    refused = post_batch(batch(*events, uid="u", sid="s"), headers={"content-type": "text/html"})
    assert collect(refused, None)["statusCode"] == 415
    (row,) = by_firehose.bad_rows()
    row["request"]["headers"]["content-type"] = "text/plain"  # what a later version takes
    by_firehose.s3.put_object(Bucket="lake", Key="bad/dt=2026-07-28/hour=10/one", Body=json_line(row))
    it = lake(by_firehose, tmp_path / "cache")
    wanted = Outcome(rows=1, events=2, still={"invalid_field": 1})
    assert replay(it, "unsupported_content_type", None, None) == wanted
    arrive(by_firehose)
    assert replay(it, "unsupported_content_type", None, None) == Outcome(rows=1, present=2, still={"invalid_field": 1})
    assert len(by_firehose.lines()) == 2


def test_the_ledger_holds_ids_alone(it: Deployed, bad: Cloud) -> None:
    replay(it, "unknown_site", None, None)
    keys = bad.object_keys("replayed/")
    assert len(Ledger(bad.s3, "lake").read("bad/dt=2026-07-28/hour=10/one")) == 3
    for key in keys:
        body = bad.s3.get_object(Bucket="lake", Key=key)["Body"].read()
        assert REFUSED.encode() not in body
        assert b"u1" not in body


def test_bad_rows_are_shown_by_reason_with_examples(it: Deployed) -> None:
    found = summary.counts(it.engine, "", None, None)
    assert [(one.reason, one.rows) for one in found] == [("unknown_site", 5), ("missing_site", 1)]
    assert summary.counts(it.engine, "missing_site", None, None) == found[1:]
    out = io.StringIO()
    summary.show(Console(file=out, width=120), found, summary.examples(it.engine, "", None, None))
    assert "unknown_site │    5" in out.getvalue()
    assert "si: not one of this collector's sites" in out.getvalue()
    assert "GET /?no=site" in out.getvalue()


def json_line(row: dict[str, Any]) -> bytes:
    return json.dumps(row).encode() + b"\n"


def test_the_settings_are_those_that_were_deployed() -> None:
    given = settings(sites=(GOOD,), state_table="t", later_queue="https://q")
    assert wiring.collector(dump(given), lambda service: None).settings == given
