"""Views, INSERT, UNLOAD and SHOW, through the API, and the limits that Athena has."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from local.query.client import Client
from local.query.engine import QueryError
from tests.athena import DATABASE, WORKGROUP, asked_directly, aws, client_of, make_lake, parquet_table, raw_table
from tests.unit.athena.lake import BUCKET, OBJECTS, TEN

EVENTS = parquet_table(
    "events",
    {"eid": "string", "ts": "bigint", "page": "struct<url:string,path:string>", "flags": "array<string>"},
    {"si": "string", "dt": "string"},
    BUCKET,
)
COMPACT = """INSERT INTO events
SELECT eid, ts, cast(row(page.url, page.path) as row(url varchar, path varchar)), flags, si,
  cast(date(from_unixtime(ts / 1000)) as varchar) FROM raw WHERE dt = '2026-07-28' ORDER BY ts"""


@pytest.fixture
def athena(tmp_path: Path) -> Iterator[Any]:
    with mock_aws():
        make_lake(raw_table(BUCKET), EVENTS, bucket=BUCKET)
        for key, body in OBJECTS.items():
            aws("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        yield asked_directly(tmp_path / "cache")


@pytest.fixture
def client(athena: Any) -> Client:
    return client_of(athena)


def keys(prefix: str) -> list[str]:
    listed = aws("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return [item["Key"] for item in listed]


def run(athena: Any, sql: str, **given: Any) -> dict[str, Any]:
    """The query's description at its end."""
    started = athena.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": DATABASE}, WorkGroup=WORKGROUP, **given
    )
    found: dict[str, Any] = athena.get_query_execution(**{"QueryExecutionId": started["QueryExecutionId"]})
    return found["QueryExecution"]


def test_a_view_is_read_like_a_table_and_changed_in_its_place(client: Client) -> None:
    client.run(
        "create view buys as select uid, count(*) as n, page.path as path from raw where name = 'buy' group by 1, 3"
    )
    assert client.run("select n, path from buys").rows == (("4", "/p/tea"),)
    client.run("CREATE OR REPLACE VIEW buys AS SELECT eid FROM raw WHERE name = 'buy'")
    client.run("create view first_buy as select min(eid) as eid from buys b")
    assert client.run("select * from first_buy join buys using (eid)").rows == (("e0",),)
    with pytest.raises(QueryError, match=r"TABLE_ALREADY_EXISTS: View already exists"):
        client.run("create view buys as select 1 as one")
    client.run("drop view buys")
    with pytest.raises(QueryError, match=r"INVALID_VIEW: Failed analyzing stored view 'penstock_test.first_buy'"):
        client.run("select * from first_buy")
    client.run("drop view if exists buys")
    with pytest.raises(QueryError, match=r"TABLE_NOT_FOUND: View '.*buys' does not exist"):
        client.run("drop view buys")


