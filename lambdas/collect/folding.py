"""State from within the collector: fold at once where that is quick, and queue the rest, or queue it all."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from lambdas.common.event import Event
from lambdas.common.observability import count, log_fault
from lambdas.state.fold import touched
from lambdas.state.record import Key
from lambdas.state.store import Applied, group

# Seconds for which a record that was too busy to be written is left to the queue.
HOT_SECONDS: Final = 20.0
# Busy records remembered; beyond, the oldest is tried again.
HOT_RECORDS: Final = 1_000


class Store(Protocol):
    def apply(self, events: Sequence[Event], skip: frozenset[Key] = frozenset()) -> Applied: ...


class Deferring:
    """Queues events; gives the number of records that the queue did not take."""

    def __init__(self, later: Callable[[Sequence[Event]], bool]) -> None:
        self._later = later

    def __call__(self, events: Sequence[Event]) -> int:
        records = len(group(events))
        if not records or self._later(events):
            count("StateDeferred", records)
            return 0
        return records


class Folding:
    """Gives the number of records that neither the table nor the queue took; `now` in seconds of any origin."""

    def __init__(self, store: Store, later: Callable[[Sequence[Event]], bool], now: Callable[[], float]) -> None:
        self._store, self._later, self._now = store, later, now
        self._hot: dict[Key, float] = {}

    def __call__(self, events: Sequence[Event]) -> int:
        """Raw is safe when this is called: nothing that happens here may cost the visitor an answer."""
        try:
            keys = frozenset(group(events))
            hot = frozenset(key for key in keys if self._hot.get(key, 0.0) > self._now())
            applied = self._store.apply(events, skip=hot)
            for key in applied.failed:
                self._remember(key)
            left = hot | applied.failed
            if not left:
                return len(applied.refused)
            if self._later([event for event in events if left.intersection(touched(event))]):
                count("StateDeferred", len(left))
                return len(applied.refused)
            return len(left) + len(applied.refused)
        except Exception as error:  # noqa: BLE001 - see above; state can be rebuilt from raw
            log_fault("state failed", error)
            return len(group(events))

    def _remember(self, key: Key) -> None:
        self._hot.pop(key, None)
        self._hot[key] = self._now() + HOT_SECONDS
        if len(self._hot) > HOT_RECORDS:
            del self._hot[next(iter(self._hot))]
