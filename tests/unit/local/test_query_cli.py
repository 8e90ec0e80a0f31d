"""What a person sees of `make query`."""

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from local.athena.render import athena_type, text
from local.query.__main__ import main, show, write_csv
from local.query.engine import Column, Result

RESULT = Result(
    (Column("name", "varchar"), Column("n", "bigint")),
    (("buy [bold]", "4"), (None, "3")),
    bytes_scanned=12_345_678,
    seconds=1.234,
)


def shown(result: Result, width: int = 120) -> str:
    out = io.StringIO()
    show(result, Console(file=out, width=width))
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def result(columns: dict[str, str], *rows: tuple[str | None, ...]) -> Result:
    return Result(tuple(Column(*column) for column in columns.items()), rows, 0, 0.1)


def test_the_table_shows_rows_as_they_are_then_what_they_cost() -> None:
    text = shown(RESULT)
    assert "buy [bold]" in text
    assert "NULL" in text
    assert "2 rows · 1.23 s · 12.3 MB scanned · $0.00006 in an account\n" in text


def test_athenas_least_is_named_where_it_decides_the_price() -> None:
    text = shown(Result((Column("n", "bigint"),), (("1",),), bytes_scanned=900, seconds=0.1))
    assert "1 row · 0.10 s · 900 B scanned · $0.00005 in an account (Athena bills 10 MB at least)" in text


def test_many_rows_are_cut_with_a_word_about_the_rest() -> None:
    text = shown(Result((Column("n", "bigint"),), (("7",),) * 1500, bytes_scanned=0, seconds=0.1))
    assert "1,500 rows, the first 1,000 shown (CSV=1 gives all)" in text


def test_names_are_broken_before_what_stands_below_them() -> None:
    names = dict.fromkeys(("dt", "visitors", "page_views", "bounce_rate", "duration_seconds"), "bigint")
    text = shown(result(names, ("2026-11-20", "115", "339", "7", "33")), width=60)
    assert "│ 2026-11-20 │      115 │   339 │       7 │        33 │" in text
    assert "┃ page_ ┃ bounce_ ┃ duration_ ┃" in text


def test_what_does_not_fit_side_by_side_stands_one_below_the_other() -> None:
    long = '{"items": [' + ", ".join(f'"item [{number}]"' for number in range(20)) + "]}"
    names = dict.fromkeys(("eid", "uid", "sid", "props"), "varchar")
    text = shown(result(names, ("e" * 36, "u" * 36, None, long), ("e2", "u2", "s2", "x\ty")), width=80)
    assert max(map(len, text.splitlines()[:-1])) <= 80
    assert text.splitlines()[:4] == ["row 1", f"  eid    {'e' * 36}", f"  uid    {'u' * 36}", "  sid    NULL"]
    assert text.splitlines()[4].startswith('  props  {"items": ["item [0]", ')
    assert "row 2\n  eid    e2\n  uid    u2\n  sid    s2\n  props  x" in text
    told = "".join(line[9:] for line in text.partition("row 2")[0].splitlines()[4:])
    assert told.replace(" ", "") == long.replace(" ", "")


def test_a_table_shows_six_decimals() -> None:
    digits = "0.3482142857142857"
    text = shown(result({"a": "double", "b": "varchar"}, (digits, digits), ("0.00001234567", "1.0E-7")))
    assert f"│      0.348214 │ {digits} │" in text
    assert "│ 0.00001234567 │ 1.0E-7 " in text
    assert "│ -2.0 │" in shown(result({"a": "double"}, ("-2.0000001",)))


def test_csv_has_every_row() -> None:
    out = io.StringIO()
    write_csv(RESULT, out)
    assert out.getvalue() == "name,n\r\nbuy [bold],4\r\n,3\r\n"


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        (None, "error The local stack is not up: run `make up` first.\n"),
        ({"region": "us-east-1"}, "error outputs.json is not whole: run `make up` again.\n"),
    ],
)
def test_without_a_stack_it_says_what_to_run(
    outputs: dict[str, str] | None,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path))
    if outputs is not None:
        (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    assert main(["--sql", "select 1"]) == 1
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("si='a", "error WITH=si='a cannot be read: No closing quotation.\n"),
        ("si", "error WITH: 'si' stands alone. Write name=value, with quotes around what has blanks in it.\n"),
        ("si=a from=2026-11-31 to=2026-11-01", "error from=2026-11-31 is no day: write it as 2026-11-01.\n"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(given: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--question", "traffic", "--given", given]) == 1
    assert capsys.readouterr().err == said


VALUES = [
    (True, "true"),
    (5, "5"),
    (5.0, "5.0"),
    (-0.00001, "-1.0E-5"),
    (1.5e10, "1.5E10"),
    (Decimal("1E+2"), "100"),
    (dt.date(2026, 7, 28), "2026-07-28"),
    (dt.datetime(2026, 7, 28, 10, 0, 1, 500), "2026-07-28 10:00:01.000"),
    (dt.timedelta(days=-1, hours=-2), "-1 02:00:00.000"),
    (b"he", "68 65"),
    (["a", None, 1.0], "[a, null, 1.0]"),
    ({"a": {"b": True}}, "{a={b=true}}"),
    (None, None),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_values_are_written_as_athena_writes_them(value: object, expected: str | None) -> None:
    assert text(value) == expected


def test_types_have_athenas_names() -> None:
    given = ("STRUCT(a VARCHAR)", "VARCHAR[]", "MAP(VARCHAR, JSON)", "DECIMAL(38,1)", "HUGEINT", "VARCHAR")
    assert [athena_type(name) for name in given] == ["row", "array", "map", "decimal", "bigint", "varchar"]
