"""The one place that calls Athena: statements of one database in one workgroup, started, looked at, waited for."""

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from lambdas.lake.compaction import Query

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

PAUSE_SECONDS: Final = 0.5
_STATES: Final = {"SUCCEEDED": "succeeded", "FAILED": "failed", "CANCELLED": "failed"}


class StatementError(Exception):
    """Athena refused a statement, or failed in it; the message is Athena's reason."""


class Workgroup:
    """Raises what botocore raises."""

    def __init__(self, client: "AthenaClient", name: str, database: str) -> None:
        self._client, self._name, self._database = client, name, database

    def start(self, statement: str, token: str) -> str:
        """The query's id; for a token (32 to 128 characters) that was there before, the one of then."""
        return self._client.start_query_execution(
            QueryString=statement,
            ClientRequestToken=token,
            QueryExecutionContext={"Database": self._database},
            WorkGroup=self._name,
        )["QueryExecutionId"]

    def query(self, query_id: str) -> Query:
        found = self._client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        status = found["Status"]
        return Query(
            _STATES.get(status["State"], "running"),
            status.get("StateChangeReason", ""),
            found.get("Statistics", {}).get("DataScannedInBytes", 0),
        )

    def rows(self, query_id: str) -> Sequence[Sequence[str | None]]:
        """Of a SELECT that succeeded, without the names."""
        pages = self._client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
        rows = [row for page in pages for row in page["ResultSet"]["Rows"]]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]

    def run(self, statement: str, sleep: Callable[[float], None]) -> None:
        """Waits until it is done. Raises StatementError."""
        try:
            started = self.start(statement, uuid.uuid4().hex)
        except ClientError as error:
            if error.response["Error"].get("Code") != "InvalidRequestException":
                raise
            raise StatementError(error.response["Error"].get("Message", "")) from None
        while (found := self.query(started)).state == "running":
            sleep(PAUSE_SECONDS)
        if found.state == "failed":
            raise StatementError(found.reason)
