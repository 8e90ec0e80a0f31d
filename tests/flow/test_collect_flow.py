"""From an HTTP event to lines in S3 and records in DynamoDB, and what the client is told when AWS fails."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.collect import handler as collect
from lambdas.collect.handler import handler
from tests.builders import SITE, batch, eid, http_event, post_batch
from tests.flow.conftest import Cloud

EVENTS = Path(__file__).parent.parent / "events"


def recorded(name: str) -> dict[str, Any]:
    """An HTTP event as API Gateway sends it."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def metrics(printed: str) -> dict[str, float]:
    """The metrics among what a function printed."""
    found: dict[str, float] = {}
    for line in printed.splitlines():
        entry = json.loads(line)
        if "_aws" in entry:
            for metric in entry["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                found[metric["Name"]] = sum(entry[metric["Name"]])
    return found


def test_a_raw_url_event(by_firehose: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    response = handler(recorded("raw_url"), None)
    assert response["statusCode"] == 200
    (line,) = by_firehose.lines()
    assert line == {
        "v": 1,
        "eid": response["body"],
        "si": SITE,
        "sid": "1234567890",
        "uid": "1234567890",
        "name": "NO TITLE",
        "ts": line["received_at"],
        "created_at": None,
        "sent_at": None,
        "received_at": line["received_at"],
        "seq": None,
        "props": {"message": "Please track me too!"},
        "user": {},
        "page": {},
        "campaign": {},
        "device": {"ua": "curl/8.5.0"},
        "geo": {"country": "NL", "region": "ZH", "city": "Zoetermeer"},
        "ip": None,
        "flags": [],
        "src": {"api": "url"},
    }
    assert set(by_firehose.items()) == {f"session#{SITE}#1234567890", f"user#{SITE}#1234567890"}
    assert by_firehose.doc(f"user#{SITE}#1234567890")["props"] == {"message": "Please track me too!"}
    assert metrics(capsys.readouterr().out) == {}


def test_a_batch_with_one_bad_event(by_firehose: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    response = handler(recorded("batch"), None)
    assert response["statusCode"] == 200
    told = json.loads(response["body"])
    assert (told["accepted"], [item["index"] for item in told["rejected"]]) == (2, [1])
    first, second = by_firehose.lines()
    assert (first["name"], second["name"]) == ("page view", "añadir al carro")
    assert second["ts"] - first["ts"] == 1_500
    assert first["campaign"] == {"source": "news", "medium": "email"}
    assert [row["reason"] for row in by_firehose.bad_rows()] == ["invalid_number"]
    assert len(by_firehose.object_keys("raw/")) == 1
    assert by_firehose.doc("user#shop.example.com#visitor-1")["user"] == {"plan": "pro"}
    printed = capsys.readouterr().out
    assert metrics(printed) == {"EventsRejected": 1}
    assert "carro" not in printed


def test_a_bad_row_alone(by_firehose: Cloud) -> None:
    assert handler(http_event(query="message=lost?"), None)["statusCode"] == 400
    assert by_firehose.lines() == []
    assert [row["request"]["query"] for row in by_firehose.bad_rows()] == ["message=lost?"]
    assert by_firehose.items() == {}


def test_a_batch_sent_again_is_stored_again_and_changes_no_record(by_firehose: Cloud) -> None:
    event = recorded("batch")
    handler(event, None)
    before = by_firehose.items()
    assert handler(event, None)["statusCode"] == 200
    assert by_firehose.items() == before
    assert len(by_firehose.lines()) == 4
    assert len({line["eid"] for line in by_firehose.lines()}) == 2


def test_health_is_asked_without_any_cloud(environ: pytest.MonkeyPatch, by_firehose: Cloud) -> None:
    by_firehose.firehose.delete_delivery_stream(DeliveryStreamName="good")
    assert handler(http_event(path="/health"), None)["statusCode"] == 200


def test_kinesis_takes_the_lines_and_state_is_not_touched(by_kinesis: Cloud) -> None:
    body = batch({"eid": eid(1), "uid": "u1"}, {"eid": eid(2), "uid": "u2"}, {"eid": eid(3), "uid": "u1"}, {"seq": -1})
    assert handler(post_batch(body), None)["statusCode"] == 200
    records = by_kinesis.records()
    assert [record["PartitionKey"] for record in records] == ["u1", "u2"]
    assert [json.loads(line)["eid"] for record in records for line in record["Data"].splitlines()] == [
        eid(1),
        eid(3),
        eid(2),
    ]
    assert len(by_kinesis.bad_rows()) == 1
    assert by_kinesis.items() == {}


def test_when_the_stream_is_gone_the_lines_go_straight_to_s3(
    by_firehose: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    by_firehose.firehose.delete_delivery_stream(DeliveryStreamName="good")
    by_firehose.firehose.delete_delivery_stream(DeliveryStreamName="bad")
    assert handler(post_batch(batch({"name": "a"}, {"name": "b"}, {"seq": -1})), None)["statusCode"] == 200
    assert [line["name"] for line in by_firehose.lines()] == ["a", "b"]
    assert len(by_firehose.bad_rows()) == 1
    assert all("/fallback-" in key and key.endswith(".gz") for key in by_firehose.object_keys())
    assert len(by_firehose.items()) == 4
    assert metrics(capsys.readouterr().out)["SinkFallback"] == 3


def test_when_s3_is_gone_too_the_client_keeps_its_events(
    by_firehose: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    by_firehose.firehose.delete_delivery_stream(DeliveryStreamName="good")
    by_firehose.s3.delete_bucket(Bucket="lake")
    response = handler(post_batch(batch({"name": "a"})), None)
    assert (response["statusCode"], response["headers"]["retry-after"]) == (503, "10")
    assert by_firehose.items() == {}
    assert metrics(capsys.readouterr().out) == {"SinkRefused": 1}


def test_when_the_table_is_gone_the_client_never_notices(
    by_firehose: Cloud, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    by_firehose.dynamodb.delete_table(TableName="state")
    assert handler(http_event(query=f"si={SITE}&secret=value"), None)["statusCode"] == 200
    assert len(by_firehose.lines()) == 1
    assert metrics(capsys.readouterr().out) == {"StateDeferred": 2}
    assert "ResourceNotFoundException" in str([vars(record) for record in caplog.records])
    assert "secret" not in str([vars(record) for record in caplog.records])


def test_a_fault_of_ours_is_a_500_without_a_word_of_the_event(
    by_firehose: Cloud,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    environ: pytest.MonkeyPatch,
) -> None:
    environ.delenv("RAW_BUCKET")
    collect.collector.cache_clear()
    response = handler(http_event(query=f"si={SITE}&secret=value"), None)
    assert response["statusCode"] == 500
    assert json.loads(response["body"]) == {"error": "internal", "detail": "not stored; send it again"}
    assert metrics(capsys.readouterr().out) == {"HandlerFailed": 1}
    (record,) = caplog.records
    assert vars(record)["fault"] == "EnvironmentInvalidError"
    assert "secret" not in str(vars(record))
