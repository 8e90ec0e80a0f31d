"""The objects behind the local engine: fetched when read, kept while they stand, gone when they are erased."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from local.query.client import Client
from tests.athena import asked_directly, client_of
from tests.unit.athena.lake import BUCKET, OBJECTS, fill, line


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        yield fill()


@pytest.fixture
def engine(s3: Any, tmp_path: Path) -> Client:
    return client_of(asked_directly(tmp_path / "cache", s3=s3))


def test_an_object_is_fetched_once_and_only_when_read(engine: Client, s3: Any) -> None:
    fetched: list[str] = []
    s3.meta.events.register("before-call.s3.GetObject", lambda params, **_: fetched.append(params["url_path"]))
    engine.run("select count(*) from raw where hour = '11'")
    assert [path.rpartition("/")[2] for path in fetched] == ["packed.gz"]
    engine.run("select count(*) from raw")
    engine.run("select count(*) from raw")
    assert len(fetched) == 3


def test_new_changed_and_erased_objects_are_seen_at_once(engine: Client, s3: Any, tmp_path: Path) -> None:
    assert engine.run("select count(*) from raw").rows == (("7",),)
    s3.put_object(Bucket=BUCKET, Key="raw/dt=2026-07-30/hour=09/new", Body=line(7).encode())
    s3.put_object(Bucket=BUCKET, Key="raw/dt=2026-07-28/hour=10/plain", Body=line(0).encode())
    s3.delete_object(Bucket=BUCKET, Key="raw/dt=2026-07-28/hour=11/packed.gz")
    assert engine.run("select array_agg(seq order by seq) from raw").rows == (("[0, 6, 7]",),)
    assert [path.name for path in tmp_path.rglob("packed.gz*")] == []


def test_torn_lines_are_rows_of_nulls_as_with_openx(engine: Client, s3: Any) -> None:
    torn = f'{line(7)}\n{{"eid": "e8", "na\n{line(9)}\n'
    s3.put_object(Bucket=BUCKET, Key="raw/dt=2026-07-30/hour=09/torn", Body=torn.encode())
    rows = engine.run("select eid, hour from raw where dt = '2026-07-30' order by seq").rows
    assert rows == (("e7", "09"), ("e9", "09"), (None, "09"))


def test_an_empty_lake_answers(s3: Any, engine: Client) -> None:
    for key in OBJECTS:
        s3.delete_object(Bucket=BUCKET, Key=key)
    assert engine.run("select count(*), max(page.path) from raw").rows == (("0", None),)
