"""The two services that take records, behind one small interface: what was refused, and whether for good."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from lambdas.collect.packing import FIREHOSE, KINESIS, Limits, Record
from lambdas.common.aws import AwsError, call_seconds, may_pass

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_kinesis import KinesisClient


class Refused(NamedTuple):
    """`again`: whether the same records may be taken a moment later."""

    records: Sequence[Record]
    again: bool


class Stream(Protocol):
    limits: Limits
    keyed: bool
    call_seconds: float

    def put(self, records: Sequence[Record]) -> Refused:
        """One call; never raises for what the service or the network does."""


class FirehoseStream:
    limits = FIREHOSE
    keyed = False
    call_seconds = call_seconds("firehose")

    def __init__(self, client: "FirehoseClient", name: str) -> None:
        self._client, self._name = client, name

    def put(self, records: Sequence[Record]) -> Refused:
        try:
            answer = self._client.put_record_batch(
                DeliveryStreamName=self._name, Records=[{"Data": record.data} for record in records]
            )
        except AwsError as error:
            return Refused(records, may_pass(error))
        results = answer["RequestResponses"] if answer["FailedPutCount"] else []
        failed = [record for record, result in zip(records, results, strict=False) if "ErrorCode" in result]
        return Refused(failed, again=True)


class KinesisStream:
    limits = KINESIS
    keyed = True
    call_seconds = call_seconds("kinesis")

    def __init__(self, client: "KinesisClient", name: str) -> None:
        self._client, self._name = client, name

    def put(self, records: Sequence[Record]) -> Refused:
        try:
            answer = self._client.put_records(
                StreamName=self._name,
                Records=[{"Data": record.data, "PartitionKey": record.key} for record in records],
            )
        except AwsError as error:
            return Refused(records, may_pass(error))
        results = answer["Records"] if answer.get("FailedRecordCount") else []
        failed = [record for record, result in zip(records, results, strict=False) if "ErrorCode" in result]
        return Refused(failed, again=True)
