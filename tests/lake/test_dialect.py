"""Every SQL text that ships gives on a real Trino the rows that it gives locally, over files that this project wrote.

Files are found by their place: a new query, view or question is part of this with nothing to be done here but a value
for a parameter of a new name.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambdas.lake import sql
from local.athena.statements import with_parameters
from tests.athena import DATABASE, make_lake, raw_table
from tests.builders import SITE
from tests.lake.conftest import COMPACTED, RAW_COLUMNS, SHOP_DATABASE, VIEWS, Lake, Rows, planned
from tests.unit.athena.lake import BUCKET as QUESTIONS_BUCKET
from tests.unit.athena.lake import OBJECTS
from tests.unit.athena.test_engine import ANSWERS
from tests.unit.lake.test_queries import SHOP

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(file for file in (ROOT / "lake").rglob("*.sql") if file.parent.name != "views")
PARAMETER = re.compile(r"^-- parameter (\w+) (\w+): ", re.MULTILINE)
# What the parameters of the queries stand for, by their names; by their types where a name has none.
VALUES: dict[str, str] = {
    "si": f"'{SITE}'",
    "from": "'2026-11-01'",
    "to": "'2026-11-30'",
    "goal": "'purchase'",
    "begin": "'begin_checkout'",
    "end": "'purchase'",
    "step1": "'page_view'",
    "step2": "'begin_checkout'",
    "step3": "'purchase'",
    "step4": "''",
    "step5": "''",
    "hours": "1",
    "uid": "'u2'",
    "cohort_by": "'first visit'",
    "cutoff": "'2026-11-10 11:00'",
    "horizon": "7",
}
BY_TYPE = {"varchar": "'x'", "bigint": "1", "double": "1e0", "integer": "1"}
NAMES = ", ".join(f'"{name}"' for name in sql.columns(RAW_COLUMNS) if name != "dt")


def alike(one: Rows, other: Rows) -> bool:
    """The same rows in whatever order, sums of doubles to the last digits."""
    left, right = sorted(one, key=str), sorted(other, key=str)
    return len(left) == len(right) and all(
        len(a) == len(b) and all(map(_same, a, b)) for a, b in zip(left, right, strict=True)
    )


def _same(one: str | None, other: str | None) -> bool:
    if one == other:
        return True
    number = re.compile(r"-?\d+\.\d+(E-?\d+)?")
    if one is None or other is None or not number.fullmatch(one) or not number.fullmatch(other):
        return False
    return float(one) == pytest.approx(float(other), rel=1e-12)


@pytest.fixture(scope="module")
def questions(lake: Lake) -> Lake:
    """The lake of answers.sql."""
    make_lake(raw_table(QUESTIONS_BUCKET, "2026-07-28,2026-07-30"), bucket=QUESTIONS_BUCKET, client=lake.client)
    for key, body in OBJECTS.items():
        # Trino goes by the name where the local engine goes by the content.
        lake.put(QUESTIONS_BUCKET, key.replace("named-gz-but-plain.gz", "plain"), body)
    return lake


@pytest.mark.parametrize("question", ANSWERS)
def test_answers_written_down_for_athena_are_trinos(questions: Lake, question: str) -> None:
    expected = [
        tuple(cell.replace("named-gz-but-plain.gz", "plain") if cell else cell for cell in row)
        for row in ANSWERS[question]
    ]
    rows = questions.real(question, DATABASE).rows
    # In order where the question gives one.
    assert alike(rows, expected) if "order by" not in question else list(rows) == expected


@pytest.mark.parametrize("view", [view.name for view in VIEWS])
def test_a_view_stored_by_one_engine_is_read_by_the_other(shop: Lake, view: str) -> None:
    question = f'SELECT * FROM "{view}"'
    local, real = shop.local(SHOP_DATABASE).run(question), shop.real(question, SHOP_DATABASE)
    assert [(column.name, column.type) for column in local.columns] == list(real.columns)
    assert alike(local.rows, real.rows), (sorted(local.rows, key=str), sorted(real.rows, key=str))


def shipped() -> Iterator[tuple[str, str]]:
    """Each query file's text with its parameters as literals."""
    for file in FILES:
        text = file.read_text()
        given = [VALUES.get(name, BY_TYPE[kind]) for name, kind in PARAMETER.findall(text)]
        yield str(file.relative_to(ROOT / "lake")), with_parameters(text, given)


SHIPPED = dict(shipped())


@pytest.mark.parametrize("name", SHIPPED)
def test_a_query_that_ships_is_answered_alike(shop: Lake, name: str) -> None:
    local, real = shop.local(SHOP_DATABASE).run(SHIPPED[name]), shop.real(SHIPPED[name], SHOP_DATABASE)
    assert [(column.name, column.type) for column in local.columns] == list(real.columns)
    assert alike(local.rows, real.rows), (sorted(local.rows, key=str), sorted(real.rows, key=str))


def documented() -> list[str]:
    """The queries of `make query` in the pages, and those that stand in blocks of their own."""
    pages = [page.read_text() for page in (ROOT / "README.md", *ROOT.glob("docs/**/*.md"))]
    found = {sql for page in pages for sql in re.findall(r'SQL="([^"]+)"', page)}
    found |= {sql.strip() for page in pages for sql in re.findall(r"```sql\n(.*?)```", page, re.DOTALL)}
    return sorted(sql for sql in found if sql != "…")


DOCUMENTED = documented()


@pytest.mark.parametrize("question", DOCUMENTED)
def test_a_documented_query_is_answered_alike(shop: Lake, question: str) -> None:
    local, real = shop.local(SHOP_DATABASE).run(question), shop.real(question, SHOP_DATABASE)
    assert [(column.name, column.type) for column in local.columns] == list(real.columns)
    assert alike(local.rows, real.rows), (sorted(local.rows, key=str), sorted(real.rows, key=str))


def test_either_engine_reads_what_the_other_wrote(shop: Lake) -> None:
    question = f"SELECT {NAMES} FROM events"
    local, real = shop.local(SHOP_DATABASE).run(question), shop.real(question, SHOP_DATABASE)
    raw = shop.local(SHOP_DATABASE).run(f"SELECT {NAMES} FROM raw WHERE dt = '{COMPACTED}'")
    assert len(raw.rows) == len(SHOP)
    assert alike(local.rows, raw.rows)
    assert alike(real.rows, raw.rows)


def test_either_engine_plans_a_compaction_alike(shop: Lake) -> None:
    question = sql.plan(COMPACTED)
    assert alike(shop.local(SHOP_DATABASE).run(question).rows, shop.real(question, SHOP_DATABASE).rows)


def test_what_was_compacted_is_not_added_again(shop: Lake) -> None:
    before = shop.real("SELECT count(*) FROM events", SHOP_DATABASE).rows
    partitions = planned(shop.real(sql.plan(COMPACTED), SHOP_DATABASE).rows)
    again = sql.insert(RAW_COLUMNS, COMPACTED, sql.Slice(partitions))
    shop.local(SHOP_DATABASE).run(again)
    shop.real(again, SHOP_DATABASE)
    assert shop.real("SELECT count(*) FROM events", SHOP_DATABASE).rows == before


def test_both_know_the_same_partitions(shop: Lake) -> None:
    """What the local Athena registers Trino finds, and the reverse."""
    local = shop.local(SHOP_DATABASE).run("SHOW PARTITIONS events").rows
    real = shop.real('SELECT si, dt FROM "events$partitions"', SHOP_DATABASE).rows
    assert sorted(local) == sorted((f"si={si}/dt={day}",) for si, day in real)
