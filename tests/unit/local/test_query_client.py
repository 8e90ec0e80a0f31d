"""Athena is started in the workgroup, followed to its end, and its pages read to the last."""

from collections.abc import Iterable
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from local.query.client import Client
from local.query.engine import Column, QueryError
from tests.athena import DATABASE, raw_table


class FakeGlue:
    """Glue as the client uses it: its list of tables."""

    def __init__(self, *tables: dict[str, Any]) -> None:
        self.tables = list(tables)

    def get_paginator(self, operation: str) -> "FakeGlue":
        assert operation == "get_tables"
        return self

    def paginate(self, *, DatabaseName: str) -> Iterable[dict[str, Any]]:
        assert DatabaseName == DATABASE
        return [{"TableList": [table]} for table in self.tables]


class FakeAthena:
    """One query's course: the states it goes through and the pages of its result."""

    def __init__(self, *states: dict[str, Any], pages: Iterable[dict[str, Any]] = ()) -> None:
        self.states = list(states)
        self.pages = list(pages)
        self.started: list[dict[str, Any]] = []
        self.stopped: list[str] = []

    def start_query_execution(self, **given: Any) -> dict[str, Any]:
        self.started.append(given)
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, *, QueryExecutionId: str) -> dict[str, Any]:
        assert QueryExecutionId == "q1"
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"QueryExecution": {"Status": state, "Statistics": {"DataScannedInBytes": 20_000_000}}}

    def stop_query_execution(self, *, QueryExecutionId: str) -> None:
        self.stopped.append(QueryExecutionId)

    def get_paginator(self, operation: str) -> "FakeAthena":
        assert operation == "get_query_results"
        return self

    def paginate(self, *, QueryExecutionId: str) -> Iterable[dict[str, Any]]:
        assert QueryExecutionId == "q1"
        return self.pages


def page(*rows: tuple[str | None, ...]) -> dict[str, Any]:
    info = [{"Name": "name", "Type": "varchar"}, {"Name": "n", "Type": "bigint"}]
    data = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows]
    return {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": info}, "Rows": data}}


def engine(athena: FakeAthena, *, waits: list[float] | None = None, glue: Any = None) -> Client:
    return Client(
        athena,
        glue or FakeGlue(raw_table()),
        database=DATABASE,
        workgroup="penstock-test",
        sleep=([] if waits is None else waits).append,
        clock=iter((10.0, 12.5)).__next__,
    )


DONE = {"State": "SUCCEEDED"}


def test_a_query_is_started_followed_and_read() -> None:
    athena = FakeAthena(
        {"State": "QUEUED"},
        {"State": "RUNNING"},
        DONE,
        pages=[page(("name", "n"), ("buy", "4")), page((None, "3"))],
    )
    waits: list[float] = []
    result = engine(athena, waits=waits).run("select 1")
    assert athena.started == [
        {
            "QueryString": "select 1",
            "QueryExecutionContext": {"Database": DATABASE},
            "WorkGroup": "penstock-test",
        }
    ]
    assert result.columns == (Column("name", "varchar"), Column("n", "bigint"))
    assert result.rows == (("buy", "4"), (None, "3"))
    assert (result.bytes_scanned, result.seconds, result.usd) == (20_000_000, 2.5, 0.0001)
    assert waits == sorted(waits)
    assert len(waits) == 2


def test_a_result_without_a_row_of_names_keeps_its_first_row() -> None:
    assert engine(FakeAthena(DONE, pages=[page(("raw", None))])).run("show tables").rows == (("raw", None),)


FAILURES = {
    "COLUMN_NOT_FOUND: line 1:8: Column 'nam' cannot be resolved or requester is not authorized": (
        "There is no column 'nam'. Did you mean 'name'?"
    ),
    "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.penstock_test.rew' does not exist": (
        "There is no table 'rew' in penstock_test. Did you mean 'raw'?"
    ),
    "Bytes scanned limit was exceeded\n": "Bytes scanned limit was exceeded",
}


@pytest.mark.parametrize("reason", FAILURES)
def test_a_failed_query_says_why_in_one_line(reason: str) -> None:
    athena = FakeAthena({"State": "FAILED", "StateChangeReason": reason})
    with pytest.raises(QueryError) as failed:
        engine(athena).run("select nam from raw")
    assert str(failed.value) == FAILURES[reason]


class Refusing(FakeAthena):
    def __init__(self, error: Exception) -> None:
        super().__init__(DONE)
        self.error = error

    def start_query_execution(self, **given: Any) -> dict[str, Any]:
        raise self.error


def test_a_query_that_aws_refuses_says_why() -> None:
    said = {"Error": {"Code": "InvalidRequestException", "Message": "line 1:8: mismatched input 'from'"}}
    with pytest.raises(QueryError, match=r"^line 1:8: mismatched input 'from'$"):
        engine(Refusing(ClientError(said, "StartQueryExecution"))).run("select from")
    with pytest.raises(QueryError, match="AWS cannot be asked: Unable to locate credentials"):
        engine(Refusing(NoCredentialsError())).run("select 1")


class Forbidden(FakeGlue):
    def get_paginator(self, operation: str) -> "FakeGlue":
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetTables")


def test_who_may_not_list_tables_gets_the_answer_without_a_hint() -> None:
    athena = FakeAthena({"State": "FAILED", "StateChangeReason": "Column 'nam' cannot be resolved"})
    with pytest.raises(QueryError, match=r"^There is no column 'nam'\.$"):
        engine(athena, glue=Forbidden()).run("select nam from raw")


def test_an_interrupted_query_is_stopped_since_it_would_go_on_costing() -> None:
    athena = FakeAthena({"State": "RUNNING"})

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    asked = Client(
        athena,
        FakeGlue(raw_table()),
        database=DATABASE,
        workgroup="penstock-test",
        sleep=interrupt,
    )
    with pytest.raises(KeyboardInterrupt):
        asked.run("select 1")
    assert athena.stopped == ["q1"]
