"""One query, and how Athena's API and its files in S3 tell of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from local.athena.engine import Answer, Column
from local.athena.statements import Statement, statement_type

Json = dict[str, Any]
# https://docs.aws.amazon.com/athena/latest/APIReference/API_AthenaError.html
_CATEGORY: Final = {"SYSTEM": 1, "USER": 2, "OTHER": 3}


@dataclass
class Execution:
    """One query from its start; times are seconds since the epoch."""

    id: str
    sql: str
    statement: Statement
    database: str
    workgroup: str
    parameters: Sequence[str]
    token: str
    output: str
    most_bytes: int | None
    caller: str
    submitted: float = field(default_factory=time.time)
    begun: float | None = None
    ended: float | None = None
    state: str = "QUEUED"
    reason: str = ""
    answer: Answer = field(default_factory=Answer)
    bytes_scanned: int = 0


def output_file(execution: Execution) -> str:
    ending = "csv" if statement_type(execution.statement) == "DML" else "txt"
    return f"{execution.output}{execution.id}.{ending}"


def manifest(execution: Execution) -> str:
    return f"{execution.output}{execution.id}-manifest.csv"


def csv_line(cells: Sequence[str | None]) -> str:
    """Everything in quotes but NULL, which is nothing at all: so Athena tells it from an empty text."""
    return ",".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def _milliseconds(begin: float | None, end: float | None) -> int:
    return round(((end or time.time()) - begin) * 1000) if begin else 0


def described(execution: Execution) -> Json:
    status: Json = {"State": execution.state, "SubmissionDateTime": execution.submitted}
    if execution.ended:
        status["CompletionDateTime"] = execution.ended
    if execution.reason:
        status["StateChangeReason"] = execution.reason
    if execution.state == "FAILED":
        ours = execution.reason.startswith("GENERIC_INTERNAL_ERROR")
        status["AthenaError"] = {
            "ErrorCategory": _CATEGORY["SYSTEM" if ours else "USER"],
            "ErrorMessage": execution.reason,
            "Retryable": ours,
        }
    statistics: Json = {
        "DataScannedInBytes": execution.bytes_scanned,
        "EngineExecutionTimeInMillis": _milliseconds(execution.begun, execution.ended),
        "TotalExecutionTimeInMillis": _milliseconds(execution.submitted, execution.ended),
        "QueryQueueTimeInMillis": _milliseconds(execution.submitted, execution.begun or execution.ended),
    }
    if execution.answer.written:
        statistics["DataManifestLocation"] = manifest(execution)
    return {
        "QueryExecutionId": execution.id,
        "Query": execution.sql,
        "StatementType": statement_type(execution.statement),
        "ResultConfiguration": {"OutputLocation": output_file(execution)},
        "QueryExecutionContext": {"Database": execution.database, "Catalog": "awsdatacatalog"},
        "Status": status,
        "Statistics": statistics,
        "WorkGroup": execution.workgroup,
        "EngineVersion": {
            "SelectedEngineVersion": "Athena engine version 3",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
        **({"ExecutionParameters": list(execution.parameters)} if execution.parameters else {}),
    }


def column_info(column: Column) -> Json:
    return {
        **{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": column.name, "Label": column.name},
        **{"Type": column.type, "Nullable": "UNKNOWN", "CaseSensitive": column.type == "varchar"},
    }
