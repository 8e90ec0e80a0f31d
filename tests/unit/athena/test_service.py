"""The API's own rules: states, pages, repeated starts, limits, what is refused before it starts."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.athena.server import one_after_the_other
from local.process import wait_for
from tests.athena import DATABASE, WORKGROUP, asked_directly, aws, make_lake, raw_table
from tests.unit.athena.lake import BUCKET, OBJECTS


@pytest.fixture
def lake() -> Iterator[None]:
    with mock_aws():
        make_lake(raw_table(BUCKET), bucket=BUCKET, most_bytes=10_000_000)
        for key, body in OBJECTS.items():
            aws("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        yield


@pytest.fixture
def athena(lake: None, tmp_path: Path) -> Any:
    return asked_directly(tmp_path)


def start(athena: Any, sql: str, **given: Any) -> str:
    asked = {"QueryString": sql, "QueryExecutionContext": {"Database": DATABASE}, "WorkGroup": WORKGROUP, **given}
    return str(athena.start_query_execution(**asked)["QueryExecutionId"])


def execution(athena: Any, query: str) -> dict[str, Any]:
    found: dict[str, Any] = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
    return found


def refusal(act: Callable[[], object]) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        act()
    return dict(refused.value.response["Error"])


def test_an_execution_tells_what_it_was_and_took(athena: Any) -> None:
    query = start(athena, "select count(*) from raw", ClientRequestToken="t" * 32)
    found = execution(athena, query)
    assert found["Status"]["State"] == "SUCCEEDED"
    assert found["Status"]["CompletionDateTime"] >= found["Status"]["SubmissionDateTime"]
    assert (found["StatementType"], found["WorkGroup"], found["Query"]) == (
        "DML",
        WORKGROUP,
        "select count(*) from raw",
    )
    assert found["Statistics"]["DataScannedInBytes"] == sum(
        len(body) for key, body in OBJECTS.items() if "plain" in key or "packed" in key
    )
    assert found["Statistics"]["EngineExecutionTimeInMillis"] >= 0
    assert found["ResultConfiguration"]["OutputLocation"] == f"s3://{BUCKET}/athena-results/{query}.csv"


def test_the_results_file_tells_null_from_an_empty_text(athena: Any) -> None:
    query = start(athena, "select 'a \"b\"' as t, cast(null as varchar) as n, '' as e")
    body = aws("s3").get_object(Bucket=BUCKET, Key=f"athena-results/{query}.csv")["Body"].read().decode()
    assert body == '"t","n","e"\n"a ""b""",,""\n'


