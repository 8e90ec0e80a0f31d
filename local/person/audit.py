"""That something was erased, without whose: when, in which stage, how much, under a random id."""

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "audit/"


class Audit:
    """One record, written when the work begins, after each pass, and when it is done; a run that broke off so leaves
    one that says so."""

    def __init__(self, s3: "S3Client", bucket: str, stage: str) -> None:
        self._s3, self._bucket = s3, bucket
        self._record: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "what": "erase-user",
            "stage": stage,
            "started_at": _now(),
            "finished_at": None,
        }

    @property
    def key(self) -> str:
        return f"{PREFIX}erase-{self._record['id']}.json"

    def write(self, counts: dict[str, Any], *, finished: bool) -> None:
        self._record |= counts | {"finished_at": _now() if finished else None}
        body = json.dumps(self._record, indent=2).encode() + b"\n"
        self._s3.put_object(Bucket=self._bucket, Key=self.key, Body=body, ContentType="application/json")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
