"""What arrived of a visitor's events: raw lines read back from S3, records from DynamoDB."""

import gzip
import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from lambdas.common.event import Event, LineInvalidError, parse_line
from lambdas.state import codec
from lambdas.state.record import Key, Kind, State
from lambdas.state.seen import Memory, place_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

# A visitor's newest lines that one answer holds.
MOST_LINES: Final = 200
_READERS: Final = 8
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True)
class Arrival:
    """One stored line: the event, the object it is in, and when that object was written (epoch ms)."""

    event: Event
    line: str
    key: str
    stored_at: int

    def as_json(self) -> dict[str, Any]:
        return {"eid": self.event.eid, "key": self.key, "stored_at": self.stored_at, "line": json.loads(self.line)}


class Arrivals:
    """The lines that arrived in this hour and the one before it.

    Each object is read once, however often the page asks; those of older hours, and those erased, are let go.
    """

    def __init__(self, s3: "S3Client", bucket: str, prefix: str, clock: Callable[[], datetime]) -> None:
        self._s3, self._bucket, self._prefix, self._clock = s3, bucket, prefix, clock
        self._objects: dict[tuple[str, str], list[Arrival]] = {}  # by key and ETag
        self._lock = threading.Lock()

    def of(self, uid: str) -> list[Arrival]:
        """The visitor's newest lines, oldest first. Raises what botocore raises."""
        with self._lock:  # two tabs that ask at once shall not read the same objects twice
            self._refresh()
            found = [arrival for lines in self._objects.values() for arrival in lines if arrival.event.uid == uid]
        return sorted(found, key=lambda arrival: arrival.event.received_at)[-MOST_LINES:]

    def _refresh(self) -> None:
        listed = {(entry["Key"], entry["ETag"]): entry for entry in self._list()}
        missing = {name: entry for name, entry in listed.items() if name not in self._objects}
        with ThreadPoolExecutor(_READERS) as pool:
            read = dict(zip(missing, pool.map(self._read, missing.values()), strict=True))
        self._objects = {name: read[name] if name in read else self._objects[name] for name in listed}

    def _list(self) -> Iterable["ObjectTypeDef"]:
        now = self._clock().astimezone(UTC)
        for hour in (now - timedelta(hours=1), now):
            folder = f"{self._prefix}dt={hour:%Y-%m-%d}/hour={hour:%H}/"
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=folder):
                yield from page.get("Contents", [])

    def _read(self, entry: "ObjectTypeDef") -> list[Arrival]:
        body = self._s3.get_object(Bucket=self._bucket, Key=entry["Key"])["Body"].read()
        # By content, not by name: the emulator's Firehose names objects .gz and leaves them plain.
        text = gzip.decompress(body) if body.startswith(_GZIP) else body
        stored_at = int(entry["LastModified"].timestamp() * 1000)
        found = []
        for line in text.splitlines():
            try:
                found.append(Arrival(parse_line(line), line.decode(), entry["Key"], stored_at))
            except LineInvalidError:
                continue  # somebody else's object: not what this page shows
        return found


class Records:
    """The session and user records that the events are folded into."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb, self._table = dynamodb, table

    def of(self, si: str, sid: str, uid: str, eids: Iterable[str]) -> dict[str, Any]:
        """Both records (None where there is none), and which of `eids` both have taken in."""
        session = self._read(Key(Kind.SESSION, si, sid))
        user = self._read(Key(Kind.USER, si, uid))
        seen = [Memory(state.seen if state else ()) for state in (session, user)]
        folded = [eid for eid in eids if all(place_of(eid) in memory for memory in seen)]
        return {
            "session": session.view() if session else None,
            "user": user.view() if user else None,
            "folded": folded,
        }

    def _read(self, key: Key) -> State | None:
        found = self._dynamodb.get_item(TableName=self._table, Key={"pk": {"S": codec.pk(key)}}, ConsistentRead=True)
        item = found.get("Item")
        return codec.decode(key, item) if item else None
