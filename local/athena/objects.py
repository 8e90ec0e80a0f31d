"""The objects of a table's partitions, listed in S3 and kept on disk by their ETag."""

import gzip
import re
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from local.athena.catalog import Table, partition_values

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GZIP: Final = b"\x1f\x8b"
AT_ONCE: Final = 8


@dataclass(frozen=True)
class StoredObject:
    """One object: its bytes in S3, the file for its content, its partition's values in the keys' order."""

    bucket: str
    key: str
    size: int
    file: Path
    partition: tuple[str | None, ...]


def list_objects(
    s3: "S3Client", table: Table, partitions: Collection[tuple[str | None, ...]] | None, cache: Path
) -> tuple[StoredObject, ...]:
    """Objects of the table's partitions: the registered ones, or whatever has a folder where they are projected.

    Others are not part of the table in Athena either. What was erased in S3 goes from the cache too: it may
    have been one person's data.
    """
    bucket, prefix = table.location
    folders = "".join(f"{re.escape(key)}=[^/]+/" for key in table.keys)
    in_table = re.compile(f"{re.escape(prefix)}({folders})[^/]+")
    home = cache / bucket
    found, kept = [], set()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            key = entry["Key"]
            if not (match := in_table.fullmatch(key)) or key.rpartition("/")[2].startswith(("_", ".")):
                continue
            values = partition_values(match[1].rstrip("/")) if table.keys else ()
            etag = re.sub(r"\W", "", entry["ETag"])
            stored = StoredObject(bucket, key, entry["Size"], home / f"{key}.{etag}", values)
            kept.add(stored.file)
            if stored.size and (partitions is None or values in partitions):
                found.append(stored)
    for old in (home / prefix).rglob("*"):
        if old.is_file() and old not in kept:
            old.unlink(missing_ok=True)
    return tuple(found)


def fetch(s3: "S3Client", objects: Iterable[StoredObject]) -> None:
    """Keep these objects' content on disk, unpacked."""
    missing = [stored for stored in objects if not stored.file.exists()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(lambda stored: _fetch_one(s3, stored), missing):
            pass


def _fetch_one(s3: "S3Client", stored: StoredObject) -> None:
    body = s3.get_object(Bucket=stored.bucket, Key=stored.key)["Body"].read()
    # By content, not by name: the emulator's Firehose names objects .gz and leaves them plain.
    content = gzip.decompress(body) if body.startswith(_GZIP) else body
    stored.file.parent.mkdir(parents=True, exist_ok=True)
    part = stored.file.with_name(f".{uuid4().hex}.part")
    part.write_bytes(content)
    part.replace(stored.file)  # a reader sees all of it or none
