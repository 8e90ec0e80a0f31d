"""Lines into records, records into calls: as few as the service's limits allow, in order, none lost. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from lambdas.collect.ports import Line


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service takes: bytes of one record (with its key), records and bytes of one call."""

    record_bytes: int
    call_records: int
    call_bytes: int


# https://docs.aws.amazon.com/firehose/latest/dev/limits.html: 1,000 KiB, 500, 4 MiB
FIREHOSE: Final = Limits(1_024_000, 500, 4 * 1024 * 1024)
# https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html: a stream takes 1 MiB a record
# unless told otherwise; 5 MiB a call is what every region takes.
KINESIS: Final = Limits(1024 * 1024, 500, 5 * 1024 * 1024)

_KEY_CHARACTERS: Final = 256


class Record(NamedTuple):
    """Whole lines of one key."""

    key: str
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data) + len(self.key.encode())


class Packed(NamedTuple):
    """`oversized`: records of one line each that the service would never take."""

    records: list[Record]
    oversized: list[Record]


def pack(lines: Iterable[Line], limits: Limits, *, keyed: bool) -> Packed:
    """One record for all lines, or one for each key where the service keeps keys apart (`keyed`); more only
    where a record would be too large. The order of lines within a key is kept."""
    packed = Packed([], [])
    groups: dict[str, list[bytes]] = {}
    for line in lines:
        record = Record(partition_key(line.key) if keyed else "", line.data)
        if record.size > limits.record_bytes:
            packed.oversized.append(record)
        else:
            groups.setdefault(record.key, []).append(record.data)
    for key, data in groups.items():
        packed.records.extend(_join(key, data, limits.record_bytes))
    return packed


def calls(records: Sequence[Record], limits: Limits) -> Iterator[list[Record]]:
    """`records` in order, as many to a call as it takes."""
    call: list[Record] = []
    size = 0
    for record in records:
        if call and (len(call) == limits.call_records or size + record.size > limits.call_bytes):
            yield call
            call, size = [], 0
        call.append(record)
        size += record.size
    if call:
        yield call


def partition_key(key: str) -> str:
    """`key` as Kinesis takes it: at most 256 characters; a longer one by its hash."""
    return key if len(key) <= _KEY_CHARACTERS else hashlib.sha256(key.encode()).hexdigest()


def _join(key: str, lines: list[bytes], record_bytes: int) -> Iterator[Record]:
    """Consecutive lines together, each of which fits `record_bytes` alone."""
    room = record_bytes - len(key.encode())
    pending: list[bytes] = []
    size = 0
    for line in lines:
        if pending and size + len(line) > room:
            yield Record(key, b"".join(pending))
            pending, size = [], 0
        pending.append(line)
        size += len(line)
    if pending:
        yield Record(key, b"".join(pending))
