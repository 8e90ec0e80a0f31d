"""What was sent can be read back through the handlers alone."""

import json

import pytest

from lambdas.collect.handler import handler as collect
from lambdas.read.handler import handler, store
from lambdas.read.query import USER
from lambdas.read.settings import Settings
from tests.builders import SITE, http_event
from tests.flow.conftest import Cloud, configure

ASKED = {"routeKey": USER, "rawQueryString": f"si={SITE}", "pathParameters": {"uid": "kim"}}


@pytest.fixture
def readable(by_firehose: Cloud, environ: pytest.MonkeyPatch) -> Cloud:
    configure(environ, Settings(stage="test", table="state"))
    store.cache_clear()
    return by_firehose


def test_what_was_sent_is_read_back(readable: Cloud) -> None:
    sent = collect(http_event(query=f"si={SITE}&uid=kim&message=Hi&item-type=camera[%2B257]"), None)
    response = handler(ASKED, None)
    assert response["statusCode"] == 200
    body = json.loads(response["body"])
    assert (body["eid"], body["message"], body["counters"]) == (sent["body"], "Hi", {"item-type": {"camera": 257}})


def test_a_table_that_is_gone_is_a_503(readable: Cloud) -> None:
    readable.dynamodb.delete_table(TableName="state")
    response = handler(ASKED, None)
    assert (response["statusCode"], response["headers"]["retry-after"]) == (503, "5")
