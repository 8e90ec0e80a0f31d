"""The rebuild function: raw objects of a batch in, the records of live processing out, its counts beside them."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.collect.handler import handler as collect
from lambdas.common.event import to_line
from lambdas.rebuild import handler as rebuild
from lambdas.rebuild.settings import Settings
from lambdas.state.wiring import clock
from tests.builders import SITE, batch, event, post_batch
from tests.flow.conftest import Cloud, configure
from tests.flow.test_collect_flow import metrics, recorded

USER = f"user#{SITE}#u1"


@pytest.fixture(autouse=True)
def _configured(environ: pytest.MonkeyPatch, by_firehose: Cloud) -> Iterator[None]:
    configure(environ, Settings("test", "lake", "raw/", "rebuild/", "state"))
    rebuild.wired.cache_clear()
    yield
    rebuild.wired.cache_clear()


def given(*keys: str) -> dict[str, Any]:
    """What the state machine hands over: items of S3's listing, and the run."""
    return {"Items": [{"Key": key, "Size": 1} for key in keys], "BatchInput": {"run": "one"}}


def tallies(cloud: Cloud) -> list[dict[str, Any]]:
    bodies = [cloud.s3.get_object(Bucket="lake", Key=key)["Body"] for key in cloud.object_keys("rebuild/one/")]
    return [json.loads(body.read()) for body in bodies]


def test_records_come_back_as_they_were(by_firehose: Cloud) -> None:
    assert collect(recorded("batch"), None)["statusCode"] == 200
    assert collect(post_batch(batch({"props": {"n": "k[+2]"}}, sid="s1", uid="u1")), None)["statusCode"] == 200
    live = by_firehose.items()
    for pk in live:
        by_firehose.dynamodb.delete_item(TableName="state", Key={"pk": {"S": pk}})
    keys = by_firehose.object_keys("raw/")
    assert rebuild.handler(given(*keys), None) == {}
    assert by_firehose.items() == live
    # Once more: nothing changes, and the batch is counted once.
    assert rebuild.handler(given(*keys), None) == {}
    assert by_firehose.items() == live
    (tally,) = tallies(by_firehose)
    assert (tally["objects"], tally["events"], tally["written"]) == (len(keys), 3, 0)


def test_what_cannot_be_read_is_counted(by_firehose: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    good = to_line(event(1, ts=clock(), props={"a": 1}))
    by_firehose.s3.put_object(Bucket="lake", Key="raw/1.gz", Body=gzip.compress(b"noise\n" + good))
    by_firehose.s3.put_object(Bucket="lake", Key="raw/2.gz", Body=gzip.compress(good)[:-30])
    rebuild.handler(given("raw/1.gz", "raw/2.gz", "raw/erased.gz"), None)
    assert by_firehose.doc(USER)["props"] == {"a": 1}
    (tally,) = tallies(by_firehose)
    assert tally == {
        **{"objects": 3, "gone": 1, "damaged": 1, "events": 1, "undecodable": 1},
        **{"written": 2, "failed": 0, "refused": 0},
    }
    assert metrics(capsys.readouterr().out) == {"LinesUndecodable": 1}


def test_what_is_not_raw_is_left_alone(by_firehose: Cloud) -> None:
    line = to_line(event(1, ts=clock()))
    for key in ("bad/1", "undelivered/raw/1"):
        by_firehose.s3.put_object(Bucket="lake", Key=key, Body=line)
    rebuild.handler(given("bad/1", "undelivered/raw/1"), None)
    assert by_firehose.items() == {}


def test_a_batch_that_was_not_done_fails_and_is_not_counted(
    by_firehose: Cloud, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setattr("lambdas.state.wiring.time.sleep", lambda seconds: None)
    by_firehose.s3.put_object(Bucket="lake", Key="raw/1", Body=to_line(event(1, ts=clock())))
    by_firehose.dynamodb.delete_table(TableName="state")
    with pytest.raises(rebuild.IncompleteError, match="2 records"):
        rebuild.handler(given("raw/1"), None)
    assert tallies(by_firehose) == []
    assert metrics(capsys.readouterr().out) == {"StateFailed": 2}
