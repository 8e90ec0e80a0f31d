"""The day's salt, one for all instances, in a table that holds nothing else; see `cookieless`.

The table has one item. Who comes first on a new day writes over it, and so yesterday's salt is gone from everywhere
but the memory of instances, which forget it at their next event. The table has no backups and no stream, and the
item a time to live, for when no next day's visitor comes. One write for each instance and day; none for a request.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from lambdas.collect.cookieless import Salt
from lambdas.common.aws import AwsError, error_code
from lambdas.common.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PK: Final = "salt"
BYTES: Final = 32
# Seconds an instance goes on alone before it asks the table again.
ALONE_SECONDS: Final = 30.0


class DailySalt:
    """`now` in seconds of any origin; `secret` gives as many random bytes as it is asked for.

    Never raises: without the table the instance makes a salt of its own, for the day or until the table is back.
    """

    def __init__(
        self,
        client: "Callable[[], DynamoDBClient]",
        table: str,
        now: Callable[[], float],
        secret: Callable[[int], bytes],
    ) -> None:
        self._client, self._table, self._now, self._secret = client, table, now, secret
        self._day = ""
        self._salt = Salt(b"", shared=False)
        self._ask_at = 0.0

    def __call__(self, day: str) -> Salt | None:
        if day > self._day:
            self._day, self._salt, self._ask_at = day, Salt(self._secret(BYTES), shared=False), 0.0
        elif day < self._day:
            return None
        if not self._salt.shared and self._now() >= self._ask_at:
            self._ask()
        return self._salt

    def _ask(self) -> None:
        try:
            kept, of = self._agree(self._day, self._secret(BYTES))
        except (*AwsError, KeyError) as error:
            # The reason only: no word of what was in the request reaches a log.
            logger.warning("salt not shared", extra={"code": error_code(error)})
            self._ask_at = self._now() + ALONE_SECONDS
            return
        # Another instance's clock may be past midnight already.
        self._day, self._salt = of, Salt(kept, shared=True)

    def _agree(self, day: str, mine: bytes) -> tuple[bytes, str]:
        """The table's salt and its day: `mine` where the table has none of `day` or later."""
        item: Any = {
            "pk": {"S": PK},
            "utc_day": {"S": day},
            "secret": {"B": mine},
            "expires_at": {"N": str(_end_of(day))},
        }
        try:
            self._client().put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR utc_day < :day",
                ExpressionAttributeValues={":day": {"S": day}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            refused: Any = error.response
            found = refused["Item"]
            return bytes(found["secret"]["B"]), str(found["utc_day"]["S"])
        return mine, day


def _end_of(day: str) -> int:
    """Epoch seconds of the midnight after `day`."""
    return int((datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)).timestamp())
