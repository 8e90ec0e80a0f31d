"""The objects of the data bucket, changed one by one, each only if nobody else has changed it meanwhile.

An object goes through files of this machine, so that memory is bounded whatever its size. What came to lie in S3 is
either the old object or the new one, whole: whoever reads beside sees one of the two.
"""

import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

import duckdb
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AT_ONCE: Final = 4
# Somebody else writing the same object is another erasure or the nightly compaction, which do so once.
TRIES: Final = 5
# What S3 says of an object beside its bytes, kept when it is written again.
KEPT: Final = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Metadata",
    "StorageClass",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
)
_GONE: Final = frozenset({"NoSuchKey", "404", "NoSuchVersion"})
_CHANGED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


class Change(NamedTuple):
    """How many lines or rows a change takes away, and how many it leaves."""

    taken: int
    left: int


# Reads the first file, writes the second; where it takes nothing the second is not looked at.
Edit = Callable[[Path, Path], Change]


class BusyError(Exception):
    """Others went on writing the object."""


class DamagedError(Exception):
    """The object is not what it should be, so that nothing can be taken from it."""


@dataclass(frozen=True)
class Edited:
    """Objects that were changed or deleted, and the lines or rows taken from them."""

    objects: int = 0
    taken: int = 0

    def __add__(self, other: "Edited") -> "Edited":
        return Edited(self.objects + other.objects, self.taken + other.taken)


class Objects:
    """The objects of one bucket."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def edit_all(self, keys: Iterable[str], edit: Edit) -> Edited:
        """Every object, a few at once. Raises BusyError, DamagedError and what botocore raises."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            futures = [pool.submit(self.edit, key, edit) for key in keys]
            try:
                return sum((future.result() for future in futures), Edited())
            finally:
                pool.shutdown(cancel_futures=True)

    def edit(self, key: str, edit: Edit) -> Edited:
        """One object; one left empty is deleted, one that is gone needs nothing."""
        for _ in range(TRIES):
            with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
                before, after = Path(folder, "before"), Path(folder, "after")
                answer = self.fetch(key, before)
                if answer is None:
                    return Edited()
                try:
                    change = edit(before, after)
                except (OSError, EOFError, zlib.error, duckdb.Error) as error:
                    raise DamagedError(f"{key} cannot be read to its end ({error})") from None
                if not change.taken:
                    return Edited()
                if self._replace(key, answer, after if change.left else None):
                    return Edited(1, change.taken)
        raise BusyError(f"{key} is being written by somebody else")

    def keys(self, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def delete(self, keys: Iterable[str]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda key: self._s3.delete_object(Bucket=self._bucket, Key=key), keys):
                pass

    def read_all(self, keys: Iterable[str], read: Callable[[Path], Iterator[bytes]]) -> Iterator[bytes]:
        """What `read` finds in each object, in the order of `keys`; a few objects at once."""

        def one(key: str) -> list[bytes]:
            with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
                file = Path(folder, "object")
                return list(read(file)) if self.fetch(key, file) else []

        left = list(keys)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while left:
                some, left = left[:AT_ONCE], left[AT_ONCE:]
                for found in pool.map(one, some):
                    yield from found

    def fetch(self, key: str, to: Path, version: str | None = None) -> dict[str, Any] | None:
        """The object's bytes into the file, and what S3 says of it; None when it is gone."""
        given = {"VersionId": version} if version else {}
        try:
            answer: Any = self._s3.get_object(Bucket=self._bucket, Key=key, **given)  # type: ignore[arg-type]
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise
        with to.open("wb") as file:
            shutil.copyfileobj(answer["Body"], file, 1 << 20)
        found: dict[str, Any] = answer
        return found

    def _replace(self, key: str, answer: dict[str, Any], after: Path | None) -> bool:
        """Whether it was still the object that was read."""
        same: Any = {"Bucket": self._bucket, "Key": key, "IfMatch": answer["ETag"]}
        kept: Any = {name: answer[name] for name in KEPT if answer.get(name)}
        try:
            if after is None:
                self._s3.delete_object(**same)
            else:
                tags: Any = self._tags(key) if answer.get("TagCount") else {}
                with after.open("rb") as body:
                    self._s3.put_object(**same, **kept, **tags, Body=body)
        except ClientError as error:
            if _code(error) in _GONE | _CHANGED:
                return False
            raise
        return True

    def _tags(self, key: str) -> dict[str, str]:
        given = self._s3.get_object_tagging(Bucket=self._bucket, Key=key)["TagSet"]
        return {"Tagging": urlencode([(tag["Key"], tag["Value"]) for tag in given])}


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
