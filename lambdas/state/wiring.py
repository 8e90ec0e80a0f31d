"""The store put together: real clock, AWS client. For the stream function, for collect and for read."""

import random
import time
from collections.abc import Callable
from typing import Any, Final

from lambdas.common import aws
from lambdas.common.patience import Patience
from lambdas.state.store import PAUSES, StateStore

# Of the API's 29 s the sink may take 21; of the stream function's 60 s this leaves enough to answer.
COLLECT_SECONDS: Final = 6.0
STREAM_SECONDS: Final = 40.0
READ_SECONDS: Final = 8.0


# In collect the visitor waits, and what is too busy can be queued: two more tries are all.
COLLECT_PAUSES: Final = (0.03, 0.06)


def store(
    table: str,
    ttl_days: int,
    seconds: float = STREAM_SECONDS,
    pauses: tuple[float, ...] = PAUSES,
    client: Callable[[str], Any] | None = None,
) -> StateStore:
    patience = Patience(time.monotonic, time.sleep, random.random)
    return StateStore((client or aws.client)("dynamodb"), table, ttl_days, clock, patience, seconds, pauses)


def clock() -> int:
    """Epoch ms."""
    return time.time_ns() // 1_000_000
