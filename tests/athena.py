"""The local Athena over moto's S3 and Glue, asked by the real boto3 client, and the lake's tables made for it.

`asked_directly` needs no socket (unit tests); `athena_over_moto` is a server on loopback, to which every client finds
its way by AWS_ENDPOINT_URL_ATHENA (functions run in flow tests). Both run a query before its start is answered.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from moto.core.models import botocore_stubber

from infra.lake_columns import BAD_COLUMNS, COLUMNS, PARTITION_KEYS, SERDE, SERDE_PARAMETERS, Column
from local.athena.engine import Engine
from local.athena.server import Server, for_all, serving
from local.athena.service import RefusedError, Service
from local.query.client import Client

GIVEN = {"region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
BUCKET = "lake"
DATABASE = "penstock_test"
WORKGROUP = "penstock-test"
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
JSON = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "SerdeInfo": {"SerializationLibrary": SERDE, "Parameters": SERDE_PARAMETERS},
}


@cache
def aws(service: str) -> Any:
    """A client that moto answers while it is on."""
    return boto3.client(service, **GIVEN)  # type: ignore[call-overload]


def raw_table(bucket: str = BUCKET, days: str = "2026-01-01,NOW") -> dict[str, Any]:
    """As infra/lake.py declares it."""
    return _json_table("raw", COLUMNS, bucket, days)


def bad_table(bucket: str = BUCKET, days: str = "2026-01-01,NOW") -> dict[str, Any]:
    """Likewise."""
    return _json_table("bad", BAD_COLUMNS, bucket, days)


def _json_table(name: str, columns: Sequence[Column], bucket: str, days: str) -> dict[str, Any]:
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": "json",
            "projection.enabled": "true",
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": days,
            "projection.hour.type": "integer",
            "projection.hour.range": "0,23",
            "projection.hour.digits": "2",
            "storage.location.template": f"s3://{bucket}/{name}/dt=${{dt}}/hour=${{hour}}/",
        },
        "PartitionKeys": [{"Name": key.name, "Type": key.glue_type} for key in PARTITION_KEYS],
        "StorageDescriptor": {
            "Location": f"s3://{bucket}/{name}/",
            "Columns": [{"Name": column.name, "Type": column.glue_type} for column in columns],
            **JSON,
        },
    }


def parquet_table(name: str, columns: dict[str, str], keys: dict[str, str], bucket: str = BUCKET) -> dict[str, Any]:
    """A table whose partitions are registered as they are written."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in keys.items()],
        "StorageDescriptor": {
            "Location": f"s3://{bucket}/{name}/",
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
            **PARQUET,
        },
    }


def make_lake(
    *tables: dict[str, Any],
    bucket: str = BUCKET,
    database: str = DATABASE,
    most_bytes: int | None = None,
    client: Callable[[str], Any] = aws,
) -> None:
    """Bucket, database, tables and workgroup, as a deployment makes them; `client` where it is not moto's."""
    s3, glue = client("s3"), client("glue")
    if bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket)
    glue.create_database(DatabaseInput={"Name": database})
    for table in tables:
        glue.create_table(DatabaseName=database, TableInput=table)
    limit = {} if most_bytes is None else {"BytesScannedCutoffPerQuery": most_bytes}
    client("athena").create_work_group(
        Name=database.replace("_", "-"),
        Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/athena-results/"}, **limit},
    )


def asked_directly(cache: Path, *, s3: Any = None, run: Callable[[Callable[[], None]], object] | None = None) -> Any:
    """A boto3 Athena client whose requests a service of its own answers in this process."""
    s3 = s3 or aws("s3")
    service = Service(for_all(Engine(aws("glue"), s3, cache=cache), s3), aws("athena"), run=run or at_once)
    client = aws.__wrapped__("athena")  # its own: its requests go elsewhere

    def answer(request: Any, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        try:
            status, found = 200, service.answer(operation, json.loads(request.body))
        except RefusedError as error:
            status, found = 400, {"__type": error.code, "message": str(error), "AthenaErrorCode": error.athena_code}
        body = json.dumps(found).encode()
        raw = SimpleNamespace(stream=lambda **_: iter([body]))
        return AWSResponse(request.url, status, {"content-type": "application/x-amz-json-1.1"}, raw)

    client.meta.events.unregister("before-send", botocore_stubber)
    client.meta.events.register_first("before-send.athena", answer)
    return client


@contextmanager
def athena_over_moto(cache: Path) -> Iterator[Server]:
    """Its `url` is for AWS_ENDPOINT_URL_ATHENA, which must not be set yet: moto's own has the workgroups."""
    engine = Engine(aws("glue"), aws("s3"), cache=cache)
    with serving(for_all(engine, aws("s3")), aws("athena"), run=at_once) as server:
        yield server


def client_of(athena: Any) -> Client:
    """What `make query` asks with."""
    return Client(athena, aws("glue"), database=DATABASE, workgroup=WORKGROUP)


def at_once(work: Callable[[], None]) -> None:
    """A query is over before its start is answered: no test waits."""
    work()
