"""`python -m tests.flow.fault_page` (`make faults`): runs every fault, prints what was seen, keeps it in docs."""

import logging
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.report import markdown
from tests.flow.faults import FAULTS, Fault
from tests.flow.world import World, world

DOC = Path(__file__).resolve().parents[2] / "docs" / "reference" / "faults.md"


@dataclass(frozen=True)
class Row:
    client: str
    raw: str
    state: str


@cache
def run(chosen: Fault) -> Row:
    """Lets it happen and looks. Raises AssertionError where an event is lost, or counted twice."""
    with world(chosen.sink) as it:
        chosen.run(it)
        at_once = it.counted()
        it.deliver()
        raw, state_text = _raw(it), f"{it.counted()} of {len(it.sent)}"
        if it.queue_deliveries:
            state_text = f"{at_once} of {len(it.sent)}, {state_text} from the queue"
        if it.deliveries > 1:
            state_text += f", the batch delivered {it.deliveries} times"
        if it.truncated():
            state_text += ", marked as truncated"
        if it.counted() < len(it.sent):
            it.rebuild()
            state_text += f", {it.counted()} of {len(it.sent)} after `make rebuild-state`"
        assert it.counted() == len(it.sent), "state has not counted each event once"
        return Row(it.seen.text(), raw, state_text)


def _raw(it: World) -> str:
    streamed, direct = it.raw()
    together = streamed + direct
    assert set(together) == it.sent, "an event is lost"
    parts = [f"{len(together)} of {len(it.sent)}"]
    twice = sum(count > 1 for count in together.values())
    if twice:
        parts.append("twice" if twice == len(together) else f"{twice} of them twice")
    if direct:
        parts.append("straight to S3" if not streamed else f"{len(direct)} of them straight to S3")
    return ", ".join(parts)


def text() -> str:
    """The page."""
    rows = [["what goes wrong", "sink", "what the client saw", "events in raw", "events in state"]]
    for chosen in FAULTS:
        row = run(chosen)
        rows.append([chosen.title, chosen.sink, row.client, row.raw, row.state])
    parts = [
        "# Faults",
        "<!-- Made by `make faults` by running tests/flow/faults.py: do not edit. -->",
        "What happens when a part fails, as `make faults` finds it with the real functions: statuses in the order the "
        "client saw them, distinct events in raw (`events` holds one row of each), and events counted in session and "
        "user. The client keeps its events until it gets a 2xx, as the tracker does. With Kinesis, state is folded by "
        "the stream's function, and events whose lines went straight to S3 come to it by the queue.",
        markdown(rows, numbers=False),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    logging.disable(logging.CRITICAL)
    page = text()
    sys.stdout.write(page)
    DOC.write_text(page)


if __name__ == "__main__":
    main()
