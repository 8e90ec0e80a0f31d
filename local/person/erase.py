"""Takes one person out of raw lines, `events`, bad rows and state, and proves by asking again that nothing is left.

Answers to queries, which are copies that go after seven days anyway, are deleted whoever they are of.

One pass goes from the source to what is made of it, so that nothing made meanwhile brings anything back. Passes follow
until one finds nothing: that one is the proof. Each step may be broken off anywhere and done again, since it looks
for what is there and does not remember what was done.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Final

from local.person import lines, rows, search
from local.person.audit import Audit
from local.person.records import Records, drained, session_pks
from local.person.versions import RESULTS, sweep
from local.person.who import Person
from local.person.writers import compaction_held
from local.stack import LocalError
from local.stored.deployed import Deployed
from local.stored.objects import BusyError, DamagedError, Edit, Edited, Objects

# More than two come of events that arrive meanwhile, or of the nightly compaction.
PASSES: Final = 6

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Taken:
    """What was taken, or in a proof what was found: lines, rows and records, with the objects that held them."""

    raw: Edited = field(default_factory=Edited)
    events: Edited = field(default_factory=Edited)
    bad: Edited = field(default_factory=Edited)
    undelivered: Edited = field(default_factory=Edited)
    versions: int = 0
    state: int = 0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            self.raw + other.raw,
            self.events + other.events,
            self.bad + other.bad,
            self.undelivered + other.undelivered,
            self.versions + other.versions,
            self.state + other.state,
        )

    def __bool__(self) -> bool:
        return self != Taken()


@dataclass(frozen=True)
class Report:
    """`audit`: the record's key. `drained`: nothing was left waiting for state. `answers`: objects with what queries
    answered, whoever it was of."""

    taken: Taken
    passes: int
    drained: bool
    answers: int
    audit: str


def erase(it: Deployed, person: Person, tell: Tell = lambda step: None) -> Report:
    """Raises LocalError for what a person can mend, QueryError and what botocore raises."""
    audit = Audit(it.client("s3"), it.bucket, it.settings.stage)
    audit.write({"taken": asdict(Taken())}, finished=False)
    taken, answers = Taken(), 0
    for number in range(1, PASSES + 1):
        step = _Pass(it, person, tell)
        found = step.run()
        taken, answers = taken + found, answers + step.answers
        audit.write({"taken": asdict(taken), "answers": answers, "passes": number}, finished=False)
        if not found:
            left = {"left": {"raw": 0, "events": 0, "bad": 0, "undelivered": 0, "state": 0}}
            audit.write(left, finished=True)
            return Report(taken, number, step.drained, answers, audit.key)
    raise LocalError(f"After {PASSES} passes there was still something: events of theirs keep coming. Run it again.")


class _Pass:
    """Each step once. What it finds, it takes."""

    def __init__(self, it: Deployed, person: Person, tell: Tell) -> None:
        self._it, self._person, self._tell = it, person, tell
        self._objects = Objects(it.client("s3"), it.bucket)
        self._records = Records(it.client("dynamodb"), it.state_table)
        self.drained = True
        self.answers = 0

    def run(self) -> Taken:
        try:
            return self._run()
        except DamagedError as error:
            raise LocalError(f"{error}: delete it or put it right, and run this again.") from None
        except BusyError as error:
            raise LocalError(f"{error}: run it again.") from None

    def _run(self) -> Taken:
        self._tell("raw lines")
        raw, state = self._take("raw", lines.without(self._person.has_line))
        undelivered = Edited()
        found = search.undelivered(self._objects, self._person)
        state += self._records.delete(session_pks(found.sessions))
        for key in found.objects:
            undelivered += self._objects.edit(key, lines.without(self._person.whose(key)))
        self._tell("rows of events")
        with compaction_held(self._it):
            events, more = self._take("events", rows.without(self._person.uids))
            # The compaction reads answers too.
            answers = self._objects.keys(RESULTS)
            self._objects.delete(answers)
        self.answers = len(answers)
        self._tell("bad rows")
        maybe = search.maybe_in_bad(self._it.engine, self._person) if "bad" in self._it.tables else []
        bad = self._objects.edit_all(maybe, lines.without(self._person.has_bad_row))
        self._tell("old versions of objects")
        versions = sweep(self._it.client("s3"), self._objects, self._it.bucket, self._person)
        self._tell("session and user records")
        if queue := self._it.settings.later_queue:
            self.drained = drained(self._it.client("sqs"), queue)
        state += more + self._records.delete(item["pk"]["S"] for item in self._records.of(self._person))
        return Taken(raw, events, bad, undelivered, versions, state)

    def _take(self, table: str, edit: Edit) -> tuple[Edited, int]:
        """The lines or rows of a table, and before them the session records that nothing else may name."""
        if table not in self._it.tables:
            return Edited(), 0
        found = search.find(self._it.engine, self._person, table)
        records = self._records.delete(session_pks(found.sessions))
        return self._objects.edit_all(sorted(found.objects), edit), records