def test_a_view_is_stored_as_athena_stores_it(client: Client) -> None:
    client.run("create view v as\nselect eid, seq / 2.0 as half, flags, date '2026-01-01' as d from raw -- kept\n;")
    table = aws("glue").get_table(DatabaseName=DATABASE, Name="v")["Table"]
    assert table["TableType"] == "VIRTUAL_VIEW"
    assert table["Parameters"]["presto_view"] == "true"
    text = table["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    stored = json.loads(base64.b64decode(text))
    assert stored["originalSql"].startswith("select eid, seq / 2.0 as half")
    assert (stored["catalog"], stored["schema"]) == ("awsdatacatalog", DATABASE)
    assert [(column["name"], column["type"].partition("(")[0]) for column in stored["columns"]] == [
        ("eid", "varchar"),
        ("half", "decimal"),
        ("flags", "array"),
        ("d", "date"),
    ]
    hive = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    assert hive["eid"] == "string"
    assert hive["flags"] == "array<string>"


VIEWS_REFUSED = {
    "select count(*) from raw": "MISSING_COLUMN_NAME: Column name not specified at position 1",
    "select eid, uid as eid from raw": "DUPLICATE_COLUMN_NAME: Column name 'eid' specified more than once",
    "select from_unixtime(0) as t": r"NOT_SUPPORTED: Unsupported Hive type: timestamp\(3\) with time zone",
    "select json_parse(props) as p from raw": "NOT_SUPPORTED: Unsupported Hive type: json",
    "select nam from raw": "There is no column 'nam'",
}


@pytest.mark.parametrize("sql", VIEWS_REFUSED)
def test_a_view_that_athena_refuses_is_not_stored(client: Client, sql: str) -> None:
    with pytest.raises(QueryError, match=VIEWS_REFUSED[sql]):
        client.run(f"create or replace view v as {sql}")
    assert client.run("show views").rows == ()


def test_a_name_of_the_query_hides_no_table_of_a_view(client: Client) -> None:
    client.run("create view everyone as select count(*) as n from raw")
    assert client.run("with raw as (select 1 as one) select n, one from everyone, raw").rows == (("7", "1"),)


def test_inserted_rows_lie_in_registered_partitions(client: Client, athena: Any) -> None:
    done = run(athena, COMPACT)
    assert done["Status"]["State"] == "SUCCEEDED", done
    results = athena.get_query_results(QueryExecutionId=done["QueryExecutionId"])
    assert (results["UpdateCount"], results["ResultSet"]["Rows"]) == (6, [])
    (key,) = keys("events/")
    assert key.startswith("events/si=shop/dt=2026-07-28/")
    manifest = done["Statistics"]["DataManifestLocation"].removeprefix(f"s3://{BUCKET}/")
    assert aws("s3").get_object(Bucket=BUCKET, Key=manifest)["Body"].read().decode() == f"s3://{BUCKET}/{key}\n"
    (partition,) = aws("glue").get_partitions(DatabaseName=DATABASE, TableName="events")["Partitions"]
    assert partition["Values"] == ["shop", "2026-07-28"]
    assert partition["StorageDescriptor"]["Location"] == f"s3://{BUCKET}/events/si=shop/dt=2026-07-28"
    assert client.run("select eid, ts, page.path, flags, si, dt from events where eid = 'e2'").rows == (
        ("e2", str(TEN + 2123), "/p/tea", "[bot, x, bot]", "shop", "2026-07-28"),
    )
    assert client.run("show partitions events").rows == (("si=shop/dt=2026-07-28",),)
    assert client.run('select distinct "$path" from events').rows == ((f"s3://{BUCKET}/{key}",),)


def test_an_insert_adds_and_never_replaces(client: Client) -> None:
    client.run(COMPACT)
    client.run(COMPACT)
    assert client.run("select count(*), count(distinct eid) from events").rows == (("12", "6"),)
    assert len(keys("events/")) == 2


@pytest.mark.parametrize("site", ["a b", "a/b", "x=y:z", "100%", "茶", None])
def test_a_partition_may_be_called_anything(client: Client, site: str | None) -> None:
    value = "null" if site is None else "'" + site + "'"
    sql = f"insert into events (eid, si, dt) select 'x', cast({value} as varchar), '2026-07-28'"
    client.run(sql)
    assert client.run("select eid, si, ts, page, flags from events").rows == (("x", site, None, None, None),)
    condition = "is null" if site is None else f"= {value}"
    assert client.run(f"select count(*) from events where si {condition}").rows == (("1",),)


def test_a_file_outside_the_registered_partitions_is_not_read(client: Client) -> None:
    client.run(COMPACT)
    (key,) = keys("events/")
    s3 = aws("s3")
    s3.copy_object(Bucket=BUCKET, CopySource=f"{BUCKET}/{key}", Key="events/si=shop/dt=2026-07-29/copy")
    assert client.run("select count(*) from events").rows == (("6",),)
    s3.copy_object(Bucket=BUCKET, CopySource=f"{BUCKET}/{key}", Key="events/si=shop/dt=2026-07-28/copy")
    assert client.run("select count(*) from events").rows == (("12",),)


def test_of_parquet_the_columns_asked_for_are_scanned(client: Client) -> None:
    client.run(COMPACT)
    size = aws("s3").head_object(Bucket=BUCKET, Key=keys("events/")[0])["ContentLength"]
    few = client.run("select eid from events").bytes_scanned
    more = client.run("select eid, page.path from events").bytes_scanned
    whole = client.run("select eid, page from events").bytes_scanned
    assert 0 < few < more < whole < client.run("select * from events").bytes_scanned < size
    assert client.run("select count(*) from events").bytes_scanned == 0
    assert client.run("select eid from events where dt = '2026-07-29'").bytes_scanned == 0


def test_a_column_added_later_is_null_in_files_of_before(client: Client) -> None:
    client.run(COMPACT)
    glue = aws("glue")
    storage = EVENTS["StorageDescriptor"]
    wider = {**storage, "Columns": [*storage["Columns"], {"Name": "new", "Type": "bigint"}]}
    glue.update_table(DatabaseName=DATABASE, TableInput={**EVENTS, "StorageDescriptor": wider})
    assert client.run("select distinct new from events").rows == ((None,),)
    client.run("insert into events (eid, new, si, dt) select 'n', 7, 'shop', '2026-07-28'")
    assert client.run("select sum(new), count(*) from events").rows == (("7", "7"),)


INSERTS_REFUSED = {
    "insert into events select 1": r"TYPE_MISMATCH: Insert query has mismatched column types: Table: \[varchar, bigint",
    "insert into events (eid, ts) select 'a', 'b'": "TYPE_MISMATCH",
    "insert into events (eid, nothing) select 'a', 'b'": "COLUMN_NOT_FOUND: Insert column name does not exist",
    "insert into events (eid, si, dt) select 'e', 's', cast(n as varchar) from unnest(sequence(1, 101)) as t(n)": (
        "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers"
    ),
    "insert into nothing select 1": "There is no table 'nothing'",
}


@pytest.mark.parametrize("sql", INSERTS_REFUSED)
def test_an_insert_that_athena_refuses_writes_nothing(client: Client, sql: str) -> None:
    with pytest.raises(QueryError, match=INSERTS_REFUSED[sql]):
        client.run(sql)
    assert keys("events/") == []


def test_unload_writes_parquet_where_nothing_was(client: Client, athena: Any) -> None:
    sql = (
        f"UNLOAD (select eid, ts, name from raw where name <> ')' /* ( */) TO 's3://{BUCKET}/out/'"
        " WITH (format = 'PARQUET', compression = 'ZSTD', partitioned_by = ARRAY['name'])"
    )
    done = run(athena, sql)
    assert done["Status"]["State"] == "SUCCEEDED", done
    assert sorted(key.rpartition("/")[0] for key in keys("out/")) == ["out/name=buy", "out/name=view"]
    table = parquet_table("out", {"eid": "string", "ts": "bigint"}, {"name": "string"}, BUCKET)
    table["Parameters"]["projection.enabled"] = "true"  # partitions as they lie
    aws("glue").create_table(DatabaseName=DATABASE, TableInput=table)
    assert client.run("select name, count(*), min(eid) from out group by 1 order by 1").rows == (
        ("buy", "4", "e0"),
        ("view", "3", "e1"),
    )
    again = run(athena, sql)
    assert again["Status"]["StateChangeReason"].startswith("HIVE_PATH_ALREADY_EXISTS: Target directory")


UNLOADS_REFUSED = {
    "unload (select 1) to 's3://raw-bucket/out/' with (format = 'PARQUET')": "MISSING_COLUMN_NAME",
    "unload (select 1 as a) to 's3://raw-bucket/out/' with (format = 'ORC')": "UNLOAD writes format = 'PARQUET' here",
    "unload (select 1 as a) to 's3://raw-bucket/out/' with (form = 'PARQUET')": "UNLOAD property 'form' is not known",
    "unload (select 1 as a) to '/tmp/x' with (format = 'PARQUET')": "is no s3://bucket/prefix/",
    "unload (select 1 as a, 2 as b) to 's3://raw-bucket/out/' with (format = 'PARQUET', partitioned_by = array['a'])": (
        "Partition keys must be the last columns: a"
    ),
    "unload (select now() as a) to 's3://raw-bucket/out/' with (format = 'PARQUET')": "Unsupported Hive type",
    "unload select 1": "UNLOAD is written UNLOAD",
}


@pytest.mark.parametrize("sql", UNLOADS_REFUSED)
def test_an_unload_that_athena_refuses_writes_nothing(client: Client, sql: str) -> None:
    with pytest.raises(QueryError, match=UNLOADS_REFUSED[sql]):
        client.run(sql)
    assert keys("out/") == []


def test_what_there_is_can_be_listed(client: Client) -> None:
    client.run("create view some_view as select 1 as one")
    assert client.run("show tables").rows == (("events",), ("raw",), ("some_view",))
    assert client.run("show tables 'r*'").rows == (("raw",),)
    assert client.run("show views").rows == (("some_view",),)
    assert client.run("show columns in some_view").rows == (("one",),)
    assert ("page", "struct<url:string,path:string>", "") in client.run("describe events").rows
    with pytest.raises(QueryError, match="There is no table 'rew'"):
        client.run("describe rew")


def test_parameters_take_the_place_of_question_marks(client: Client) -> None:
    sql = "select eid from raw where name = ? and seq > ? and '?' <> uid order by 1 -- ?"
    assert client.run(sql, ["'buy'", "2"]).rows == (("e4",), ("e6",))
    for parameters in (["'buy'"], ["'buy'", "2", "3"]):
        with pytest.raises(QueryError, match="Incorrect number of parameters: expected 2 but found"):
            client.run(sql, parameters)
    with pytest.raises(QueryError, match="'buy' is no literal: quote text as 'text'"):
        client.run(sql, ["buy", "2"])
