"""One compaction at a time: an object in S3 that names the execution at work, put only where there is none.

Two at once would each find an event missing and both add it. A lock whose execution is not running any more is taken
over; conditional writes let one of several have it. An erasure (local/person) has it for a time, so that no compaction
brings back what it had read before.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

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


class Held(NamedTuple):
    """`since` and `until` in seconds since the epoch; `until` is 0 for an execution's."""

    owner: str
    since: float
    until: float


class Lock:
    """`now`: seconds since the epoch. An owner is an execution's ARN, or a name that has it on lease."""

    def __init__(self, s3: "S3Client", states: Any, bucket: str, prefix: str, now: Callable[[], float]) -> None:
        self._s3, self._states, self._now = s3, states, now
        self._bucket, self._key = bucket, prefix + LOCK

    def take(self, owner: str, lease: float | None = None) -> bool:
        """Whether `owner` has it now, for `lease` seconds where that is given. Raises BehindError, and what botocore
        raises."""
        for _ in range(_TRIES):
            if self._put(owner, lease, IfNoneMatch="*"):
                return True
            found = self._read()
            if found is None:
                continue
            held, etag = found
            if held.owner == owner and not lease:
                return True
            if held.owner == owner or not self._alive(held):
                return self._put(owner, lease, IfMatch=etag)
            if not held.until and self._now() - held.since > BEHIND_SECONDS:
                hours = (self._now() - held.since) / 3600
                raise BehindError(f"The compaction {held.owner} has been running for {hours:.0f} h")
            return False
        return False

    def leased(self) -> bool:
        """Whether somebody has it for a time, who is no execution."""
        found = self._read()
        return found is not None and found[0].until > self._now()

    def release(self) -> None:
        """For its owner alone."""
        self._s3.delete_object(Bucket=self._bucket, Key=self._key)

    def _put(self, owner: str, lease: float | None, **condition: Any) -> bool:
        until = {"until": self._now() + lease} if lease else {}
        body = json.dumps({"owner": owner, "since": self._now(), **until}).encode()
        try:
            self._s3.put_object(
                Bucket=self._bucket, Key=self._key, Body=body, ContentType="application/json", **condition
            )
        except ClientError as error:
            if error.response["Error"].get("Code") in _TAKEN | _GONE:
                return False
            raise
        return True

    def _read(self) -> tuple[Held, str] | None:
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._key)
        except ClientError as error:
            if error.response["Error"].get("Code") in _GONE:
                return None
            raise
        held = json.loads(answer["Body"].read())
        return Held(str(held["owner"]), float(held["since"]), float(held.get("until", 0))), answer["ETag"]

    def _alive(self, held: Held) -> bool:
        if held.until:
            return held.until > self._now()
        try:
            return str(self._states.describe_execution(executionArn=held.owner)["status"]) == "RUNNING"
        except ClientError as error:
            if error.response["Error"].get("Code") in ("ExecutionDoesNotExist", "InvalidArn"):
                return False
            raise
