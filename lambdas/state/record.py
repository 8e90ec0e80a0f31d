"""A session or user record: what is folded from its events. Immutable; `lambdas.state.fold` makes the next.

Everything in it merges, so that events may come in any order and more than once:

- A property is the value of its newest event: by `ts`, then `seq`, then the value's own text, which no
  arrival order can change. That a late event fills only gaps follows from it.
- Segments are sets; counters are exact sums, each event counted once by its eid; the newest sessions of a
  user are a map to the newest time of each.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from lambdas.state.counters import as_number
from lambdas.state.seen import Span


class Kind(StrEnum):
    SESSION = "session"
    USER = "user"


class Key(NamedTuple):
    """Which record: `id` is the session's or the user's."""

    kind: Kind
    si: str
    id: str


class Stamp(NamedTuple):
    """When a value was set: epoch ms, then the visitor's own counter (-1 without one)."""

    ts: int
    seq: int


class Cell(NamedTuple):
    stamp: Stamp
    value: Any

    def beats(self, other: "Cell") -> bool:
        """Of two values for one property the newer stays; of two set at once the one whose text is higher."""
        if self.stamp != other.stamp:
            return self.stamp > other.stamp
        return json.dumps(self.value, sort_keys=True) > json.dumps(other.value, sort_keys=True)


class Last(NamedTuple):
    """The newest event: its ids are the record's."""

    stamp: Stamp
    eid: str
    sid: str
    uid: str


class Floor(NamedTuple):
    """A property's place in the order of all, newest first."""

    stamp: Stamp
    group: str
    name: str


@dataclass(frozen=True, slots=True)
class State:
    """One record; times in epoch ms."""

    key: Key
    last: Last
    first_seen: int
    props: Mapping[str, Cell] = field(default_factory=dict)
    # Users only: the persistent user properties, and session id → time of its newest event.
    user: Mapping[str, Cell] = field(default_factory=dict)
    sessions: Mapping[str, int] = field(default_factory=dict)
    segments: frozenset[tuple[str, str]] = frozenset()
    # Counter and bucket → sum in units of 10^-9, so that adding is exact in any order.
    counters: Mapping[tuple[str, str], int] = field(default_factory=dict)
    # The events folded in, by arrival, oldest first.
    seen: tuple[Span, ...] = ()
    # Set once properties had to be left out for size: this one and all older ones are not taken in any more.
    floor: Floor | None = None
    # Something was left out, whatever it was; raw has it.
    truncated: bool = False

    def with_(self, **changes: Any) -> "State":
        return replace(self, **changes)

    def view(self) -> dict[str, Any]:
        """The record as people and the read-back routes see it: as in the seed's examples, and what else is
        known. A property of one of these names is hidden by it here, not lost."""
        shown: dict[str, Any] = {name: cell.value for name, cell in sorted(self.props.items())}
        shown |= {"unixtimestamp": self.last.stamp.ts, "si": self.key.si, "eid": self.last.eid}
        shown |= {"sid": self.last.sid, "uid": self.last.uid, "first_seen": self.first_seen}
        if self.user:
            shown["user"] = {name: cell.value for name, cell in sorted(self.user.items())}
        if self.segments:
            shown["segments"] = self.nested_segments()
        if self.counters:
            shown["counters"] = {
                name: {bucket: as_number(units) for bucket, units in sums.items()}
                for name, sums in self.nested_counters().items()
            }
        if self.truncated:
            shown["truncated"] = True
        return shown

    def nested_segments(self) -> dict[str, list[str]]:
        nested: dict[str, list[str]] = {}
        for name, value in sorted(self.segments):
            nested.setdefault(name, []).append(value)
        return nested

    def nested_counters(self) -> dict[str, dict[str, int]]:
        nested: dict[str, dict[str, int]] = {}
        for (name, bucket), units in sorted(self.counters.items()):
            nested.setdefault(name, {})[bucket] = units
        return nested
