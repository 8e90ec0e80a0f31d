"""The Athena API's operations over the engine: queries started, followed, read page by page, stopped.

https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html; what is not here is asked of the
emulator's own Athena, which has the workgroups. Nothing is kept but the list of queries.
"""

import io
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from local.athena.engine import Answer, Engine
from local.athena.errors import AthenaError, LimitError, MalformedError
from local.athena.execution import Execution, Json, column_info, csv_line, described, manifest, output_file
from local.athena.statements import parse, statement_type, with_parameters

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_s3 import S3Client

MOST_KEPT: Final = 1000
MOST_ROWS: Final = 1000
MOST_LISTED: Final = 50


class RefusedError(Exception):
    """An answer with status 400; `code` is the exception's name in the API."""

    def __init__(self, message: str, *, code: str = "InvalidRequestException", athena_code: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.athena_code = athena_code


class Acting(NamedTuple):
    """What a query is run with, and what its answer is stored with."""

    engine: Engine
    s3: "S3Client"


class Service:
    """`run` is given each query's work: to do at once, or in a thread that does one after the other. `acting` gives
    for the access key of who asked what works with their rights, as Athena does; it raises RefusedError."""

    def __init__(
        self,
        acting: Callable[[str], AbstractContextManager["Acting"]],
        workgroups: "AthenaClient",
        *,
        run: Callable[[Callable[[], None]], object],
    ) -> None:
        self._acting = acting
        self._workgroups = workgroups
        self._run = run
        self._executions: dict[str, Execution] = {}
        self._lock = threading.Lock()
        self._running: tuple[Execution, Engine] | None = None

    def answer(self, operation: str, given: Json, caller: str = "") -> Json:
        """The operation's answer. Raises RefusedError."""
        handlers: Mapping[str, Callable[[Json], Json]] = {
            "StartQueryExecution": lambda given: self._start(given, caller),
            "GetQueryExecution": lambda given: {"QueryExecution": described(self._found(given))},
            "BatchGetQueryExecution": self._batch_get,
            "ListQueryExecutions": self._list,
            "GetQueryResults": self._results,
            "StopQueryExecution": self._stop,
            "GetWorkGroup": self._workgroup,
        }
        if operation not in handlers:
            raise RefusedError(f"The local Athena does not know {operation}", code="UnknownOperationException")
        try:
            return handlers[operation](given)
        except KeyError as error:
            raise RefusedError(f"{error.args[0]} is required") from None

    def _start(self, given: Json, caller: str) -> Json:
        sql, parameters = given["QueryString"], given.get("ExecutionParameters", [])
        token = given.get("ClientRequestToken") or str(uuid.uuid4())
        try:
            statement = parse(with_parameters(sql, parameters))
        except MalformedError as error:
            raise RefusedError(str(error), athena_code="MALFORMED_QUERY") from None
        workgroup = given.get("WorkGroup", "primary")
        output, most_bytes = self._configuration(workgroup, given)
        with self._lock:
            for before in self._executions.values():
                if before.token == token:
                    if before.sql != sql or before.parameters != parameters:
                        raise RefusedError("Idempotent parameters do not match")
                    return {"QueryExecutionId": before.id}
            execution = Execution(
                id=str(uuid.uuid4()),
                sql=sql,
                statement=statement,
                database=given.get("QueryExecutionContext", {}).get("Database", "default"),
                workgroup=workgroup,
                parameters=parameters,
                token=token,
                output=output,
                most_bytes=most_bytes,
                caller=caller,
            )
            self._executions[execution.id] = execution
            while len(self._executions) > MOST_KEPT:
                del self._executions[next(iter(self._executions))]
        self._run(lambda: self._execute(execution))
        return {"QueryExecutionId": execution.id}

    def _configuration(self, workgroup: str, given: Json) -> tuple[str, int | None]:
        """Where results go, with a slash at its end, and how many bytes a query may scan."""
        configuration = self._workgroup({"WorkGroup": workgroup})["WorkGroup"].get("Configuration", {})
        own = configuration.get("ResultConfiguration", {}).get("OutputLocation", "")
        asked = given.get("ResultConfiguration", {}).get("OutputLocation", "")
        output = own if own and configuration.get("EnforceWorkGroupConfiguration", True) else asked or own
        if not output:
            raise RefusedError(
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input."
            )
        return f"{output.rstrip('/')}/", configuration.get("BytesScannedCutoffPerQuery")

    def _execute(self, execution: Execution) -> None:
        with self._lock:
            if execution.state != "QUEUED":  # stopped before it began
                return
            execution.state, execution.begun = "RUNNING", time.time()
        state, reason = "FAILED", ""
        try:
            with self._acting(execution.caller) as (engine, s3):
                self._running = (execution, engine)
                answer = engine.run(execution.statement, execution.database, most_bytes=execution.most_bytes)
                _store(s3, execution, answer)
            execution.answer, execution.bytes_scanned = answer, answer.bytes_scanned
            state = "SUCCEEDED"
        except LimitError as error:
            state, reason, execution.bytes_scanned = "CANCELLED", str(error), execution.most_bytes or 0
        except duckdb.InterruptException:
            state, reason = "CANCELLED", "Query cancelled by user"
        except (AthenaError, RefusedError) as error:
            reason = str(error)
        except ClientError as error:
            reason = f"{error.response['Error'].get('Code')}: {error.response['Error'].get('Message')}"
        except (BotoCoreError, duckdb.Error, OSError) as error:
            reason = f"GENERIC_INTERNAL_ERROR: {' '.join(str(error).split())}"
        with self._lock:
            self._running = None
            execution.state, execution.reason, execution.ended = state, reason, time.time()

    def _results(self, given: Json) -> Json:
        execution = self._found(given)
        if execution.state != "SUCCEEDED":
            why = f"Query did not finish successfully. Final query state: {execution.state}"
            not_yet = f"Query has not yet finished. Current state: {execution.state}"
            raise RefusedError(not_yet if execution.ended is None else why)
        answer = execution.answer
        most = min(given.get("MaxResults") or MOST_ROWS, MOST_ROWS)
        # Of a SELECT the names are the first row; of SHOW and INSERT not.
        rows: list[Sequence[str | None]] = list(answer.rows) if not answer.written else []
        if statement_type(execution.statement) == "DML" and not answer.written:
            rows.insert(0, [column.name for column in answer.columns])
        begin = int(given.get("NextToken") or 0)
        page = rows[begin : begin + most]
        found: Json = {
            "ResultSet": {
                "Rows": [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in page],
                "ResultSetMetadata": {"ColumnInfo": [column_info(column) for column in answer.columns]},
            },
            "UpdateCount": answer.written.rows if answer.written else 0,
        }
        if begin + most < len(rows):
            found["NextToken"] = str(begin + most)
        return found

    def _stop(self, given: Json) -> Json:
        execution = self._found(given)
        with self._lock:
            if execution.state == "QUEUED":
                execution.state, execution.reason, execution.ended = "CANCELLED", "Query cancelled by user", time.time()
            elif self._running and execution is self._running[0]:
                self._running[1].interrupt()
        return {}

    def _list(self, given: Json) -> Json:
        workgroup = given.get("WorkGroup", "primary")
        found = [one.id for one in list(self._executions.values()) if one.workgroup == workgroup]
        return {"QueryExecutionIds": found[::-1][: given.get("MaxResults") or MOST_LISTED]}

    def _batch_get(self, given: Json) -> Json:
        ids = given["QueryExecutionIds"]
        return {
            "QueryExecutions": [described(self._executions[one]) for one in ids if one in self._executions],
            "UnprocessedQueryExecutionIds": [
                {"QueryExecutionId": one, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "Query execution not found"}
                for one in ids
                if one not in self._executions
            ],
        }

    def _workgroup(self, given: Json) -> Json:
        name = given["WorkGroup"]
        try:
            found: Mapping[str, Any] = self._workgroups.get_work_group(WorkGroup=name).get("WorkGroup", {})
        except ClientError:
            found = {}
        if not found:
            raise RefusedError(f"WorkGroup {name} is not found.")
        return {"WorkGroup": {key: value for key, value in found.items() if key != "CreationTime"}}

    def _found(self, given: Json) -> Execution:
        execution = self._executions.get(given["QueryExecutionId"])
        if execution is None:
            raise RefusedError(f"QueryExecution {given['QueryExecutionId']} was not found")
        return execution


def _store(s3: "S3Client", execution: Execution, answer: Answer) -> None:
    """The result's file, and for what was written the list of its files, where Athena puts them."""
    out = io.StringIO()
    kind = statement_type(execution.statement)
    if answer.written:
        out.writelines(f"{address}\n" for address in answer.written.files)
        _put(s3, manifest(execution), out.getvalue())
    elif kind == "DML":
        out.writelines(map(csv_line, [tuple(column.name for column in answer.columns), *answer.rows]))
        _put(s3, output_file(execution), out.getvalue())
    else:
        out.writelines("\t".join(cell or "" for cell in row) + "\n" for row in answer.rows)
        _put(s3, output_file(execution), out.getvalue())


def _put(s3: "S3Client", address: str, body: str) -> None:
    parts = urlsplit(address)
    s3.put_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"), Body=body.encode())
