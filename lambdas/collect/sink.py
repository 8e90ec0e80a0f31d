"""The one place that stores lines: the stream, and S3 where the stream does not take them.

The promise: `write` returns only when every line is in Firehose, Kinesis or S3, else it raises. The API gives
up after 29 s, so the sum is bounded even when everything hangs: STREAM_SECONDS for both streams together,
then ARCHIVE_SECONDS for S3, which leaves the rest to state and the answer.
"""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from lambdas.collect.packing import Record, calls, pack
from lambdas.collect.ports import Clock, Line, NewId, SinkRefusedError, Written
from lambdas.collect.streams import Stream
from lambdas.common.aws import AwsError, call_seconds, error_code, may_pass
from lambdas.common.observability import logger
from lambdas.common.patience import Patience

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Two tries when nobody answers, four when the answer is no.
STREAM_SECONDS: Final = 9.0
ARCHIVE_SECONDS: Final = 12.0
# Seconds before the second, third and fourth try.
PAUSES: Final = (0.1, 0.3, 0.9)


class Archive:
    """S3, straight: one gzipped object of JSON lines beside those that Firehose writes."""

    def __init__(
        self, client: "Callable[[], S3Client]", bucket: str, clock: Clock, new_id: NewId, patience: Patience
    ) -> None:
        # Made on first use: most functions never need it, and a client costs a cold start 60 ms.
        self._client, self._bucket = client, bucket
        self._clock, self._new_id, self._patience = clock, new_id, patience

    def put(self, prefix: str, data: bytes, until: float) -> bool:
        """Whether S3 took it."""
        arrived = datetime.fromtimestamp(self._clock() / 1000, UTC)
        key = f"{prefix}dt={arrived:%Y-%m-%d}/hour={arrived:%H}/fallback-{self._new_id()}.gz"
        body = gzip.compress(data, compresslevel=6, mtime=0)
        for _ in self._patience.tries(PAUSES, until, call_seconds("s3")):
            try:
                self._client().put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/gzip")
            except AwsError as error:
                logger.error("archive refused", extra={"code": error_code(error)})
                if not may_pass(error):
                    return False
            else:
                return True
        return False


@dataclass(frozen=True)
class Sink:
    """Good lines to one stream, bad rows to another, each with its prefix in S3 behind it."""

    good: Stream
    bad: Stream
    archive: Archive
    patience: Patience
    raw_prefix: str
    bad_prefix: str

    def write(self, good: Sequence[Line], bad: Sequence[Line]) -> Written:
        """Good lines first: if time or S3 runs out, they are what counts. If either kind could not be stored
        the whole request is refused, and sent again: the good ones are the same events then.

        Raises SinkRefusedError.
        """
        until = self.patience.now() + STREAM_SECONDS
        left = {
            self.raw_prefix: self._offer(self.good, good, until),
            self.bad_prefix: self._offer(self.bad, bad, until),
        }
        until = self.patience.now() + ARCHIVE_SECONDS
        refused = False
        fallback = 0
        for prefix, records in left.items():
            if records:
                data = b"".join(record.data for record in records)
                fallback += data.count(b"\n")
                refused |= not self.archive.put(prefix, data, until)
        if refused:
            raise SinkRefusedError
        return Written(fallback)

    def _offer(self, stream: Stream, lines: Sequence[Line], until: float) -> list[Record]:
        """What the stream did not take."""
        if not lines:
            return []
        packed = pack(lines, stream.limits, keyed=stream.keyed)
        left = list(packed.oversized)
        for call in calls(packed.records, stream.limits):
            pending: Sequence[Record] = call
            for _ in self.patience.tries(PAUSES, until, stream.call_seconds):
                pending, again = stream.put(pending)
                if not pending or not again:
                    break
            left += pending
        if left:
            logger.warning("stream refused", extra={"records": len(left)})
        return left
