"""One compaction at a time: an object in S3 that names the execution at work, put only where there is none.

Two at once would each find an event missing and both add it. A lock whose execution is not running any more is taken
over; conditional writes let one of several have it.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOCK: Final = "lock.json"
# A compaction that takes as long as this will not be done by the next one's time.
BEHIND_SECONDS: Final = 72_000
_TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_GONE: Final = frozenset({"NoSuchKey", "404"})
_TRIES: Final = 3


class BehindError(Exception):
    """The compaction that has the lock has been at it for too long."""


class Lock:
    """`now`: seconds since the epoch. An owner is an execution's ARN."""

    def __init__(self, s3: "S3Client", states: Any, bucket: str, prefix: str, now: Callable[[], float]) -> None:
        self._s3, self._states, self._now = s3, states, now
        self._bucket, self._key = bucket, prefix + LOCK

    def take(self, owner: str) -> bool:
        """Whether `owner` has it now. Raises BehindError, and what botocore raises."""
        for _ in range(_TRIES):
            if self._put(owner, IfNoneMatch="*"):
                return True
            found = self._read()
            if found is None:
                continue
            holder, since, etag = found
            if holder == owner:
                return True
            if not self._running(holder):
                return self._put(owner, IfMatch=etag)
            if self._now() - since > BEHIND_SECONDS:
                raise BehindError(f"The compaction {holder} has been running for {(self._now() - since) / 3600:.0f} h")
            return False
        return False

    def release(self) -> None:
        """For its owner alone."""
        self._s3.delete_object(Bucket=self._bucket, Key=self._key)

    def _put(self, owner: str, **condition: Any) -> bool:
        body = json.dumps({"owner": owner, "since": self._now()}).encode()
        try:
            self._s3.put_object(
                Bucket=self._bucket, Key=self._key, Body=body, ContentType="application/json", **condition
            )
        except ClientError as error:
            if error.response["Error"].get("Code") in _TAKEN | _GONE:
                return False
            raise
        return True

    def _read(self) -> tuple[str, float, str] | None:
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._key)
        except ClientError as error:
            if error.response["Error"].get("Code") in _GONE:
                return None
            raise
        held = json.loads(answer["Body"].read())
        return str(held["owner"]), float(held["since"]), answer["ETag"]

    def _running(self, execution: str) -> bool:
        try:
            return str(self._states.describe_execution(executionArn=execution)["status"]) == "RUNNING"
        except ClientError as error:
            if error.response["Error"].get("Code") in ("ExecutionDoesNotExist", "InvalidArn"):
                return False
            raise
