"""The local engine gives the rows that Athena gives, and refuses what Athena refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from infra.lake_columns import COLUMNS
from local.query.client import Client
from local.query.engine import QueryError
from tests.athena import asked_directly, client_of
from tests.unit.athena.lake import OBJECTS, fill


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """For questions alone: nobody changes this lake."""
    with mock_aws():
        fill()
        yield client_of(asked_directly(tmp_path_factory.mktemp("cache")))


def answers() -> dict[str, list[tuple[str | None, ...]]]:
    """The questions of answers.sql with their rows."""
    text = Path(__file__).with_name("answers.sql").read_text("utf-8")
    found = {}
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("--")]
        question = "\n".join(line for line in lines if not line.startswith("=> "))
        rows = [line.removeprefix("=> ").split(" | ") for line in lines if line.startswith("=> ")]
        found[question] = [tuple(None if cell == "NULL" else cell for cell in row) for row in rows]
    return {question: rows for question, rows in found.items() if question}


ANSWERS = answers()


@pytest.mark.parametrize("sql", ANSWERS)
def test_the_answer_is_athenas(asked: Client, sql: str) -> None:
    assert list(asked.run(sql).rows) == ANSWERS[sql]


def test_columns_have_athenas_names_and_types(asked: Client) -> None:
    result = asked.run(
        "select count(*), page.path, seq / 2.0 as half, props, from_unixtime(0) from raw group by 2, 3, 4"
    )
    assert [(column.name, column.type) for column in result.columns] == [
        ("_col0", "bigint"),
        ("path", "varchar"),
        ("half", "decimal"),
        ("props", "varchar"),
        ("_col4", "timestamp with time zone"),
    ]


def test_star_gives_every_declared_column_in_order_and_no_hidden_one(asked: Client) -> None:
    declared = [column.name for column in COLUMNS]
    result = asked.run("select * from raw limit 1")
    assert [column.name for column in result.columns] == [*declared, "dt", "hour"]


REFUSALS = {
    "select nam from raw": "There is no column 'nam'. Did you mean 'name'?",
    "select page.pth from raw": "There is no column 'pth'. Did you mean 'path'",
    "select * from rew": "There is no table 'rew' in penstock_test. Did you mean 'raw'?",
    "select * from other.raw": "SCHEMA_NOT_FOUND: line 1:15: Schema 'other' does not exist",
    "select cout(*) from raw": "FUNCTION_NOT_FOUND: Function 'cout' not registered. Did you mean 'count'",
    "select name nm, count(*) from raw group by nm": "There is no column 'nm': Athena knows an alias in ORDER BY only",
    "select name frm raw x": "line 1:19: mismatched input 'raw'",
    "select 'a from raw": "Syntax error",
    "select 1; select 2": "Only one sql statement is allowed",
    " ": "Query string is empty",
    "insert into raw select 1": "NOT_SUPPORTED: Table 'raw' is no Parquet",
    "drop table raw": "Queries of this type are not supported",
    "select * from read_text('/etc/hostname')": "FUNCTION_NOT_FOUND: Only tables can be read, no functions",
    "select 1 / (seq - 1) from raw": "DIVISION_BY_ZERO: Division by zero",
    "select date_add('millisecond', ts, timestamp '1970-01-01 00:00:00') from raw": "INVALID_FUNCTION_ARGUMENT",
    "select uid, count(*) from raw": "EXPRESSION_NOT_AGGREGATE: 'uid' must be an aggregate expression or",
}


@pytest.mark.parametrize("sql", REFUSALS)
def test_what_cannot_be_answered_is_said_in_one_line(asked: Client, sql: str) -> None:
    with pytest.raises(QueryError) as refused:
        asked.run(sql)
    assert str(refused.value).startswith(REFUSALS[sql])
    assert "\n" not in str(refused.value)


def size(*parts: str) -> int:
    return sum(len(body) for key, body in OBJECTS.items() if any(part in key for part in parts))


ALL = ("plain", "packed")
SCANS = {
    "select count(*) from raw": size(*ALL),
    "select count(*) from raw where dt = '2026-07-29'": size("named"),
    "select count(*) from raw where dt = '2026-07-28' and hour >= '11'": size("packed"),
    "select count(*) from raw where dt in ('2026-07-29') or hour like '1%'": size(*ALL),
    "select count(*) from raw a join raw b on a.eid = b.eid where a.dt = '2026-07-29' and b.hour = '11'": (
        size("named") + size("packed")
    ),
    "select count(*) from raw where dt = '2020-01-01'": 0,
    "select 1": 0,
}


@pytest.mark.parametrize("sql", SCANS)
def test_only_the_partitions_asked_for_are_scanned(asked: Client, sql: str) -> None:
    assert asked.run(sql).bytes_scanned == SCANS[sql]


def test_price_is_by_the_terabyte_with_athenas_least(asked: Client) -> None:
    assert asked.run("select count(*) from raw").usd == pytest.approx(0.00005)
    assert asked.run("select 1").usd == 0


def test_the_query_reads_nothing_else_of_this_machine(asked: Client) -> None:
    with pytest.raises(QueryError, match="no table"):
        asked.run('select * from "/etc/hostname"')
