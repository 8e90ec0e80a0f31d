"""Which bad rows were replayed: a small object for each object of bad rows, with the ids of the rows and no content."""

import json
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "replayed/"


class Ledger:
    """The ledger of one bucket."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def read(self, key: str) -> frozenset[str]:
        """Ids of the rows of the object `key` that were replayed."""
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=_name(key))
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return frozenset()
            raise
        return frozenset(json.loads(answer["Body"].read())["rows"])

    def write(self, key: str, rows: frozenset[str]) -> None:
        body = json.dumps({"rows": sorted(rows)}).encode()
        self._s3.put_object(Bucket=self._bucket, Key=_name(key), Body=body, ContentType="application/json")


def _name(key: str) -> str:
    return f"{PREFIX}{key}.json"
