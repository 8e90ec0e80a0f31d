"""Rows out of a Parquet file: the others as they were, in the same columns and types, ZSTD."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from local.person import rows
from local.stored.objects import Change

WRITE = """
COPY (SELECT CAST(1 AS INTEGER) AS v, 'e' || i AS eid, 'u' || (i % 3) AS uid, i * 1000 AS ts,
  CASE WHEN i % 2 = 0 THEN NULL ELSE i END AS seq, '{"a": [1, "茶"]}' AS props,
  {'url': 'https://x/' || i, 'path': NULL} AS page, ['bot', 'x'] AS flags FROM range(200000) t(i))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    duckdb.sql(WRITE + f"TO '{tmp_path / 'before'}' (FORMAT parquet, COMPRESSION zstd)")
    return tmp_path / "before"


def ask(sql: str, file: Path) -> list[Any]:
    return duckdb.execute(sql, {"file": str(file)}).fetchall()


def test_the_other_rows_stay_as_they_were(file: Path) -> None:
    after = file.with_name("after")
    assert rows.without(frozenset({"u1"}))(file, after) == Change(66_667, 133_333)
    schema = "SELECT name, type, converted_type, logical_type, repetition_type FROM parquet_schema($file) OFFSET 1"
    assert ask(schema, after) == ask(schema, file)
    assert ask("SELECT DISTINCT compression FROM parquet_metadata($file)", after) == [("ZSTD",)]
    digest = (
        "SELECT md5(string_agg(concat_ws('/', v, eid, uid, ts, seq, props, page, flags), '|' ORDER BY file_row_number))"
        " FROM read_parquet($file, file_row_number = true) t WHERE uid <> 'u1'"
    )
    assert ask(digest, after) == ask(digest, file)
    assert ask("SELECT count(*) FROM read_parquet($file)", after) == [(133_333,)]


def test_a_file_without_them_or_of_them_alone_is_not_written(file: Path) -> None:
    after = file.with_name("after")
    assert rows.without(frozenset({"u9"}))(file, after) == Change(0, 200_000)
    assert rows.without(frozenset({"u0", "u1", "u2"}))(file, after) == Change(200_000, 0)
    assert not after.exists()


def test_rows_are_read_with_jsons_types(file: Path) -> None:
    first = next(rows.read(file, frozenset({"u2"})))
    assert first == {
        **{
            "v": 1,
            "eid": "e2",
            "uid": "u2",
            "ts": 2000,
            "seq": None,
            "props": json.dumps({"a": [1, "茶"]}, ensure_ascii=False),
        },
        **{"page": {"url": "https://x/2", "path": None}, "flags": ["bot", "x"]},
    }
