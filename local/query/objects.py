"""The objects of a table's partitions, listed in S3 and kept on disk by their ETag."""

import gzip
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GZIP: Final = b"\x1f\x8b"
AT_ONCE: Final = 8


@dataclass(frozen=True)
class StoredObject:
    """One object: its bytes in S3, the file for its lines, its partition's values by key, in order."""

    bucket: str
    key: str
    size: int
    file: Path
    partition: Mapping[str, str]


def list_objects(
    s3: "S3Client", bucket: str, prefix: str, partition_keys: Sequence[str], cache: Path
) -> tuple[StoredObject, ...]:
    """Objects below `prefix` whose key names every partition in order, as the table's location template does.

    Others are not part of the table in Athena either. What was erased in S3 goes from the cache too: it may
    have been one person's data.
    """
    folders = "/".join(f"{re.escape(key)}=([^/]+)" for key in partition_keys)
    in_table = re.compile(f"{re.escape(prefix)}{folders}/[^/]+")
    home = cache / bucket
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            key = entry["Key"]
            if not (match := in_table.fullmatch(key)) or key.rpartition("/")[2].startswith(("_", ".")):
                continue
            etag = re.sub(r"\W", "", entry["ETag"])
            partition = dict(zip(partition_keys, match.groups(), strict=True))
            found.append(StoredObject(bucket, key, entry["Size"], home / f"{key}.{etag}", partition))
    kept = {stored.file for stored in found}
    for old in (home / prefix).rglob("*"):
        if old.is_file() and old not in kept:
            old.unlink(missing_ok=True)
    return tuple(found)


def hold_places(objects: Iterable[StoredObject]) -> None:
    """An empty file for each object not fetched yet, so that a query over them can be planned."""
    for stored in objects:
        if not stored.file.exists():
            stored.file.parent.mkdir(parents=True, exist_ok=True)
            stored.file.touch()


def fetch(s3: "S3Client", objects: Iterable[StoredObject]) -> None:
    """Fill the places of these objects with their lines, unpacked."""
    missing = [stored for stored in objects if stored.size and not stored.file.stat().st_size]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(lambda stored: _fetch_one(s3, stored), missing):
            pass


def _fetch_one(s3: "S3Client", stored: StoredObject) -> None:
    body = s3.get_object(Bucket=stored.bucket, Key=stored.key)["Body"].read()
    # By content, not by name: the emulator's Firehose names objects .gz and leaves them plain.
    lines = gzip.decompress(body) if body.startswith(_GZIP) else body
    part = stored.file.with_name(f".{uuid4().hex}.part")
    part.write_bytes(lines)
    part.replace(stored.file)  # a reader sees all of it or none
