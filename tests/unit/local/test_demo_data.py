"""What the demo shop's panel is told: only what is truly in S3 and DynamoDB."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.common.event import Event, to_line
from lambdas.common.patience import Patience
from lambdas.state.store import StateStore
from local.demo_data import Arrivals, Records

BUCKET, TABLE = "raw-bucket", "state"
NOW = datetime(2026, 7, 28, 0, 20, tzinfo=UTC)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        session = boto3.Session(region_name="us-east-1")
        session.client("s3").create_bucket(Bucket=BUCKET)
        session.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield session


def event(number: int, uid: str = "kim", **changes: Any) -> Event:
    at = int(NOW.timestamp() * 1000) + number
    given = {"eid": f"e{number}", "si": "shop", "sid": f"{uid}-1", "uid": uid, "name": "view", **changes}
    return Event(**{"ts": at, "received_at": at, **given})


class Lake:
    def __init__(self, session: boto3.Session) -> None:
        self.s3 = session.client("s3")
        self.fetched: list[str] = []
        self.s3.meta.events.register(
            "before-call.s3.GetObject", lambda params, **_: self.fetched.append(params["url_path"])
        )
        self.now = NOW
        self.arrivals = Arrivals(self.s3, BUCKET, "raw/", lambda: self.now)

    def put(self, key: str, *events: Event, packed: bool = False, extra: bytes = b"") -> None:
        body = b"".join(map(to_line, events)) + extra
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(body) if packed else body)

    def of(self, uid: str) -> list[str]:
        return [arrival.event.eid for arrival in self.arrivals.of(uid)]


@pytest.fixture
def lake(aws: boto3.Session) -> Lake:
    return Lake(aws)


THIS_HOUR, HOUR_BEFORE = "raw/dt=2026-07-28/hour=00/", "raw/dt=2026-07-27/hour=23/"


def test_lines_of_this_hour_and_the_one_before_are_found_for_their_visitor(lake: Lake) -> None:
    lake.put(f"{THIS_HOUR}b", event(3), event(4, uid="alex"))
    lake.put(f"{HOUR_BEFORE}a.gz", event(1), packed=True)
    lake.put("raw/dt=2026-07-27/hour=22/old", event(0))
    lake.put("bad/dt=2026-07-28/hour=00/x", event(9))
    assert lake.of("kim") == ["e1", "e3"]
    assert lake.of("nobody") == []
    found = lake.arrivals.of("kim")[0].as_json()
    assert found["key"] == f"{HOUR_BEFORE}a.gz"
    assert found["line"]["name"] == "view"
    assert abs(found["stored_at"] - datetime.now(UTC).timestamp() * 1000) < 60_000


def test_an_object_is_read_once_while_its_hour_lasts(lake: Lake) -> None:
    lake.put(f"{THIS_HOUR}a", event(1))
    lake.of("kim")
    lake.put(f"{THIS_HOUR}b", event(2))
    assert lake.of("kim") == ["e1", "e2"]
    assert [path.rpartition("/")[2] for path in lake.fetched] == ["a", "b"]


def test_erased_and_passed_objects_are_let_go(lake: Lake) -> None:
    lake.put(f"{THIS_HOUR}a", event(1))
    lake.put(f"{HOUR_BEFORE}b", event(2))
    assert lake.of("kim") == ["e1", "e2"]
    lake.s3.delete_object(Bucket=BUCKET, Key=f"{THIS_HOUR}a")
    assert lake.of("kim") == ["e2"]
    lake.now = NOW.replace(hour=1)
    assert lake.of("kim") == []


def test_what_is_no_raw_line_is_passed_over(lake: Lake) -> None:
    lake.put(f"{THIS_HOUR}a", event(1), extra=b'{"torn\n[]\n\xff\xfe\n')
    assert lake.of("kim") == ["e1"]


def test_both_records_are_read_and_say_which_events_they_took_in(aws: boto3.Session) -> None:
    took = event(1, props={"price": 5}, user={"plan": "regular"})
    dynamodb = aws.client("dynamodb")
    patience = Patience(now=lambda: 0, sleep=lambda _: None, jitter=lambda: 0)
    StateStore(dynamodb, TABLE, 60, lambda: took.ts, patience, 9).apply([took])
    records = Records(dynamodb, TABLE)
    found = records.of("shop", "kim-1", "kim", ["e1", "e2"])
    assert found["folded"] == ["e1"]
    assert found["session"]["price"] == 5
    assert found["user"]["user"] == {"plan": "regular"}
    assert records.of("shop", "other", "kim", ["e1"])["folded"] == []
    assert records.of("shop", "x", "y", []) == {"session": None, "user": None, "folded": []}
