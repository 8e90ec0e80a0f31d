"""Athena, in an AWS account or local: queries started, followed to their end, read to their last page."""

import re
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from local.query.engine import Column, QueryError, Result, column_names, near

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import RowTypeDef, StartQueryExecutionInputTypeDef
    from mypy_boto3_glue import GlueClient

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 2.0

# "COLUMN_NOT_FOUND: line 1:8: Column 'nam' cannot be resolved or requester is not authorized to ..."
_UNKNOWN_COLUMN: Final = re.compile(
    r"Column '([^']+)' cannot be resolved(?: or requester is not authorized(?: to access requested resources)?)?(.*)"
)
_UNKNOWN_TABLE: Final = re.compile(r"Table '([^']+)' does not exist")


class Client:
    """Starts the query in the workgroup, which sets limit and place of results, and follows it."""

    def __init__(
        self,
        athena: "AthenaClient",
        glue: "GlueClient",
        *,
        database: str,
        workgroup: str,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._athena = athena
        self._glue = glue
        self._database = database
        self._workgroup = workgroup
        self._sleep = sleep
        self._clock = clock

    def run(self, sql: str, parameters: Sequence[str] = ()) -> Result:
        """`parameters` stand for the question marks, each a literal. Raises QueryError for whatever one can mend."""
        started = self._clock()
        try:
            given: StartQueryExecutionInputTypeDef = {
                "QueryString": sql,
                "QueryExecutionContext": {"Database": self._database},
                "WorkGroup": self._workgroup,
            }
            if parameters:
                given["ExecutionParameters"] = parameters
            execution = self._athena.start_query_execution(**given)["QueryExecutionId"]
            bytes_scanned = self._follow(execution)
            columns, rows = self._fetch(execution)
        except ClientError as error:
            raise QueryError(self._explain(error.response["Error"].get("Message", str(error)))) from None
        except EndpointConnectionError as error:
            endpoint = error.kwargs["endpoint_url"]
            raise QueryError(f"Athena does not answer at {endpoint}: on this machine, run `make up` first.") from None
        except BotoCoreError as error:
            raise QueryError(f"AWS cannot be asked: {error}") from None
        return Result(columns, rows, bytes_scanned, self._clock() - started)

    def _follow(self, execution: str) -> int:
        """Wait for the end; returns bytes scanned."""
        wait = FIRST_WAIT
        try:
            while True:
                answer = self._athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
                status = answer["Status"]
                state = status["State"]
                if state == "SUCCEEDED":
                    return answer.get("Statistics", {}).get("DataScannedInBytes", 0)
                if state in ("FAILED", "CANCELLED"):
                    raise QueryError(self._explain(status.get("StateChangeReason", "The query was cancelled.")))
                self._sleep(wait)
                wait = min(wait * 1.5, LONGEST_WAIT)
        except KeyboardInterrupt:
            # Left alone, it would go on scanning, and be billed.
            self._athena.stop_query_execution(QueryExecutionId=execution)
            raise

    def _fetch(self, execution: str) -> tuple[tuple[Column, ...], tuple[tuple[str | None, ...], ...]]:
        columns: tuple[Column, ...] = ()
        rows: list[tuple[str | None, ...]] = []
        for page in self._athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution):
            result = page["ResultSet"]
            if not columns:
                info = result.get("ResultSetMetadata", {}).get("ColumnInfo", [])
                columns = tuple(Column(column["Name"], column["Type"]) for column in info)
            rows += (_cells(row) for row in result.get("Rows", []))
        # The first row of a SELECT's first page repeats the names; SHOW and DESCRIBE have no such row.
        if rows and rows[0] == tuple(column.name for column in columns):
            del rows[0]
        return columns, tuple(rows)

    def _explain(self, message: str) -> str:
        line = " ".join(message.split())
        if line.startswith("INVALID_VIEW"):
            return line
        if unknown := _UNKNOWN_COLUMN.search(line):
            known = [name for names in self._tables().values() for name in names]
            hint = unknown[2].removeprefix(".") or near(unknown[1], known)
            return f"There is no column {unknown[1]!r}{'' if hint.startswith(':') else '.'}{hint}"
        if unknown := _UNKNOWN_TABLE.search(line):
            table = unknown[1].rpartition(".")[2]
            return f"There is no table {table!r} in {self._database}.{near(table, self._tables())}"
        return line

    def _tables(self) -> dict[str, list[str]]:
        """Column names by table; empty for who may query but not list, whose answer goes without a hint."""
        try:
            pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=self._database)
            return {table["Name"]: column_names(table) for page in pages for table in page["TableList"]}
        except (ClientError, BotoCoreError):
            return {}


def _cells(row: "RowTypeDef") -> tuple[str | None, ...]:
    return tuple(cell.get("VarCharValue") for cell in row.get("Data", []))
