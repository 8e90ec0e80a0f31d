"""Raw lines into session and user records again: the same fold and the same store as live processing.

The fold merges: in any order, and however often (lambdas/state/record.py). So objects may be read in any order, by
many at once, into an empty table or over a live one, and a part that is read twice changes nothing, as long as a
record remembers the events (lambdas.state.seen.SEEN, COUNTED).

One thing is told by arrival alone: an event that a client sent twice has another `ts` the second time, and the first
copy counts. A chunk is therefore folded by arrival; of copies that lie in different chunks either may come first,
which can move the event by what its ways through the network differed, milliseconds mostly.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lambdas.common.event import Event, LineInvalidError, parse_line
from lambdas.rebuild.source import DamagedError, GoneError
from lambdas.state.store import Applied

# Events held at once: some 100 MB of them. What touches one record within a chunk is one write.
CHUNK_EVENTS: Final = 20_000

Lines = Callable[[str], Iterator[bytes]]
Apply = Callable[[Iterable[Event]], Applied]


@dataclass
class Tally:
    """`gone` and `damaged` are objects, `undecodable` lines that are no event; `failed` records were not brought up
    to date and may be later, `refused` ones never will be."""

    objects: int = 0
    gone: int = 0
    damaged: int = 0
    events: int = 0
    undecodable: int = 0
    written: int = 0
    failed: int = 0
    refused: int = 0


def refold(keys: Iterable[str], lines: Lines, apply: Apply) -> Tally:
    """Folds all events of the objects `keys`. Raises what `lines` raises for an object that could not be read."""
    tally = Tally()
    chunk: list[Event] = []
    for event in _events(keys, lines, tally):
        chunk.append(event)
        if len(chunk) == CHUNK_EVENTS:
            _fold(chunk, apply, tally)
            chunk = []
    if chunk:
        _fold(chunk, apply, tally)
    return tally


def _events(keys: Iterable[str], lines: Lines, tally: Tally) -> Iterator[Event]:
    for key in keys:
        tally.objects += 1
        try:
            for line in lines(key):
                try:
                    event = parse_line(line)
                except LineInvalidError:
                    tally.undecodable += 1
                    continue
                tally.events += 1
                yield event
        except GoneError:
            tally.gone += 1
        except DamagedError:
            tally.damaged += 1


def _fold(events: list[Event], apply: Apply, tally: Tally) -> None:
    applied = apply(sorted(events, key=lambda event: event.received_at))
    tally.written += applied.written
    tally.failed += len(applied.failed)
    tally.refused += len(applied.refused)
