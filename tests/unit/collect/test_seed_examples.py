"""Examples 1–6 of "Users, Sessions and Events explained", as a table: event, session and user after each.

Example 4's user record is without its typo: `privateMessage` is the third event's value.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from lambdas.collect.handler import answer
from lambdas.common.event import parse_line
from lambdas.state.fold import fold
from lambdas.state.record import Key, Kind, State
from lambdas.state.store import group
from tests.builders import NOW, SITE, eid, http_event
from tests.fakes import FakeClock, FakeSink, fake_collector


@dataclass(frozen=True)
class Example:
    """Ids of None are the eid."""

    sent: dict[str, str]
    sid: str | None
    uid: str | None
    session: dict[str, str]
    user: dict[str, str]


FIRST = {"message": "Please track me"}
TOO = {"message": "Please track me too!"}
SECOND = {"message": "Please track a seconds event!"}
THIRD = {"privateMessage": "Please track a third event!"}
ANEW = {"message": "Im a new session starting!"}

# Sent one after the other, a second apart; 2 to 5 are one session's.
EXAMPLES = [
    Example(FIRST, None, None, FIRST, FIRST),
    Example({**TOO, "sid": "1234567890"}, "1234567890", "1234567890", TOO, TOO),
    Example({**SECOND, "sid": "1234567890"}, "1234567890", "1234567890", SECOND, SECOND),
    Example({**THIRD, "sid": "1234567890"}, "1234567890", "1234567890", SECOND | THIRD, SECOND | THIRD),
    Example({**TOO, "sid": "1234567890", "uid": "123456"}, "1234567890", "123456", TOO | THIRD, TOO),
    Example({**ANEW, "uid": "123456"}, None, "123456", ANEW, ANEW),
]


@pytest.mark.parametrize("number", range(1, 7))
def test_the_three_records(number: int) -> None:
    clock, sink = FakeClock(), FakeSink()
    table: dict[Key, State | None] = {}

    def fold_state(events: Any) -> int:
        for key, mine in group(events).items():
            table[key] = fold(key, table.get(key), mine)
        return 0

    collector = fake_collector(sink, clock, fold_state)
    for example in EXAMPLES[:number]:
        clock.now += 1_000
        query = "&".join(f"{name}={quote(value)}" for name, value in example.sent.items())
        response = answer(collector, http_event(query=f"{query}&si={SITE}"))

    example, new = EXAMPLES[number - 1], eid(number)
    sid, uid = example.sid or new, example.uid or new
    ids = {"eid": new, "sid": sid, "uid": uid}
    now = NOW + number * 1_000
    assert response["body"] == new

    stored = parse_line(sink.good[-1])
    properties = {name: value for name, value in example.sent.items() if name not in ("sid", "uid")}
    assert (stored.ts, stored.props) == (now, properties)
    assert {"eid": stored.eid, "sid": stored.sid, "uid": stored.uid} == ids

    assert record(table[Key(Kind.SESSION, SITE, sid)]) == {"unixtimestamp": now, **example.session, **ids}
    assert record(table[Key(Kind.USER, SITE, uid)]) == {"unixtimestamp": now, **example.user, **ids}


def record(state: State | None) -> dict[str, Any]:
    """As the seed shows it: without what Penstock adds."""
    assert state is not None
    return {name: value for name, value in state.view().items() if name not in ("si", "first_seen")}


def test_a_server_clock_that_goes_backwards_loses_nothing_and_lets_the_newest_stand() -> None:
    clock, sink = FakeClock(), FakeSink()
    state: State | None = None

    def fold_state(events: Any) -> int:
        nonlocal state
        state = fold(Key(Kind.USER, SITE, "kim"), state, events)
        return 0

    collector = fake_collector(sink, clock, fold_state)
    for message in ("first", "second"):
        assert (
            answer(collector, http_event(query=f"si={SITE}&uid=kim&message={message}&{message}=1"))["statusCode"] == 200
        )
        clock.now -= 5_000
    assert [line["received_at"] for line in sink.lines] == [NOW, NOW - 5_000]
    assert state is not None
    view = state.view()
    assert (view["message"], view["unixtimestamp"], view["first"], view["second"]) == ("first", NOW, "1", "1")
