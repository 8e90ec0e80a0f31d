"""A table that cannot be written now: the visitor is answered, raw has the events, and the queue mends state."""

import pytest

from lambdas.collect.handler import handler as collect
from lambdas.state.handler import handler as fold
from tests.flow.conftest import Cloud
from tests.flow.test_collect_flow import metrics, recorded

TABLE = {
    "TableName": "state",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def test_state_is_folded_from_the_queue_once_the_table_is_back(
    by_firehose: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    by_firehose.dynamodb.delete_table(TableName="state")
    assert collect(recorded("batch"), None)["statusCode"] == 200
    assert metrics(capsys.readouterr().out) == {"EventsRejected": 1, "StateDeferred": 2}
    assert len(by_firehose.lines()) > 0

    queued = by_firehose.queued()
    again = [{"itemIdentifier": record["messageId"]} for record in queued["Records"]]
    assert len(again) == 1
    assert fold(queued, None) == {"batchItemFailures": again}

    by_firehose.dynamodb.create_table(**TABLE)
    assert fold(queued, None) == {"batchItemFailures": []}
    doc = by_firehose.doc("user#shop.example.com#visitor-1")
    assert (doc["user"], doc["props"]) == ({"plan": "pro"}, {"sku": "ñ-1", "price": 19.99})
    before = by_firehose.items()
    assert fold(queued, None) == {"batchItemFailures": []}
    assert by_firehose.items() == before
