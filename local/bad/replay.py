"""Sends bad rows again that are good by now: through the collector's own parsing, enrichment, sink and state.

It runs here, with the deployed collector's settings and the operator's rights, and not by a request to the collector:
that would be received now, from here. An event is never loaded twice, however often this runs: its `eid` is the same
each time, what was sent is on record, and what raw holds already is not sent.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

from lambdas.collect.pipeline import Collector
from lambdas.collect.ports import SinkRefusedError
from lambdas.collect.wiring import collector
from lambdas.common.event import Event
from local.bad.ledger import Ledger
from local.bad.rows import BadRow, read, reread
from local.person import lines
from local.stack import LocalError
from local.stored.deployed import Deployed
from local.stored.find import by_days, key_of, quote
from local.stored.objects import Objects

# Rows held at once; their events' ids in one query stay far below Athena's 262,144 bytes.
CHUNK: Final = 500


@dataclass
class Outcome:
    """`rows` of the reason; of them `before` were replayed by an earlier run, `now` are by this one. `events` were
    sent, `present` ones lay in raw. `still`: why rows are refused still; `behind`: records not brought up to date."""

    rows: int = 0
    before: int = 0
    now: int = 0
    events: int = 0
    present: int = 0
    behind: int = 0
    still: Counter[str] = field(default_factory=Counter)


def replay(it: Deployed, reason: str, first: date | None, last: date | None, *, dry_run: bool = False) -> Outcome:
    """Raises LocalError, QueryError and what botocore raises."""
    return _Replay(it, reason, dry_run=dry_run).run(first, last)


class _Replay:
    def __init__(self, it: Deployed, reason: str, *, dry_run: bool) -> None:
        self._it, self._reason, self._dry_run = it, reason, dry_run
        # Without the day's salt, which is for the collector's eyes alone: a visitor without cookies stays nameless.
        self._collector: Collector = replace(collector(it.environ, it.client), salts=lambda day: None)
        self._objects = Objects(it.client("s3"), it.bucket)
        self._ledger = Ledger(it.client("s3"), it.bucket)
        self._sent: set[str] = set()
        self._out = Outcome()

    def run(self, first: date | None, last: date | None) -> Outcome:
        select = f'SELECT DISTINCT "$path" FROM bad WHERE reason = {quote(self._reason)} AND '  # noqa: S608 - quoted
        paths = by_days(self._it.engine, lambda days: select + days, first, last)
        for key in sorted({key_of(path) for (path,) in paths}):
            self._replay(key)
        return self._out

    def _replay(self, key: str) -> None:
        """One object; what became of its rows is on record when they are sent."""
        known = self._ledger.read(key)
        done = set(known)
        for rows in self._rows(key):
            self._out.rows += len(rows)
            self._out.before += sum(row.id in known for row in rows)
            done |= self._send([row for row in rows if row.id not in done])
        if done != known and not self._dry_run:
            self._ledger.write(key, frozenset(done))

    def _rows(self, key: str) -> Iterator[list[BadRow]]:
        with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
            file = Path(folder, "object")
            if not self._objects.fetch(key, file):
                return
            rows: list[BadRow] = []
            for row in map(read, lines.read(file, bool)):
                if row and row.reason == self._reason:
                    rows.append(row)
                if len(rows) == CHUNK:
                    yield rows
                    rows = []
            if rows:
                yield rows

    def _send(self, rows: Sequence[BadRow]) -> set[str]:
        """The ids of those rows that hold nothing bad any more."""
        found = {row.id: reread(row, self._collector) for row in rows}
        events = {event.eid: event for reading in found.values() for event in reading.events}
        # Firehose may deliver a record twice.
        events = {eid: event for eid, event in events.items() if eid not in self._sent}
        present = self._present(list(events.values()))
        new = [event for eid, event in events.items() if eid not in present]
        self._out.present += len(present)
        self._out.events += len(new)
        self._sent |= events.keys()
        if new and not self._dry_run:
            self._write(new)
        for reading in found.values():
            self._out.still.update(sorted({reason.value for reason in reading.rejected}))
        done = {name for name, reading in found.items() if not reading.rejected}
        self._out.now += len(done)
        return done

    def _write(self, events: Sequence[Event]) -> None:
        try:
            _, behind = self._collector.store(events)
        except SinkRefusedError:
            raise LocalError("Neither the stream nor S3 takes the events now: run it again later.") from None
        self._out.behind += behind

    def _present(self, events: Sequence[Event]) -> set[str]:
        """Which of them lie in raw: by an earlier run that broke off, or since the client sent them again itself."""
        if not events:
            return set()
        eids = ", ".join(quote(event.eid) for event in events)
        select = f"SELECT DISTINCT eid FROM raw WHERE eid IN ({eids}) AND "  # noqa: S608 - quoted
        earliest = date.fromtimestamp(min(event.received_at for event in events) // 1000 - 86_400)
        return {eid for (eid,) in by_days(self._it.engine, lambda days: select + days, earliest) if eid}
