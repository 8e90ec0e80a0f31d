"""What the compaction reads and keeps in S3 and Glue: raw objects' names, its progress, the partitions of `events`."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from lambdas.lake import hive, progress
from lambdas.lake.progress import Progress
from lambdas.lake.sql import Partition

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef
    from mypy_boto3_s3 import S3Client

PROGRESS: Final = "progress.json"
TABLE: Final = "events"
_DAY: Final = re.compile(r"dt=(\d{4}-\d{2}-\d{2})/$")
_GLUE_TAKES: Final = 100


class CatalogError(Exception):
    """Glue did not take a partition."""


class RawObjects:
    """The objects below `prefix`, by arrival day. Raises what botocore raises, as the others here do."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix

    def days(self) -> Sequence[str]:
        folders = _folders(self._client, self._bucket, f"{self._prefix}dt=")
        return sorted(found[1] for folder in folders if (found := _DAY.search(folder)))

    def listing(self, day: str) -> str:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}dt={day}/"
        )
        objects = sorted((item["Key"], item["ETag"]) for page in pages for item in page.get("Contents", []))
        return hashlib.sha256(repr(objects).encode()).hexdigest()[:32]


class EventFiles:
    """The files of table `events`, below `prefix`."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix

    def partitions(self) -> Sequence[Partition]:
        """Those that have a folder, whether Glue knows them or not."""
        return [
            (hive.value(site.removeprefix(f"{self._prefix}si=").rstrip("/")), found[1])
            for site in _folders(self._client, self._bucket, f"{self._prefix}si=")
            for day in _folders(self._client, self._bucket, f"{site}dt=")
            if (found := _DAY.search(day))
        ]


class ProgressObject:
    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._key = client, bucket, prefix + PROGRESS

    def load(self) -> Progress:
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=self._key)["Body"].read()
        except ClientError as error:
            if error.response["Error"].get("Code") in ("NoSuchKey", "404"):
                return Progress()
            raise
        return progress.load(body)

    def save(self, now: Progress) -> None:
        self._client.put_object(
            Bucket=self._bucket, Key=self._key, Body=progress.dump(now), ContentType="application/json"
        )


class Partitions:
    """Those of table `events`, whose files lie below `location`, an S3 address."""

    def __init__(self, client: "GlueClient", database: str, location: str) -> None:
        self._client, self._database, self._location = client, database, location

    def add(self, partitions: Sequence[Partition]) -> None:
        """Raises CatalogError."""
        table = self._client.get_table(DatabaseName=self._database, Name=TABLE)["Table"]
        given: list[PartitionInputTypeDef] = [
            {
                "Values": [site, day],
                "StorageDescriptor": {
                    **table["StorageDescriptor"],
                    "Location": f"{self._location}si={hive.folder(site)}/dt={day}",
                },
            }
            for site, day in partitions
        ]
        for first in range(0, len(given), _GLUE_TAKES):
            answer = self._client.batch_create_partition(
                DatabaseName=self._database,
                TableName=TABLE,
                PartitionInputList=given[first : first + _GLUE_TAKES],
            )
            codes = {error.get("ErrorDetail", {}).get("ErrorCode", "") for error in answer.get("Errors", [])}
            if wrong := codes - {"AlreadyExistsException"}:
                raise CatalogError(f"Glue did not take a partition of {TABLE}: {', '.join(sorted(wrong))}")


def _folders(client: "S3Client", bucket: str, prefix: str) -> Iterator[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    return (folder["Prefix"] for page in pages for folder in page.get("CommonPrefixes", []))
