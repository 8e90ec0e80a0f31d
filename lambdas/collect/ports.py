"""What the pipeline is handed: the clock, the ids, the sink and the state, as it needs to see them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from lambdas.common.event import Event

# Epoch milliseconds, UTC.
Clock = Callable[[], int]
NewId = Callable[[], str]
# Folds events into session and user records; gives the number of records it could not bring up to date.
FoldState = Callable[[Sequence[Event]], int]


class SinkRefusedError(Exception):
    """Neither the stream nor S3 took a line: nobody may be told that it is stored."""


class Line(NamedTuple):
    """One newline-terminated line; lines of one key stay in order, in one shard."""

    key: str
    data: bytes


class Written(NamedTuple):
    """`fallback`: how many lines went straight to S3."""

    fallback: int


class Sink(Protocol):
    def write(self, good: Sequence[Line], bad: Sequence[Line]) -> Written:
        """Stores every line before it returns. Raises SinkRefusedError."""
