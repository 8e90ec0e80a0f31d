"""Which events a record has: what tells a repeat. Pure.

The tracker (tracker_build/src/core.ts) gives all events of a page load the last 24 digits of a random UUID, and numbers
them in the first eight: decimal, from 10000000. Events so numbered are remembered as a span, however many they are; any
other eid is a span of one. The visitor's `seq` would not do in place of that number: two tabs may give it twice.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

# Spans a record remembers, newest first. A repeat is told by them, since a client that sends an event again does so
# with a new `sent_at`, and its `ts` comes out some milliseconds later. At least one request's worth.
SEEN: Final = 512
# Spans with a counting event in them; a repeat that comes after as many later ones would count again.
COUNTED: Final = 2_048
# Bytes of the hash of an eid, or of what a page load's eids share: with 512 of them, 1 in 2 billion is mistaken.
HASH_BYTES: Final = 5

_NUMBERED: Final = re.compile(r"1([0-9]{7})(-[0-9a-f-]{27})")


class Place(NamedTuple):
    """Where an event stands: the hash of what its eid shares with others, and its number among those."""

    source: bytes
    number: int


class Span(NamedTuple):
    """Events of one source, from number `first` to `last`; `counting`: one of them at least has counted."""

    source: bytes
    first: int
    last: int
    counting: bool


def place_of(eid: str) -> Place:
    """`eid` in lower case, as it is stored."""
    numbered = _NUMBERED.fullmatch(eid)
    shared, number = (numbered[2], int(numbered[1])) if numbered else (eid, 0)
    return Place(hashlib.blake2b(shared.encode(), digest_size=HASH_BYTES).digest(), number)


class Memory:
    """Spans being added to: none meets another of its source, so that any order of arrival comes to the same."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans = dict.fromkeys(spans)
        self._by_source: dict[bytes, list[Span]] = {}
        for span in self._spans:
            self._by_source.setdefault(span.source, []).append(span)

    def __contains__(self, place: Place) -> bool:
        return any(span.first <= place.number <= span.last for span in self._by_source.get(place.source, ()))

    def add(self, place: Place, *, counting: bool) -> None:
        """`place` must not be in it."""
        beside = [
            span for span in self._by_source.get(place.source, ()) if span.first - 1 <= place.number <= span.last + 1
        ]
        span = Span(
            place.source,
            min(place.number, *(span.first for span in beside)) if beside else place.number,
            max(place.number, *(span.last for span in beside)) if beside else place.number,
            counting or any(span.counting for span in beside),
        )
        for old in beside:
            del self._spans[old]
            self._by_source[place.source].remove(old)
        self._spans[span] = None
        self._by_source.setdefault(place.source, []).append(span)

    def spans(self) -> tuple[Span, ...]:
        """Those that are remembered, oldest first."""
        room = {False: SEEN, True: COUNTED}
        kept: list[Span] = []
        for span in reversed(self._spans):
            room[span.counting] -= 1
            if room[span.counting] >= 0:
                kept.append(span)
        return tuple(reversed(kept))


def pack(spans: Sequence[Span]) -> bytes:
    """Each its hash, then its length less one, whether it starts above 0 and whether it counts, then that start."""
    packed = bytearray()
    for span in spans:
        packed += span.source
        packed += _varint((span.last - span.first) << 2 | (span.first > 0) << 1 | span.counting)
        if span.first:
            packed += _varint(span.first)
    return bytes(packed)


def unpack(packed: bytes) -> tuple[Span, ...]:
    """The inverse of `pack`. Raises ValueError for what it has not made."""
    spans: list[Span] = []
    at = 0
    while at < len(packed):
        source = packed[at : at + HASH_BYTES]
        head, at = _read(packed, at + HASH_BYTES)
        first, at = _read(packed, at) if head & 2 else (0, at)
        spans.append(Span(source, first, first + (head >> 2), bool(head & 1)))
    return tuple(spans)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read(packed: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and the place after it."""
    number = shift = 0
    while at < len(packed):
        byte = packed[at]
        number |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            return number, at
    raise ValueError("the marks end within one")
