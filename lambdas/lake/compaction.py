"""Raw lines into `events`, one arrival day after the other: what to do next, told to AWS through four small ports.

Append-only, and idempotent by `eid`: whatever was broken off, done twice or left half done, the next run finds what is
in `events` already and adds what is not. For that every partition is in the catalogue before it is written to, so
that files of an INSERT that failed are seen by the next one.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from lambdas.lake import sql
from lambdas.lake.progress import Phase, Progress, Run
from lambdas.lake.sql import Partition

# Firehose holds lines back for 5 minutes, and longer when S3 does not take them: a day is ripe an hour after its end.
RIPE_SECONDS: Final = 3600
# Of one statement, before the whole run is given up until the next night.
MOST_ATTEMPTS: Final = 3
# Athena ends a statement after 30 minutes, or what the account's quota says: hours.
FORGOTTEN_SECONDS: Final = 86_400
DAY_SECONDS: Final = 86_400
FIRST_WAIT: Final = 1
LONGEST_WAIT: Final = 60


class CompactionError(Exception):
    """A statement failed for good; the message names it and says why. The next run goes on from there."""


@dataclass(frozen=True)
class Query:
    """`reason`: Athena's own, where it failed. `bytes`: scanned."""

    state: str  # running, succeeded, failed
    reason: str = ""
    bytes: int = 0


class Athena(Protocol):
    def start(self, statement: str, token: str) -> str:
        """The query's id; the same for the same token."""

    def query(self, query_id: str) -> Query: ...

    def rows(self, query_id: str) -> Sequence[Sequence[str | None]]: ...


class Raw(Protocol):
    def days(self) -> Sequence[str]:
        """The arrival days that have objects, in order."""

    def listing(self, day: str) -> str:
        """Another text whenever an object of the day came, went or changed."""


class Catalog(Protocol):
    def add(self, partitions: Sequence[Partition]) -> None:
        """Registers these partitions of `events`; those that are there stay."""


class Store(Protocol):
    def load(self) -> Progress: ...

    def save(self, progress: Progress) -> None: ...


