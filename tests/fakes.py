"""What production code is handed in tests in place of the clock, of chance and of AWS."""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from lambdas.collect.pipeline import Collector
from lambdas.collect.ports import FoldState, Line, SinkRefusedError, Written
from lambdas.collect.settings import Settings
from lambdas.collect.sink import Archive, Sink
from lambdas.collect.streams import FirehoseStream, KinesisStream
from lambdas.common.patience import Patience
from tests.builders import NOW, eid, settings


class FakeClock:
    """Wall clock and stop-watch in one; sleeping, and waiting for a dead service, moves both."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> int:
        return self.now

    def seconds(self) -> float:
        return self.now / 1000

    def pass_(self, seconds: float) -> None:
        self.now += round(seconds * 1000)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_(seconds)

    def patience(self) -> Patience:
        return Patience(self.seconds, self.sleep, lambda: 1.0)


class FakeIds:
    """UUIDs in a row, from 1."""

    def __init__(self, start: int = 1) -> None:
        self.next = start

    def __call__(self) -> str:
        self.next += 1
        return eid(self.next - 1)


class FakeSink:
    """Keeps what is written; refuses everything when told to."""

    def __init__(self) -> None:
        self.good: list[bytes] = []
        self.bad: list[bytes] = []
        self.refusing = False

    def write(self, good: Sequence[Line], bad: Sequence[Line]) -> Written:
        if self.refusing:
            raise SinkRefusedError
        self.good += [line.data for line in good]
        self.bad += [line.data for line in bad]
        return Written(0)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.good]

    @property
    def bad_rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.bad]


def fake_collector(
    sink: FakeSink | None = None,
    clock: FakeClock | None = None,
    fold_state: FoldState | None = None,
    **changes: Any,
) -> Collector:
    """The whole collector but for AWS; `changes` are settings."""
    return Collector(settings(**changes), clock or FakeClock(), FakeIds(), sink or FakeSink(), fold_state)


def refusal(code: str, operation: str = "Any") -> ClientError:
    """What botocore raises when a service says no."""
    return ClientError({"Error": {"Code": code, "Message": "refused"}}, operation)


class FakeAws:
    """A client whose next calls go wrong as told. `faults` are taken one a call, None letting it through;
    `always` is the fault of every call after those."""

    hang_seconds = 4.0

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.faults: list[Any] = []
        self.always: Any = None
        self.calls: list[dict[str, Any]] = []

    def _fault(self) -> Any:
        fault = self.faults.pop(0) if self.faults else self.always
        if fault == "hang":
            self.clock.pass_(self.hang_seconds)
            raise ReadTimeoutError(endpoint_url="https://service")
        if fault == "unreachable":
            self.clock.pass_(1.0)
            raise ConnectTimeoutError(endpoint_url="https://service")
        if isinstance(fault, str):
            raise refusal(fault)
        return fault


class FakeRecords(FakeAws):
    """Firehose and Kinesis alike: a fault that is a set of positions refuses those records alone."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.taken: list[bytes] = []
        self.keys: list[str] = []

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:
        results = self._put(Records)
        return {"FailedPutCount": _failures(results), "RequestResponses": results}

    def put_records(self, *, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:
        results = self._put(Records)
        self.keys += [record["PartitionKey"] for record in Records]
        return {"FailedRecordCount": _failures(results), "Records": results}

    def _put(self, records: list[dict[str, Any]]) -> list[dict[str, str]]:
        self.calls.append({"Records": records})
        refused = self._fault() or set()
        results = []
        for position, record in enumerate(records):
            if position in refused:
                results.append({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"})
            else:
                self.taken.append(record["Data"])
                results.append({"RecordId": "1"})
        return results

    @property
    def lines(self) -> list[bytes]:
        return b"".join(self.taken).splitlines(keepends=True)


class FakeS3(FakeAws):
    hang_seconds = 5.0

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.objects: dict[str, bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> dict[str, Any]:
        self.calls.append({"Key": Key})
        self._fault()
        self.objects[Key] = Body
        return {}


class FakeDynamoDB(FakeAws):
    """Items by key, with the two conditions the store asks for. `before_put` runs before each write, for what
    somebody else does in between; `older` is what a read that need not be consistent still sees."""

    hang_seconds = 2.5

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.items: dict[str, dict[str, Any]] = {}
        self.before_put: Callable[[], None] = lambda: None
        self.older: dict[str, dict[str, Any]] | None = None
        self.unprocessed = 0
        self._lock = threading.RLock()

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:
        self.calls.append({"read": RequestItems})
        self._fault()
        ((table, wanted),) = RequestItems.items()
        items = self.items if wanted["ConsistentRead"] or self.older is None else self.older
        keys = [key["pk"]["S"] for key in wanted["Keys"]]
        assert len(keys) == len(set(keys)) <= 100
        done, left = keys[self.unprocessed :], keys[: self.unprocessed]
        self.unprocessed = 0
        found = [dict(items[key]) for key in done if key in items]
        rest = {table: {"Keys": [{"pk": {"S": key}} for key in left]}} if left else {}
        return {"Responses": {table: found}, "UnprocessedKeys": rest}

    def put_item(
        self,
        *,
        TableName: str,
        Item: dict[str, Any],
        ConditionExpression: str,
        ExpressionAttributeValues: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        with self._lock:
            self.calls.append({"put": Item["pk"]["S"]})
            self._fault()
            self.before_put()
            present = self.items.get(Item["pk"]["S"])
            if ConditionExpression == "attribute_not_exists(pk)":
                holds = present is None
            else:
                assert ConditionExpression == "version = :read"
                assert ExpressionAttributeValues is not None
                holds = present is not None and present["version"] == ExpressionAttributeValues[":read"]
            if not holds:
                raise refusal("ConditionalCheckFailedException", "PutItem")
            self.items[Item["pk"]["S"]] = Item
            return {}

    @property
    def puts(self) -> list[str]:
        return [call["put"] for call in self.calls if "put" in call]


class FakeWorld:
    """A sink over fake services, and time that stands still unless somebody waits."""

    def __init__(self, kinesis: bool = False, **changes: Any) -> None:
        self.settings: Settings = settings(sink="kinesis" if kinesis else "firehose", **changes)
        self.clock = FakeClock()
        self.good, self.bad = FakeRecords(self.clock), FakeRecords(self.clock)
        self.s3 = FakeS3(self.clock)
        client: Any = self.good
        stream = KinesisStream(client, "good") if kinesis else FirehoseStream(client, "good")
        bad: Any = self.bad
        s3: Any = self.s3
        patience = self.clock.patience()
        ids = FakeIds(900)
        self.sink = Sink(
            good=stream,
            bad=FirehoseStream(bad, "bad"),
            archive=Archive(lambda: s3, "lake", self.clock, ids, patience),
            patience=patience,
            raw_prefix=self.settings.raw_prefix,
            bad_prefix=self.settings.bad_prefix,
        )

    def collector(self, fold_state: FoldState | None = None) -> Collector:
        return Collector(self.settings, self.clock, FakeIds(), self.sink, fold_state)


def _failures(results: list[dict[str, str]]) -> int:
    return sum("ErrorCode" in result for result in results)
