"""What DynamoDB bills, by the sizes its documentation gives."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from bench.meter import Meter, item_bytes


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abc"}, 3),
        ({"S": "é"}, 2),
        ({"B": b"12345"}, 5),
        ({"N": "1"}, 2),
        ({"N": "1795000000"}, 3),
        ({"N": "-123"}, 4),
        ({"BOOL": True}, 1),
        ({"L": [{"S": "abc"}, {"NULL": True}]}, 3 + 4 + 2),
        ({"M": {"ab": {"S": "abc"}}}, 3 + 6),
    ],
)
def test_an_items_bytes_are_its_names_and_values(value: dict[str, Any], size: int) -> None:
    assert item_bytes({"name": value}) == 4 + size


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {"ACCESS_KEY_ID": "t", "SECRET_ACCESS_KEY": "t", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        made = boto3.client("dynamodb")
        made.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        yield made


def put(client: Any, key: str, size: int) -> None:
    """An item of `size` bytes: "pk", the key, "x" and its content."""
    client.put_item(TableName="t", Item={"pk": {"S": key}, "x": {"S": "-" * (size - 3 - len(key))}})


def test_writes_by_the_larger_of_before_and_after_and_reads_by_item(client: Any) -> None:
    meter = Meter()
    meter.attach(client)
    put(client, "a", 1_024)
    assert (meter.writes, meter.write_units) == (1, 1)
    put(client, "a", 1_025)
    assert meter.write_units == 3
    put(client, "a", 10)
    assert meter.write_units == 5
    put(client, "b", 4_097)
    keys = [{"pk": {"S": key}} for key in ("a", "b", "missing")]
    client.batch_get_item(RequestItems={"t": {"Keys": keys, "ConsistentRead": True}})
    assert (meter.reads, meter.read_units) == (3, 1 + 2 + 1)
    client.get_item(TableName="t", Key=keys[1])
    assert meter.read_units == 4 + 1
    meter.reset()
    client.transact_write_items(
        TransactItems=[{"Put": {"TableName": "t", "Item": {"pk": {"S": "c"}, "x": {"S": "1"}}}}]
    )
    assert meter.write_units == 2


def test_a_call_it_cannot_bill_is_no_free_call(client: Any) -> None:
    Meter().attach(client)
    with pytest.raises(ValueError, match="UpdateItem"):
        client.update_item(TableName="t", Key={"pk": {"S": "a"}})
