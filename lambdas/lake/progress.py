"""How far the compaction has come: one small object, written after every step, so that any step may be the last.

A run of one arrival day is kept whole: its nonce, its slices and the query under way. Whoever goes on with it
sends the very same statements with the same tokens, and so joins a query that is still running instead of starting
it beside itself.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from lambdas.lake.sql import Partition, Slice

Phase = Literal["plan", "view", "insert", "final"]


@dataclass(frozen=True)
class Run:
    """`listing`: of the day's raw objects, as they were before the plan. `place` (in `slices`), `attempt`, `query`,
    `since` (epoch seconds): of the statement under way. `bytes`: scanned so far. Phase `final` has no day: it
    publishes the view."""

    day: str
    nonce: str
    listing: str = ""
    phase: Phase = "plan"
    slices: Sequence[Slice] = ()
    place: int = 0
    attempt: int = 0
    query: str | None = None
    since: float = 0.0
    bytes: int = 0


@dataclass(frozen=True)
class Progress:
    """All raw of arrival days before `next` is in `events`, and the view takes raw lines from there on; "" where
    nothing has been compacted yet.

    `watched`: arrival days from this one on are looked at again for objects that came later; those before have been,
    long enough after their end. `done`: the listing of the raw objects that each of them was compacted by.
    `touched`: for arrival days from `next` on that may be in `events` already, the days of their events. `stale`: the
    view is older than `next`. `asked`: arrival days that somebody wants done, due or not.
    """

    next: str = ""
    watched: str = ""
    done: dict[str, str] = field(default_factory=dict)
    touched: dict[str, list[str]] = field(default_factory=dict)
    stale: bool = False
    asked: list[str] = field(default_factory=list)
    run: Run | None = None

    def also(self) -> list[str]:
        """Days that an arrival since `next` may have written to."""
        return sorted({dt for day, touched in self.touched.items() if day >= self.next for dt in touched})

    def touching(self, day: str, partitions: Iterable[Partition]) -> "Progress":
        """The run of `day` is about to write to these partitions."""
        if day < self.next:
            return self  # the view takes no raw lines of that day any more
        days = {*self.touched.get(day, ()), *(dt for _, dt in partitions)}
        return replace(self, touched={**self.touched, day: sorted(days)})

    def advanced(self, to: str) -> "Progress":
        """Everything that arrived before the day `to` is done."""
        if to <= self.next:
            return self
        return replace(self, next=to, touched={day: days for day, days in self.touched.items() if day >= to})

    def watching(self, since: str) -> "Progress":
        """Everything before the day `since` has been looked at for the last time."""
        if since <= self.watched:
            return self
        return replace(self, watched=since, done={day: it for day, it in self.done.items() if day >= since})


def dump(progress: Progress) -> bytes:
    return json.dumps(asdict(progress), ensure_ascii=False, indent=1).encode()


def load(body: bytes) -> Progress:
    """The inverse of `dump`. Raises ValueError, KeyError or TypeError for what is none."""
    values: dict[str, Any] = json.loads(body)
    run = values.pop("run")
    if run:
        run = Run(**{**run, "slices": [_slice(**part) for part in run["slices"]]})
    return Progress(**values, run=run)


def _slice(partitions: Sequence[Sequence[str]], hours: Sequence[str]) -> Slice:
    return Slice([(si, dt) for si, dt in partitions], (hours[0], hours[-1]))
