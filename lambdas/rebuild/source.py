"""Raw objects from S3, line by line: gzip as Firehose and the fallback write them, or plain."""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from lambdas.common.aws import AwsError, call_seconds, error_code, may_pass
from lambdas.common.observability import logger
from lambdas.common.patience import Patience

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAUSES: Final = (0.2, 0.5, 1.0, 2.0)
# Seconds for all tries at one object.
SECONDS: Final = 60.0

_GZIP: Final = b"\x1f\x8b"
_GONE: Final = frozenset({"NoSuchKey", "404"})


class GoneError(Exception):
    """The object went away after it was listed: erased, or past its retention."""


class DamagedError(Exception):
    """An object cannot be decompressed to its end; the lines before that were given."""


class UnreadableError(Exception):
    """S3 did not give the object, though it is there."""


class Objects:
    """The objects of one bucket."""

    def __init__(self, client: "S3Client", bucket: str, patience: Patience) -> None:
        self._client, self._bucket, self._patience = client, bucket, patience

    def lines(self, key: str) -> Iterator[bytes]:
        """Its lines that are not empty. Raises GoneError, DamagedError, UnreadableError."""
        data = self._fetch(key)
        stream: IO[bytes] = io.BytesIO(data)
        try:
            # A GzipFile reads on through members that somebody joined.
            for line in gzip.GzipFile(fileobj=stream) if data.startswith(_GZIP) else stream:
                if line.strip():
                    yield line
        except (OSError, EOFError, zlib.error) as error:
            raise DamagedError from error

    def put(self, key: str, body: bytes) -> None:
        """Raises what botocore raises."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")

    def _fetch(self, key: str) -> bytes:
        """All of it at once, since it is tens of megabytes at most (infra/raw_store.py) and a broken connection is
        mended best by beginning again."""
        until = self._patience.now() + SECONDS
        for _ in self._patience.tries(PAUSES, until, call_seconds("s3")):
            try:
                return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except AwsError as error:
                if isinstance(error, ClientError) and error_code(error) in _GONE:
                    raise GoneError from None
                logger.warning("raw object not read", extra={"code": error_code(error)})
                if not may_pass(error):
                    break
        raise UnreadableError