@dataclass(frozen=True)
class Compaction:
    """`now`: seconds since the epoch. `new_id`: a text nobody had before. `log`: told of each day that is done."""

    athena: Athena
    raw: Raw
    catalog: Catalog
    store: Store
    columns: Sequence[str]
    recheck_days: int
    now: Callable[[], float]
    new_id: Callable[[], str]
    log: Callable[[Run], None] = lambda run: None

    def ask(self, day: str) -> None:
        """Has the next run take this arrival day first, whether it is due or not; what is due follows."""
        progress = self.store.load()
        self.store.save(replace(progress, asked=[*dict.fromkeys([*progress.asked, day])]))

    def advance(self) -> int | None:
        """Goes on until there is a query to wait for, and says for how many seconds; None: all is done.

        Raises CompactionError and what the ports raise; after either, the next call goes on where this one stood.
        """
        progress = self._revived(self.store.load())
        while True:
            if progress.run is None:
                progress = self._next(progress)
                if progress.run is None:
                    return None
                self.store.save(progress)
            run = progress.run
            assert run is not None
            if run.query is None:
                if run.phase == "insert":
                    self.catalog.add(run.slices[run.place].partitions)
                statement = self._statement(progress, run)
                query = self.athena.start(statement, _token(run, statement))
                run = replace(run, query=query, since=self.now())
                progress = replace(progress, run=run)
                self.store.save(progress)
            found = self.athena.query(str(run.query))
            if found.state == "running":
                return min(max(FIRST_WAIT, int((self.now() - run.since) / 2)), LONGEST_WAIT)
            run = replace(run, bytes=run.bytes + found.bytes)
            progress = self._failed(progress, run, found) if found.state == "failed" else self._succeeded(progress, run)
            self.store.save(progress)

    def view(self) -> str:
        """The statement that makes `all_events` as things stand."""
        return self._view(self.store.load())

    def _view(self, progress: Progress) -> str:
        # Where there are no lines yet the first may come for a day that has just ended.
        first = progress.next or min([*self.raw.days(), _day(self.now() - self.recheck_days * DAY_SECONDS)])
        return sql.all_events(self.columns, first, progress.also())

    def _revived(self, progress: Progress) -> Progress:
        """A query that was left alone for long is not running any more, and its answer may be gone: asked again."""
        run = progress.run
        if run is None or run.query is None or self.now() - run.since < FORGOTTEN_SECONDS:
            return progress
        return replace(progress, run=replace(run, nonce=self.new_id(), query=None, attempt=0))

    def _next(self, progress: Progress) -> Progress:
        """With the run of the next day that is due, or of the view at the end; without one where nothing is left."""
        if progress.asked:
            day, *others = progress.asked
            return replace(progress, asked=others, run=self._begin(day))
        days, tomorrow = self.raw.days(), self._first_unripe()
        due = next((day for day in days if progress.next <= day < tomorrow and self._changed(progress, day)), None)
        if due:
            return replace(progress.advanced(due), run=self._begin(due))
        for day in days:
            if progress.watched <= day < progress.next and self._changed(progress, day):
                return replace(progress, run=self._begin(day))
        progress = progress.watching(_day(self.now() - self.recheck_days * DAY_SECONDS))
        if progress.stale:
            return replace(progress.advanced(tomorrow), run=Run("", self.new_id(), phase="final"))
        return progress

    def _changed(self, progress: Progress, day: str) -> bool:
        return day not in progress.done or self.raw.listing(day) != progress.done[day]

    def _begin(self, day: str) -> Run:
        return Run(day, self.new_id(), listing=self.raw.listing(day))

    def _statement(self, progress: Progress, run: Run) -> str:
        if run.phase == "plan":
            return sql.plan(run.day)
        if run.phase == "insert":
            return sql.insert(self.columns, run.day, run.slices[run.place])
        return self._view(progress)

    def _succeeded(self, progress: Progress, run: Run) -> Progress:
        if run.phase == "plan":
            assert run.query is not None
            run = replace(run, slices=sql.slices(self.athena.rows(run.query)))
            if not run.slices:
                return self._done(progress, run)
            if run.day < progress.next:
                return replace(progress, run=_phase(run, "insert"))
            written = [partition for part in run.slices for partition in part.partitions]
            # Before the first INSERT the view knows which days to look for copies in.
            return replace(progress.touching(run.day, written), run=_phase(run, "view"))
        if run.phase == "view":
            return replace(progress, stale=True, run=_phase(run, "insert"))
        if run.phase == "final":
            return replace(progress, stale=False, run=None)
        if run.place + 1 < len(run.slices):
            return replace(progress, run=_phase(run, "insert", run.place + 1))
        return self._done(progress, run)

    def _done(self, progress: Progress, run: Run) -> Progress:
        """As of the listing that was planned by: where that has changed, the day is due again."""
        self.log(run)
        if run.day >= self._first_unripe():  # more of it will come
            return replace(progress, run=None)
        return replace(progress, done={**progress.done, run.day: run.listing}, run=None)

    def _failed(self, progress: Progress, run: Run, found: Query) -> Progress:
        again = replace(run, query=None, attempt=run.attempt + 1)
        if again.attempt < MOST_ATTEMPTS:
            return replace(progress, run=again)
        # What is left behind is tried anew, under other tokens.
        self.store.save(replace(progress, run=replace(again, nonce=self.new_id(), attempt=0)))
        what = f"{run.phase} of {run.day}" if run.day else "view all_events"
        raise CompactionError(f"Compaction, {what}, failed {MOST_ATTEMPTS} times. Athena says: {found.reason}")

    def _first_unripe(self) -> str:
        return _day(self.now() - RIPE_SECONDS)


def _phase(run: Run, phase: Phase, place: int = 0) -> Run:
    return replace(run, phase=phase, place=place, attempt=0, query=None)


def _token(run: Run, statement: str) -> str:
    """For Athena, 32 to 128 characters: the same for the same statement of the same run."""
    named = f"{run.nonce}/{run.phase}/{run.place}/{run.attempt}/{statement}"
    return hashlib.sha256(named.encode()).hexdigest()


def _day(seconds: float) -> str:
    return str((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date())
