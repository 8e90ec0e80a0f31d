"""Flows run through the very handlers, against moto: streams, buckets and tables in this process."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.collect import handler as collect
from lambdas.common.env import dump
from lambdas.common.observability import metrics
from lambdas.state import codec
from lambdas.state import handler as state
from lambdas.state.settings import Settings as StateSettings
from tests.athena import athena_over_moto
from tests.builders import settings

ROLE = "arn:aws:iam::123456789012:role/firehose"


class Cloud:
    """What a deployment has, and what came to lie in it."""

    def __init__(self) -> None:
        self.s3: Any = boto3.client("s3")
        self.firehose: Any = boto3.client("firehose")
        self.kinesis: Any = boto3.client("kinesis")
        self.dynamodb: Any = boto3.client("dynamodb")
        self.sqs: Any = boto3.client("sqs")
        self.queue_url: str = self.sqs.create_queue(QueueName="later")["QueueUrl"]
        self.s3.create_bucket(Bucket="lake")
        for name, prefix in (("good", "raw/"), ("bad", "bad/")):
            self.firehose.create_delivery_stream(
                DeliveryStreamName=name,
                ExtendedS3DestinationConfiguration={
                    "RoleARN": ROLE,
                    "BucketARN": "arn:aws:s3:::lake",
                    "Prefix": prefix,
                },
            )
        self.kinesis.create_stream(StreamName="stream", ShardCount=1)
        self.dynamodb.create_table(
            TableName="state",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def lines(self, prefix: str = "raw/") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for item in self.s3.list_objects_v2(Bucket="lake", Prefix=prefix).get("Contents", []):
            data = self.s3.get_object(Bucket="lake", Key=item["Key"])["Body"].read()
            data = gzip.decompress(data) if item["Key"].endswith(".gz") else data
            found += map(json.loads, data.splitlines())
        return sorted(found, key=lambda line: (line["received_at"], line.get("seq") or 0))

    def object_keys(self, prefix: str = "") -> list[str]:
        listed = self.s3.list_objects_v2(Bucket="lake", Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in listed]

    def bad_rows(self) -> list[dict[str, Any]]:
        return self.lines("bad/")

    def records(self) -> list[dict[str, Any]]:
        """What lies in the Kinesis stream, as Lambda would get it."""
        (shard,) = self.kinesis.describe_stream(StreamName="stream")["StreamDescription"]["Shards"]
        iterator = self.kinesis.get_shard_iterator(
            StreamName="stream", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return list(self.kinesis.get_records(ShardIterator=iterator)["Records"])

    def queued(self) -> dict[str, Any]:
        """What lies in the queue, as Lambda would get it."""
        found: list[dict[str, Any]] = []
        while more := self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            found += more
        return {
            "Records": [
                {"eventSource": "aws:sqs", "messageId": message["MessageId"], "body": message["Body"]}
                for message in found
            ]
        }

    def items(self) -> dict[str, dict[str, Any]]:
        return {item["pk"]["S"]: item for item in self.dynamodb.scan(TableName="state")["Items"]}

    def doc(self, pk: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(codec.text_of(self.items()[pk]))
        return found


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nobody's own account is ever met: the keys are none."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "POWERTOOLS_SERVICE_NAME": "test",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_LAMBDA_FUNCTION_NAME"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def cloud(environ: pytest.MonkeyPatch) -> Iterator[Cloud]:
    metrics.clear_metrics()
    with mock_aws():
        yield Cloud()
    collect.collector.cache_clear()
    state.store.cache_clear()


def configure(environ: pytest.MonkeyPatch, values: object) -> None:
    """The function's environment, and a cold start."""
    for name, value in dump(values).items():
        environ.setenv(name, value)
    collect.collector.cache_clear()
    state.store.cache_clear()


@pytest.fixture
def by_firehose(cloud: Cloud, environ: pytest.MonkeyPatch) -> Cloud:
    configure(environ, settings(state_table="state", later_queue=cloud.queue_url))
    configure(environ, StateSettings(stage="test", table="state"))
    return cloud


@pytest.fixture
def by_kinesis(cloud: Cloud, environ: pytest.MonkeyPatch) -> Cloud:
    configure(environ, settings(sink="kinesis", stream_name="stream"))
    configure(environ, StateSettings(stage="test", table="state"))
    return cloud


@pytest.fixture
def athena(cloud: Cloud, environ: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A boto3 Athena client whose queries really run over the cloud's S3 and Glue; functions find it by themselves.

    Tables are made with `tests.athena.make_lake`, which makes the workgroup too.
    """
    with athena_over_moto(tmp_path / "athena") as server:
        environ.setenv("AWS_ENDPOINT_URL_ATHENA", server.url)
        yield boto3.client("athena")
