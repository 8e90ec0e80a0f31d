"""(State, events) → State, pure: the one fold for live processing in both sinks and for a rebuild from raw.

Order and repetition make no difference (see `lambdas.state.record`), within the bounds stated here.
"""

from collections.abc import Iterable
from typing import Any, Final

from lambdas.common.event import Event
from lambdas.state.given import fits, json_bytes, read
from lambdas.state.record import Cell, Floor, Key, Kind, Last, Stamp, State
from lambdas.state.seen import Memory, place_of

# Pairs of segment and value, of counter and bucket: the first in alphabetical order stay, which every order
# of arrival comes to.
SEGMENT_ENTRIES: Final = 250
COUNTER_ENTRIES: Final = 250
# A user's sessions, newest first: how many are listed, and the bytes of their ids together.
SESSIONS: Final = 100
SESSIONS_BYTES: Final = 65_536

DAY_MS: Final = 86_400_000


def touched(event: Event) -> tuple[Key, ...]:
    """The records that `event` belongs to; none when it is to leave state alone."""
    if "no_state" in event.flags:
        return ()
    return Key(Kind.SESSION, event.si, event.sid), Key(Kind.USER, event.si, event.uid)


def fold(key: Key, state: State | None, events: Iterable[Event]) -> State | None:
    """The record of `key` with those of `events` in it that belong to it; None when there is nothing to it.

    Gives the very `state` it was given when nothing changed.
    """
    merge = _Merge(key, state)
    for event in events:
        if key in touched(event):
            merge.add(event)
    return merge.result()


def live(state: State, now: int, ttl_days: int) -> State | None:
    """`state` while it lives: `ttl_days` after its last event; `now` in epoch ms."""
    return state if expires_at(state, ttl_days) > now else None


def expires_at(state: State, ttl_days: int) -> int:
    """Epoch ms."""
    return state.last.stamp.ts + ttl_days * DAY_MS


def shrink(state: State, room: int) -> State:
    """`state` with as many of its properties as fit into `room` bytes, the newest first; what came before the
    first that did not fit stays out for good, so that a repeat of an old event cannot bring it back."""
    cells = [("props", name, cell) for name, cell in state.props.items()]
    cells += [("user", name, cell) for name, cell in state.user.items()]
    cells.sort(key=lambda item: _place(item[2].stamp, item[0], item[1]))
    kept: dict[str, dict[str, Cell]] = {"props": {}, "user": {}}
    for group, name, cell in cells:
        # A name stands twice, with its value and with its stamp.
        room -= 2 * json_bytes(name) + json_bytes(cell.value) + 48
        if room < 0:
            floor = Floor(cell.stamp, group, name)
            return state.with_(props=kept["props"], user=kept["user"], floor=floor, truncated=True)
        kept[group][name] = cell
    return state


class _Merge:
    """A State being added to; copies what it starts from once, not once an event."""

    def __init__(self, key: Key, state: State | None) -> None:
        self._key, self._start = key, state
        self._last = state.last if state else None
        self._first_seen = state.first_seen if state else 0
        self._props = dict(state.props) if state else {}
        self._user = dict(state.user) if state else {}
        self._segments = set(state.segments) if state else set()
        self._counters = dict(state.counters) if state else {}
        self._sessions = dict(state.sessions) if state else {}
        self._seen = Memory(state.seen if state else ())
        self._changed = False
        self._floor = state.floor if state else None
        self._truncated = state.truncated if state else False

    def add(self, event: Event) -> None:
        place = place_of(event.eid)
        if place in self._seen:
            return
        self._changed = True
        stamp = Stamp(event.ts, -1 if event.seq is None else event.seq)
        last = Last(stamp, event.eid, event.sid, event.uid)
        self._first_seen = min(self._first_seen, event.ts) if self._last else event.ts
        self._last = max(self._last, last) if self._last else last
        given = read(event)
        self._truncated |= given.truncated
        self._set_all("props", self._props, given.props, stamp)
        self._segments.update(given.segments)
        for entry, units in given.counts:
            self._counters[entry] = self._counters.get(entry, 0) + units
        self._seen.add(place, counting=bool(given.counts))
        if self._key.kind is Kind.USER:
            traits = {name: value for name, value in event.user.items() if fits(value)}
            self._truncated |= len(traits) < len(event.user)
            self._set_all("user", self._user, traits, stamp)
            self._sessions[event.sid] = max(event.ts, self._sessions.get(event.sid, event.ts))

    def result(self) -> State | None:
        if self._last is None or not self._changed:
            return self._start
        segments = sorted(self._segments)[:SEGMENT_ENTRIES]
        counters = sorted(self._counters.items())[:COUNTER_ENTRIES]
        left_out = len(segments) < len(self._segments) or len(counters) < len(self._counters)
        return State(
            key=self._key,
            last=self._last,
            first_seen=self._first_seen,
            props=self._props,
            user=self._user,
            segments=frozenset(segments),
            counters=dict(counters),
            sessions=_newest(self._sessions),
            seen=self._seen.spans(),
            floor=self._floor,
            truncated=self._truncated or left_out,
        )

    def _set_all(self, group: str, cells: dict[str, Cell], values: dict[str, Any], stamp: Stamp) -> None:
        for name, value in values.items():
            if self._floor and _place(stamp, group, name) >= _place(*self._floor):
                continue
            present, cell = cells.get(name), Cell(stamp, value)
            if present is None or cell.beats(present):
                cells[name] = cell


def _place(stamp: Stamp, group: str, name: str) -> tuple[int, int, str, str]:
    """Where a property stands when the newest come first."""
    return -stamp.ts, -stamp.seq, group, name


def _newest(sessions: dict[str, int]) -> dict[str, int]:
    """Times only grow and ids keep their length, so that what falls out here comes to the same in any order."""
    kept: dict[str, int] = {}
    room = SESSIONS_BYTES
    for sid, ts in sorted(sessions.items(), key=lambda item: (-item[1], item[0]))[:SESSIONS]:
        room -= json_bytes(sid)
        if room < 0:
            break
        kept[sid] = ts
    return kept
