"""The local engine gives the rows that Athena gives, and refuses what Athena refuses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.query.emulator import EmulatorEngine
from local.query.engine import QueryError
from tests.unit.local.lake import BUCKET, DATABASE, OBJECTS, TABLE, FakeGlue, line


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_bucket(Bucket=BUCKET)
        for key, body in OBJECTS.items():
            client.put_object(Bucket=BUCKET, Key=key, Body=body)
        yield client


@pytest.fixture
def engine(s3: Any, tmp_path: Path) -> EmulatorEngine:
    return EmulatorEngine(FakeGlue(TABLE), s3, database=DATABASE, cache=tmp_path / "cache")


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
def test_the_answer_is_athenas(engine: EmulatorEngine, sql: str) -> None:
    assert list(engine.run(sql).rows) == ANSWERS[sql]


def test_columns_have_athenas_names_and_types(engine: EmulatorEngine) -> None:
    result = engine.run(
        "select count(*), page.path, seq / 2.0 as half, props, from_unixtime(0) from raw group by 2, 3, 4"
    )
    assert [(column.name, column.type) for column in result.columns] == [
        ("_col0", "bigint"),
        ("path", "varchar"),
        ("half", "decimal"),
        ("props", "varchar"),
        ("_col4", "timestamp with time zone"),
    ]


def test_star_gives_every_declared_column_in_order_and_no_hidden_one(engine: EmulatorEngine) -> None:
    declared = [column["Name"] for column in TABLE["StorageDescriptor"]["Columns"]]
    result = engine.run("select * from raw limit 1")
    assert [column.name for column in result.columns] == [*declared, "dt", "hour"]


REFUSALS = {
    "select nam from raw": "There is no column 'nam'. Did you mean 'name'?",
    "select page.pth from raw": "There is no field 'pth' there. Did you mean 'path'?",
    "select * from rew": "There is no table 'rew' in penstock_test. Did you mean 'raw'?",
    "select * from other.raw": "There is no table 'raw' in penstock_test. Did you mean 'raw'?",
    "select cout(*) from raw": "The local engine knows no function 'cout'. Did you mean 'count'?",
    "select name nm, count(*) from raw group by nm": "Column 'nm' cannot be resolved: Athena knows an alias",
    "select name frm raw x": "Syntax error at line 1, column 19, near 'raw'.",
    "select 'a from raw": "Syntax error",
    "select 1; select 2": "One SQL statement at a time.",
    " ": "Give one SQL statement.",
    "insert into raw select 1": "The local engine answers SELECT; other statements",
    "select * from read_text('/etc/hostname')": "Only tables can be read, no functions.",
    "select 1 / (seq - 1) from raw": "Division by zero",
    "select uid, count(*) from raw": 'column "uid" must appear in the GROUP BY clause',
}


@pytest.mark.parametrize("sql", REFUSALS)
def test_what_cannot_be_answered_is_said_in_one_line(engine: EmulatorEngine, sql: str) -> None:
    with pytest.raises(QueryError) as refused:
        engine.run(sql)
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
def test_only_the_partitions_asked_for_are_scanned(engine: EmulatorEngine, sql: str) -> None:
    assert engine.run(sql).bytes_scanned == SCANS[sql]


def test_price_is_by_the_terabyte_with_athenas_least(engine: EmulatorEngine) -> None:
    assert engine.run("select count(*) from raw").usd == pytest.approx(0.00005)
    assert engine.run("select 1").usd == 0


def test_an_object_is_fetched_once_and_only_when_read(engine: EmulatorEngine, s3: Any) -> None:
    fetched: list[str] = []
    s3.meta.events.register("before-call.s3.GetObject", lambda params, **_: fetched.append(params["url_path"]))
    engine.run("select count(*) from raw where hour = '11'")
    assert [path.rpartition("/")[2] for path in fetched] == ["packed.gz"]
    engine.run("select count(*) from raw")
    engine.run("select count(*) from raw")
    assert len(fetched) == 3


def test_new_changed_and_erased_objects_are_seen_at_once(engine: EmulatorEngine, s3: Any, tmp_path: Path) -> None:
    assert engine.run("select count(*) from raw").rows == (("7",),)
    s3.put_object(Bucket=BUCKET, Key="raw/dt=2026-07-30/hour=09/new", Body=line(7).encode())
    s3.put_object(Bucket=BUCKET, Key="raw/dt=2026-07-28/hour=10/plain", Body=line(0).encode())
    s3.delete_object(Bucket=BUCKET, Key="raw/dt=2026-07-28/hour=11/packed.gz")
    assert engine.run("select array_agg(seq order by seq) from raw").rows == (("[0, 6, 7]",),)
    assert [path.name for path in tmp_path.rglob("packed.gz*")] == []


def test_torn_lines_are_rows_of_nulls_as_with_openx(engine: EmulatorEngine, s3: Any) -> None:
    torn = f'{line(7)}\n{{"eid": "e8", "na\n{line(9)}\n'
    s3.put_object(Bucket=BUCKET, Key="raw/dt=2026-07-30/hour=09/torn", Body=torn.encode())
    rows = engine.run("select eid, hour from raw where dt = '2026-07-30' order by seq").rows
    assert rows == (("e7", "09"), ("e9", "09"), (None, "09"))


def test_an_empty_lake_answers(tmp_path: Path) -> None:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_bucket(Bucket=BUCKET)
        engine = EmulatorEngine(FakeGlue(TABLE), client, database=DATABASE, cache=tmp_path)
        assert engine.run("select count(*), max(page.path) from raw").rows == (("0", None),)


def test_the_query_reads_nothing_else_of_this_machine(engine: EmulatorEngine) -> None:
    with pytest.raises(QueryError, match="no table"):
        engine.run('select * from "/etc/hostname"')
