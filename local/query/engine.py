"""What `make query` shows: rows, what they took, what they would cost."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import TableTypeDef

# https://aws.amazon.com/athena/pricing/: by bytes scanned, at least 10 MB for each query.
USD_PER_TB: Final = 5.0
LEAST_BYTES_BILLED: Final = 10_000_000
_FIELD: Final = re.compile(r"[<,](\w+):")
NUMBERS: Final = frozenset({"tinyint", "smallint", "integer", "bigint", "real", "float", "double", "decimal"})


class QueryError(Exception):
    """The query cannot be answered; the message is one line for the person who asked."""


@dataclass(frozen=True)
class Column:
    """A column of a result; `type` is Athena's name for it (`bigint`, `varchar`, `array` …)."""

    name: str
    type: str

    @property
    def is_number(self) -> bool:
        return self.type in NUMBERS


@dataclass(frozen=True)
class Result:
    """Rows as Athena gives them: text in Athena's notation, None for NULL."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]
    bytes_scanned: int
    seconds: float

    @property
    def usd(self) -> float:
        """What this query costs in an account, us-east-1's list price."""
        billed = max(self.bytes_scanned, LEAST_BYTES_BILLED) if self.bytes_scanned else 0
        return billed / 1e12 * USD_PER_TB


class Engine(Protocol):
    """Answers Athena SQL (engine version 3, Trino's dialect)."""

    def run(self, sql: str, parameters: Sequence[str] = ()) -> Result:
        """`parameters` stand for the question marks, each a literal as SQL writes it.

        Raises QueryError for whatever the person can mend: syntax, unknown names, limits, no access.
        """
        ...


def near(name: str, known: Iterable[str]) -> str:
    """` Did you mean "name"?` with the names most like this one, or nothing."""
    lower = {candidate.lower(): candidate for candidate in known}
    found = [lower[match] for match in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)]
    return f" Did you mean {' or '.join(repr(match) for match in found)}?" if found else ""


def column_names(table: "TableTypeDef") -> list[str]:
    """Names of a Glue table's columns and partition keys, in order, each struct's fields after it: `page.path`."""
    names = []
    for column in [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]:
        fields = _FIELD.findall(column.get("Type", "")) if column.get("Type", "").startswith("struct<") else []
        names += [column["Name"], *(f"{column['Name']}.{field}" for field in fields)]
    return names