def test_pages_hold_the_names_once_and_every_row(athena: Any) -> None:
    query = start(athena, "select n from unnest(sequence(1, 2500)) as t(n) order by n")
    pages = list(athena.get_paginator("get_query_results").paginate(QueryExecutionId=query))
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
    rows = [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert rows == ["n", *(str(number) for number in range(1, 2501))]
    assert len(athena.get_query_results(QueryExecutionId=query, MaxResults=5)["ResultSet"]["Rows"]) == 5


def test_a_start_that_is_repeated_starts_nothing(athena: Any) -> None:
    token = "token-" + "x" * 32
    first = start(athena, "select 1", ClientRequestToken=token)
    assert start(athena, "select 1", ClientRequestToken=token) == first
    assert start(athena, "select 1") != first
    error = refusal(lambda: start(athena, "select 2", ClientRequestToken=token))
    assert (error["Code"], error["Message"]) == ("InvalidRequestException", "Idempotent parameters do not match")


def test_queries_are_listed_by_workgroup_the_newest_first(athena: Any) -> None:
    queries = [start(athena, f"select {number}") for number in range(3)]
    listed = athena.list_query_executions(WorkGroup=WORKGROUP, MaxResults=2)["QueryExecutionIds"]
    assert listed == [queries[2], queries[1]]
    assert athena.list_query_executions(WorkGroup="another")["QueryExecutionIds"] == []


def test_over_the_workgroups_bytes_a_query_is_cancelled(athena: Any) -> None:
    body = OBJECTS["raw/dt=2026-07-28/hour=10/plain"] * 6000  # more than 10 MB
    aws("s3").put_object(Bucket=BUCKET, Key="raw/dt=2026-07-30/hour=00/large", Body=body)
    found = execution(athena, start(athena, "select count(*) from raw"))
    assert found["Status"]["State"] == "CANCELLED"
    assert found["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"
    assert execution(athena, start(athena, "select count(*) from raw where dt < '2026-07-30'"))["Status"]["State"] == (
        "SUCCEEDED"
    )


def test_a_failed_query_says_why_as_athena_does(athena: Any) -> None:
    query = start(athena, "select\n nam from raw")
    status = execution(athena, query)["Status"]
    said = (
        "COLUMN_NOT_FOUND: line 2:2: Column 'nam' cannot be resolved or requester is not authorized to access "
        "requested resources"
    )
    assert (status["State"], status["StateChangeReason"]) == ("FAILED", said)
    assert status["AthenaError"] == {"ErrorCategory": 2, "ErrorMessage": said, "Retryable": False}
    error = refusal(lambda: athena.get_query_results(QueryExecutionId=query))
    assert error["Message"] == "Query did not finish successfully. Final query state: FAILED"


REFUSED = {
    "select from": "mismatched input",
    "vacuum raw": "Queries of this type are not supported",
    "select 1; select 2": "Only one sql statement is allowed",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_no_query_is_refused_before_it_starts(athena: Any, sql: str) -> None:
    error = refusal(lambda: start(athena, sql))
    assert error["Code"] == "InvalidRequestException"
    assert REFUSED[sql] in error["Message"]
    assert athena.list_query_executions()["QueryExecutionIds"] == []


def test_what_is_not_there_is_said(athena: Any) -> None:
    assert "was not found" in refusal(lambda: execution(athena, "none"))["Message"]
    assert "is not found" in refusal(lambda: start(athena, "select 1", WorkGroup="none"))["Message"]
    assert (
        execution(athena, start(athena, "select 1 from t", QueryExecutionContext={"Database": "none"}))["Status"][
            "StateChangeReason"
        ]
        == "SCHEMA_NOT_FOUND: Schema 'none' does not exist"
    )
    assert "No output location provided" in refusal(lambda: start(athena, "select 1", WorkGroup="primary"))["Message"]


def test_several_are_told_of_at_once(athena: Any) -> None:
    query = start(athena, "select 1")
    found = athena.batch_get_query_execution(QueryExecutionIds=[query, "none"])
    assert [one["QueryExecutionId"] for one in found["QueryExecutions"]] == [query]
    assert [one["QueryExecutionId"] for one in found["UnprocessedQueryExecutionIds"]] == ["none"]


def test_the_workgroup_is_the_emulators(athena: Any) -> None:
    configuration = athena.get_work_group(WorkGroup=WORKGROUP)["WorkGroup"]["Configuration"]
    assert configuration["BytesScannedCutoffPerQuery"] == 10_000_000


LONG = """select count(*) from unnest(sequence(1, 3000)) as a(x), unnest(sequence(1, 3000)) as b(y),
  unnest(sequence(1, 3000)) as c(z) where x + y + z < 0"""


def test_what_runs_or_waits_can_be_stopped(lake: None, tmp_path: Path) -> None:
    athena = asked_directly(tmp_path, run=one_after_the_other())
    first, second = start(athena, LONG), start(athena, "select 1")

    def state(query: str) -> str:
        return str(execution(athena, query)["Status"]["State"])

    assert wait_for(lambda: state(first) == "RUNNING", 10)
    assert state(second) == "QUEUED"
    assert "not yet finished" in refusal(lambda: athena.get_query_results(QueryExecutionId=first))["Message"]
    athena.stop_query_execution(QueryExecutionId=second)
    assert state(second) == "CANCELLED"

    def stopped() -> bool:
        athena.stop_query_execution(QueryExecutionId=first)
        return state(first) == "CANCELLED"

    assert wait_for(stopped, 30)
    assert threading.active_count() < 20
