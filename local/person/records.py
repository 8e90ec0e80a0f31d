"""Session and user records of a person in the state table: found, shown, deleted.

The table has no index by user, since nothing else would need one: it is read through, in parts at once. That finds
each record whose newest event is the person's. A session that went on as somebody else's is found by the lines and rows
that name it.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from lambdas.state import codec
from lambdas.state.record import Key, Kind
from local.person.who import Person

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

SEGMENTS: Final = 4
# Seconds for which the queue of busy records is waited for.
PATIENCE: Final = 120.0
PAUSE: Final = 2.0


class Records:
    """The records of one table."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb, self._table = dynamodb, table

    def of(self, person: Person) -> list[codec.Item]:
        """Items whose newest event is theirs, expired ones too."""
        with ThreadPoolExecutor(SEGMENTS) as pool:
            parts = pool.map(lambda segment: list(self._scan(person, segment)), range(SEGMENTS))
            return [item for part in parts for item in part]

    def named(self, pks: Iterable[str]) -> list[codec.Item]:
        """Those items that there are."""
        answers = (
            self._dynamodb.get_item(TableName=self._table, Key={"pk": {"S": pk}}, ConsistentRead=True) for pk in pks
        )
        return [answer["Item"] for answer in answers if "Item" in answer]

    def delete(self, pks: Iterable[str]) -> int:
        """How many there were."""
        answers = (
            self._dynamodb.delete_item(TableName=self._table, Key={"pk": {"S": pk}}, ReturnValues="ALL_OLD")
            for pk in pks
        )
        return sum("Attributes" in answer for answer in answers)

    def _scan(self, person: Person, segment: int) -> Iterator[codec.Item]:
        names = {f":u{number}": {"S": uid} for number, uid in enumerate(sorted(person.uids))}
        condition = f"#uid IN ({', '.join(names)})"
        if person.si is not None:
            names[":si"] = {"S": person.si}
            condition += " AND #si = :si"
        given: Any = {
            "FilterExpression": condition,
            "ExpressionAttributeValues": names,
            "ExpressionAttributeNames": {"#uid": "uid", **({"#si": "si"} if person.si is not None else {})},
        }
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table, Segment=segment, TotalSegments=SEGMENTS, ConsistentRead=True, **given
        )
        for page in pages:
            yield from page["Items"]


def session_pks(sessions: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The keys of the records of these sites and session ids."""
    return frozenset(codec.pk(Key(Kind.SESSION, si, sid)) for si, sid in sessions)


def shown(item: codec.Item) -> dict[str, Any]:
    """An item as the read-back routes show it, under its key; as it stands where it is none of ours."""
    pk = item["pk"]["S"]
    try:
        kind = Kind(pk.partition("#")[0])
        key = Key(kind, item["si"]["S"], item["sid" if kind is Kind.SESSION else "uid"]["S"])
        state = codec.decode(key, item)
    except (KeyError, ValueError, TypeError):
        return {
            "pk": pk,
            "item": {name: next(iter(value.values())) for name, value in item.items() if "B" not in value},
        }
    return {"pk": pk, **state.view(), **({"sessions": dict(state.sessions)} if state.sessions else {})}


def drained(
    sqs: "SQSClient",
    queue_url: str,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Waits until nothing is queued for the table; False where something still is after PATIENCE."""
    names: Any = [f"ApproximateNumberOfMessages{what}" for what in ("", "NotVisible", "Delayed")]
    until = clock() + PATIENCE
    while True:
        answer: Any = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
        if not any(int(count) for count in answer["Attributes"].values()):
            return True
        if clock() >= until:
            return False
        sleep(PAUSE)
