"""Events whose records could not be brought up to date at once: a queue for the state function to fold later.

A visitor's request does not wait for a hot record or for a table that is down. What is queued is folded in
large batches, one write a record, so that a record which thousands of requests a second touch is written a
few times a minute. Order and repetition make no difference to the fold.
"""

import base64
import gzip
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from lambdas.common.aws import AwsError, error_code
from lambdas.common.event import Event, to_line
from lambdas.common.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Bytes of lines in one message, before they are packed: at most 256 KiB of base64 even where nothing deflates.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MESSAGE_BYTES: Final = 180_000


class Later(NamedTuple):
    """The queue, by its URL."""

    client: "SQSClient"
    queue_url: str

    def send(self, events: Iterable[Event]) -> bool:
        """Whether all of them are in the queue. Never raises for what AWS does."""
        try:
            for body in pack(events):
                self.client.send_message(QueueUrl=self.queue_url, MessageBody=body)
        except AwsError as error:
            logger.warning("state not queued", extra={"code": error_code(error)})
            return False
        return True


def pack(events: Iterable[Event]) -> Iterator[str]:
    """Message bodies: raw lines, gzipped, in base64, since a message may not hold every character of a line."""
    lines: list[bytes] = []
    size = 0
    for line in map(to_line, events):
        if lines and size + len(line) > MESSAGE_BYTES:
            yield _body(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield _body(lines)


def unpack(body: str) -> bytes:
    """The lines of a message. Raises ValueError or OSError where it is none of ours."""
    return gzip.decompress(base64.b64decode(body, validate=True))


def _body(lines: list[bytes]) -> str:
    return base64.b64encode(gzip.compress(b"".join(lines), 5, mtime=0)).decode()
