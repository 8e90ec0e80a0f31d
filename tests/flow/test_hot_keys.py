"""One visitor, or one site, sends more than an item of DynamoDB takes: fewer state writes, no errors, raw at once."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.flow.acts import Act, Call, busy
from tests.flow.world import World, world

REQUESTS = 60
EVENTS = 5
# What DynamoDB takes of one item a second. A real one takes 1,000 KB of them; all is in proportion.
WRITES_A_SECOND = 10


class Watched:
    """DynamoDB's limit, and the writes that it let through, by item."""

    def __init__(self) -> None:
        self._limit: Act = busy(WRITES_A_SECOND)
        self.written: Counter[str] = Counter()

    def __call__(self, call: Call) -> Any:
        refused = self._limit(call)
        if refused is None:
            self.written[json.loads(call.request.body)["Item"]["pk"]["S"].split("#")[0]] += 1
        return refused


def crowd(it: World, **ids: Any) -> tuple[Watched, list[float]]:
    """The requests, 400 of them a second, and how long each was answered after."""
    watched, waits = Watched(), []
    it.fault_for(3_600, "dynamodb", "PutItem", watched)
    for number in range(REQUESTS):
        start = it.clock.seconds()
        it.send(*[{}] * EVENTS, **{name: give(number) for name, give in ids.items()})
        waits.append(it.clock.seconds() - start)
        it.clock.pass_(0.0025)
    return watched, waits


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param({}, id="one visitor, one session"),
        pytest.param({"sid": lambda number: f"s{number}"}, id="one visitor, a session a request"),
    ],
)
def test_a_hot_visitor_is_written_seldom_and_nobody_is_refused(ids: dict[str, Any]) -> None:
    with world("firehose") as it:
        watched, waits = crowd(it, **ids)
        assert set(it.seen.statuses) == {"200"}
        # Raw has each event before the visitor is answered, and nobody waits for a busy record but who finds it so.
        streamed, direct = it.raw()
        assert (set(streamed), direct) == (it.sent, {})
        assert sum(wait > 0.05 for wait in waits) <= 1
        # Then the record is left to the queue, which is one write for all that waits in it.
        assert watched.written["user"] <= WRITES_A_SECOND
        it.deliver()
        assert watched.written["user"] <= WRITES_A_SECOND + 1
        assert it.counted() == len(it.sent) == REQUESTS * EVENTS


def test_a_hot_site_has_no_record_of_its_own_to_be_hot() -> None:
    """Each visitor's records are items of their own: DynamoDB spreads them."""
    with world("firehose") as it:
        watched, waits = crowd(it, uid=lambda number: f"u{number}", sid=lambda number: f"s{number}")
        assert set(it.seen.statuses) == {"200"}
        assert (max(waits), watched.written) == (0.0, {"user": REQUESTS, "session": REQUESTS})
        assert it.cloud.queued() == {"Records": []}
        assert it.counted() == len(it.sent)


def test_by_a_stream_a_hot_visitor_is_a_write_a_batch() -> None:
    with world("kinesis") as it:
        watched, waits = crowd(it)
        it.deliver()
        assert (set(it.seen.statuses), max(waits)) == ({"200"}, 0.0)
        assert watched.written == {"user": 1, "session": 1}
        assert it.counted() == len(it.sent)
