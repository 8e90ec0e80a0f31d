"""The day's salt in DynamoDB: one for all instances, written over the next day, and what holds without the table."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.collect import handler as collect
from lambdas.collect.cookieless import Salt
from lambdas.collect.salt import ALONE_SECONDS, DailySalt
from tests.builders import batch, post_batch, settings
from tests.fakes import refusal
from tests.flow.conftest import Cloud, configure

TODAY, TOMORROW = "2026-11-21", "2026-11-22"


class Table:
    """The salts' table; `down` makes each call fail."""

    def __init__(self) -> None:
        self.client: Any = boto3.client("dynamodb")
        self.client.create_table(
            TableName="salts",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.calls = 0
        self.down = False
        self.now = 0.0
        self._made = 0

    def put_item(self, **arguments: Any) -> Any:
        self.calls += 1
        if self.down:
            raise refusal("InternalServerError", "PutItem")
        return self.client.put_item(**arguments)

    def instance(self) -> DailySalt:
        client: Any = self
        return DailySalt(lambda: client, "salts", lambda: self.now, self._secret)

    def _secret(self, size: int) -> bytes:
        self._made += 1
        return self._made.to_bytes(size, "big")

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.scan(TableName="salts")["Items"]
        return found


@pytest.fixture
def table(environ: pytest.MonkeyPatch) -> Iterator[Table]:
    with mock_aws():
        yield Table()


def shared(salt: Salt | None) -> bytes:
    assert salt
    assert salt.shared
    return salt.secret


def test_instances_agree_and_ask_once_a_day(table: Table) -> None:
    first, second = table.instance(), table.instance()
    secrets = {shared(it(TODAY)) for it in (first, second, first, second, first)}
    assert len(secrets) == 1
    assert len(secrets.pop()) == 32
    assert table.calls == 2


def test_the_next_day_nothing_is_left_of_the_day_before(table: Table) -> None:
    it = table.instance()
    old = shared(it(TODAY))
    new = shared(it(TOMORROW))
    assert new != old
    (item,) = table.items()
    assert item["secret"]["B"] == new
    assert int(item["expires_at"]["N"]) == 1_795_392_000  # 2026-11-23T00:00Z
    assert old not in vars(it).values()
    assert it(TODAY) is None


def test_a_clock_that_is_late_at_midnight_does_not_bring_yesterday_back(table: Table) -> None:
    early, late = table.instance(), table.instance()
    today = shared(early(TOMORROW))
    assert shared(late(TODAY)) == today
    assert len(table.items()) == 1


def test_without_the_table_an_instance_goes_on_alone_and_comes_back(table: Table) -> None:
    it = table.instance()
    table.down = True
    alone = it(TODAY)
    assert alone
    assert not alone.shared
    assert it(TODAY) == alone
    assert table.calls == 1
    table.down = False
    table.now += ALONE_SECONDS
    assert shared(it(TODAY)) == shared(table.instance()(TODAY))


def test_a_refusal_without_the_item_is_a_refusal(table: Table) -> None:
    def refuse(**arguments: Any) -> None:
        raise refusal("ConditionalCheckFailedException", "PutItem")

    table.client = type("Refusing", (), {"put_item": staticmethod(refuse)})
    it = table.instance()
    found = it(TODAY)
    assert found
    assert not found.shared


def post() -> dict[str, Any]:
    return collect.handler(post_batch(batch({"name": "x"}, flags=["cookieless"])), None)


def test_through_the_whole_collector(
    cloud: Cloud, environ: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.dynamodb.create_table(
        TableName="salts",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    caplog.set_level(logging.DEBUG, logger="test")
    for _ in range(2):  # two instances
        configure(environ, settings(state_table="state", later_queue=cloud.queue_url, salt_table="salts"))
        assert post()["statusCode"] == 200
    first, second = cloud.lines()
    assert first["uid"] == second["uid"] != first["eid"]
    (item,) = cloud.dynamodb.scan(TableName="salts")["Items"]
    told = (
        json.dumps([cloud.lines(), cloud.bad_rows(), cloud.items()], default=str)
        + caplog.text
        + "".join(capsys.readouterr())
    )
    assert item["secret"]["B"].hex() not in told
    assert repr(item["secret"]["B"])[2:-1] not in told


def test_no_event_is_lost_where_there_is_no_such_table(cloud: Cloud, environ: pytest.MonkeyPatch) -> None:
    configure(environ, settings(state_table="state", later_queue=cloud.queue_url, salt_table="gone"))
    assert post()["statusCode"] == 200
    (line,) = cloud.lines()
    assert line["flags"] == ["cookieless", "salt_alone"]
