"""`python -m bench.state_writes`: what sessions and users cost in DynamoDB units, by the real store against moto.

Two questions. What an ordinary visitor costs, whose records grow as they do (bench.cost takes its figures from
here). And what each 1,000 events cost when the records already weigh 1, 4 or 40 KB.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import shake_128
from typing import Any

import boto3
from moto import mock_aws

from bench.meter import KB, Meter
from bench.prices import steps
from bench.traffic import MINUTE, START, Sent, send, visitor
from lambdas.common.patience import Patience
from lambdas.state.store import StateStore

TABLE = "state"
SIZES_KB = (1, 4, 40)
EVENTS = (1, 10, 50)
REQUESTS = 10
# What the two items both hold: expires_at, version, unixtimestamp, si, uid, eid and their names.
SHARED_BYTES = 200


@dataclass(frozen=True)
class Units:
    """DynamoDB's units for a number of requests and the events in them."""

    requests: int
    events: int
    write_units: int
    writes: int
    read_units: float
    # Bytes of session and user as each request left them.
    records: tuple[tuple[int, int], ...]

    def per_request(self, units: float) -> float:
        return units / self.requests

    def per_thousand(self, units: float) -> float:
        return 1000 * units / self.events

    def as_one_item(self) -> int:
        """Write units for the same requests, had the two records been one item."""
        return sum(steps(sum(sizes) - SHARED_BYTES, KB) for sizes in self.records)


@contextmanager
def metered() -> Iterator[tuple[StateStore, Meter]]:
    """The real store over an empty table, and the meter at its client."""
    given = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": "us-east-1"}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        with mock_aws():
            client: Any = boto3.client("dynamodb")
            client.create_table(
                TableName=TABLE,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            )
            meter = Meter()
            meter.attach(client)
            patience = Patience(lambda: 0.0, lambda _: None, lambda: 0.0)
            yield StateStore(client, TABLE, 60, lambda: START, patience, 60.0), meter
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def ordinary(events: int, visits: int, requests: int) -> Units:
    """One visitor from the first request to the last, `events` in each."""
    with metered() as (store, meter):
        return _run(store, meter, list(visitor(1, visits, requests, events)))


def sized(events: int, kilobytes: int) -> Units:
    """Requests of `events` to a session and a user that weigh about `kilobytes` already."""
    warm, *rest = visitor(1, 1, REQUESTS + 1, events)
    room = kilobytes * 1024 - _own_bytes(events) - 60
    with metered() as (store, meter):
        if room > 0:
            store.apply(_filler(room, warm).events)
        store.apply(warm.events)
        meter.reset()
        return _run(store, meter, rest)


@cache
def _own_bytes(events: int) -> int:
    """What the user weighs in the end when nothing was there before."""
    with metered() as (store, meter):
        return _run(store, meter, list(visitor(1, 1, REQUESTS + 1, events))).records[-1][1]


def _run(store: StateStore, meter: Meter, requests: Sequence[Sent]) -> Units:
    records = []
    for request in requests:
        applied = store.apply(request.events)
        assert not applied.failed, applied
        assert not applied.refused, applied
        records.append((_size(meter, "session"), _size(meter, "user")))
    return Units(
        requests=len(requests),
        events=sum(len(request.events) for request in requests),
        write_units=meter.write_units,
        writes=meter.writes,
        read_units=meter.read_units,
        records=tuple(records),
    )


def _size(meter: Meter, kind: str) -> int:
    """Of the record of a kind that was first written last: a visitor has several sessions."""
    return next(size for key, size in reversed(meter.sizes.items()) if key.startswith(kind))


def _filler(room: int, like: Sent) -> Sent:
    """An earlier event of the same visitor that sets properties of `room` bytes, 250 each, that deflate badly."""
    event = like.events[0]
    count = max(1, room // 250)
    width = max(1, room // count - 30)
    props = ",".join(f'"p{index}":"{_hex(index, width)}"' for index in range(count))
    ids = f'"si":"{event.si}","sid":"{event.sid}","uid":"{event.uid}"'
    return send(f'{{{ids},"events":[{{"name":"filler","props":{{{props}}}}}]}}', START - MINUTE)


def _hex(seed: int, length: int) -> str:
    return shake_128(str(seed).encode()).hexdigest(length)[:length]


def table() -> list[list[str]]:
    units_head = ["write units per 1,000 events", "read units per 1,000 events"]
    rows = [["state items", "events a request", "session, bytes", "user, bytes", *units_head]]
    for kilobytes in SIZES_KB:
        for events in EVENTS:
            units = sized(events, kilobytes)
            rows.append(
                [
                    f"{kilobytes} KB",
                    f"{events}",
                    *(f"{size:,}" for size in units.records[-1]),
                    f"{units.per_thousand(units.write_units):,.0f}",
                    f"{units.per_thousand(units.read_units):,.0f}",
                ]
            )
    return rows


def main() -> None:
    from bench.report import markdown

    print(markdown(table()))


if __name__ == "__main__":
    main()
