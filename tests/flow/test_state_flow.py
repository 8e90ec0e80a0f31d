"""The stream function: records of the stream in, session and user records out."""

import base64
from typing import Any

import pytest

from lambdas.collect.handler import handler as collect
from lambdas.common.event import Event
from lambdas.state.handler import handler
from lambdas.state.wiring import clock
from tests import builders
from tests.builders import SITE, batch, eid, post_batch, stream_batch
from tests.flow.conftest import Cloud
from tests.flow.test_collect_flow import metrics, recorded

USER = f"user#{SITE}#u1"


def event(number: int, **changes: Any) -> Event:
    """One of just now: the handler's clock is the real one."""
    return builders.event(number, ts=clock(), **changes)


def test_from_the_page_through_the_stream_to_the_same_records_as_without_it(by_kinesis: Cloud) -> None:
    assert collect(recorded("batch"), None)["statusCode"] == 200
    assert by_kinesis.items() == {}
    assert handler(delivered(by_kinesis.records()), None) == {"batchItemFailures": []}
    doc = by_kinesis.doc("user#shop.example.com#visitor-1")
    assert (doc["user"], doc["props"]) == ({"plan": "pro"}, {"sku": "ñ-1", "price": 19.99})


def delivered(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Stream records as Lambda's event source hands them over."""
    return {
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "kinesis": {
                    "sequenceNumber": record["SequenceNumber"],
                    "data": base64.b64encode(record["Data"]).decode(),
                },
            }
            for record in records
        ]
    }


def test_a_batch_is_at_most_one_write_for_each_record(by_kinesis: Cloud) -> None:
    records = [[event(n, props={f"p{n}": n}), event(n + 100)] for n in range(40)]
    assert handler(stream_batch(*records), None) == {"batchItemFailures": []}
    assert {pk: item["version"] for pk, item in by_kinesis.items().items()} == {
        USER: {"N": "1"},
        f"session#{SITE}#s1": {"N": "1"},
    }


def test_a_batch_delivered_again_changes_nothing(by_kinesis: Cloud) -> None:
    batch_ = stream_batch([event(1, props={"n": "a[+1]"})], [event(2, sid="s2")])
    handler(batch_, None)
    before = by_kinesis.items()
    assert handler(batch_, None) == {"batchItemFailures": []}
    assert by_kinesis.items() == before


def test_a_poison_record_is_counted_and_skipped(by_kinesis: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    batch_ = stream_batch([event(1, props={"a": 1})], b"\xff\x00 poison\nand more", [event(2, props={"b": 2})])
    assert handler(batch_, None) == {"batchItemFailures": []}
    assert by_kinesis.doc(USER)["props"] == {"a": 1, "b": 2}
    assert metrics(capsys.readouterr().out) == {"LinesUndecodable": 2}


def test_when_the_table_is_gone_the_batch_comes_again_from_its_first_event(
    by_kinesis: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    by_kinesis.dynamodb.delete_table(TableName="state")
    batch_ = stream_batch(b"junk", [event(1, flags=("no_state",))], [event(2)], [event(3)])
    assert handler(batch_, None) == {"batchItemFailures": [{"itemIdentifier": "3"}]}
    assert metrics(capsys.readouterr().out) == {"LinesUndecodable": 1, "StateFailed": 2}


def test_both_sinks_come_to_the_same_records(by_firehose: Cloud) -> None:
    body = batch(
        {"eid": eid(1), "seq": 1, "created_at": 1_000, "props": {"a": 1, "brand!": "x", "n": "k[+1]"}},
        {"eid": eid(2), "seq": 2, "created_at": 1_000, "props": {"a": 2}, "user": {"plan": "pro"}},
        sid="s1",
        uid="u1",
        sent_at=5_000,
    )
    assert collect(post_batch(body), None)["statusCode"] == 200
    live = by_firehose.items()
    by_firehose.dynamodb.delete_item(TableName="state", Key={"pk": {"S": USER}})
    by_firehose.dynamodb.delete_item(TableName="state", Key={"pk": {"S": f"session#{SITE}#s1"}})
    data = b"".join(
        by_firehose.s3.get_object(Bucket="lake", Key=key)["Body"].read() for key in by_firehose.object_keys("raw/")
    )
    handler(stream_batch(data), None)
    assert by_firehose.items() == live
