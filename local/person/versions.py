"""Old versions of objects, where somebody has switched the bucket's versioning on; Penstock does not."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from local.person import lines, rows
from local.person.who import UNDELIVERED, Person
from local.stored.objects import Edit, Objects

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


# Of queries, and of UNLOAD: copies, which no id tells from another's (infra/raw_store.py).
RESULTS: Final = "athena-results/"


def sweep(s3: "S3Client", objects: Objects, bucket: str, person: Person) -> int:
    """Deletes every old version that holds something of the person; how many there were.

    All that others have in it stands in the version that took its place, or went with that on purpose.
    """
    if not s3.get_bucket_versioning(Bucket=bucket).get("Status"):
        return 0
    deleted = 0
    for prefix in ("raw/", "events/", "bad/", UNDELIVERED, RESULTS):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            for version in page.get("Versions", []):
                key, name = version["Key"], version["VersionId"]
                edit = rows.without(person.uids) if prefix == "events/" else lines.without(person.whose(key))
                if not version["IsLatest"] and (prefix == RESULTS or _holds(objects, key, name, edit)):
                    s3.delete_object(Bucket=bucket, Key=key, VersionId=name)
                    # The proof's own questions leave answers too.
                    deleted += prefix != RESULTS
    return deleted


def _holds(objects: Objects, key: str, version: str, edit: Edit) -> bool:
    with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        return objects.fetch(key, before, version) is not None and edit(before, after).taken > 0
