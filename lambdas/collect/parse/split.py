"""Cuts the text of a batch into its events without reading them: each one's bytes as the client sent them."""

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

# Strings whole, and the characters that make JSON's structure.
_PARTS: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:]', re.DOTALL)
_WORD: Final = re.compile(r"[^\s]")


@dataclass(frozen=True, slots=True)
class Split:
    """`before` ends with the `[` of the events, `after` begins with its `]`."""

    before: str
    elements: tuple[str, ...]
    after: str

    @property
    def empty(self) -> str:
        return self.before + self.after

    def alone(self, index: int) -> str:
        """The batch with that one event in it."""
        return self.before + self.elements[index] + self.after


def split(text: str) -> Split | None:
    """The parts of a JSON object with an array `events` at its top; None when there is none. Of several, as
    for any reader of JSON, the last counts."""
    found: Split | None = None
    depth = 0
    key: str | None = None  # the last string at the top, which a colon makes a key
    is_events = False
    start = 0
    cuts: list[int] = []
    for match in _PARTS.finditer(text):
        part, at = match[0], match.start()
        if part[0] == '"':
            key = part if depth == 1 else key
        elif part == ":" and depth == 1:
            is_events = key is not None and _is_events(key)
        elif part == "," and depth == 1:
            is_events = False
        elif part == "," and depth == 2 and is_events:
            cuts.append(at)
        elif part in "[{":
            depth += 1
            if depth == 2 and is_events:
                is_events = part == "["
                start, cuts = at + 1, []
        elif part in "]}":
            depth -= 1
            if depth == 1 and is_events and part == "]":
                found = Split(text[:start], _elements(text, start, cuts, at), text[at:])
    return found


def _is_events(key: str) -> bool:
    try:
        return bool(json.loads(key) == "events")
    except ValueError:
        return False


def _elements(text: str, start: int, cuts: list[int], end: int) -> tuple[str, ...]:
    edges = [start - 1, *cuts, end]
    pieces = tuple(text[left + 1 : right] for left, right in pairwise(edges))
    return pieces if cuts or _WORD.search(pieces[0]) else ()
