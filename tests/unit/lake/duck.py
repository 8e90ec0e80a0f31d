"""The compaction's ports over DuckDB in memory: the statements as they are, and every way in which a step can end."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import duckdb
import sqlglot

from lambdas.lake.compaction import Compaction, CompactionError, Query
from lambdas.lake.progress import Progress, dump, load
from lambdas.lake.sql import Partition

COLUMNS = ("eid", "si", "uid", "ts", "received_at", "props")


class CrashError(Exception):
    """Nothing comes after this: the function was ended, or AWS did not answer."""


@dataclass(frozen=True)
class Line:
    """A raw line and where it arrived. `ts` in epoch ms."""

    eid: str
    si: str
    ts: int
    received_at: int
    day: str
    props: str = "{}"
    uid: str = "u"

    @property
    def hour(self) -> str:
        return f"{self.received_at // 3_600_000 % 24:02}"


@lru_cache(4096)
def duck(sql: str) -> str:
    return sqlglot.transpile(sql, read="athena", write="duckdb")[0]


@dataclass
class Lake:
    """`chance` decides what goes wrong, and nothing where it is None."""

    now: float
    chance: random.Random | None = None
    queries: list[tuple[str, str]] = field(default_factory=list)  # statement, state
    tokens: dict[str, str] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)
    registered: set[Partition] = field(default_factory=set)
    objects: dict[str, list[str]] = field(default_factory=dict)
    kept: bytes | None = None
    fails_with: str = ""

    def __post_init__(self) -> None:
        self.db = duckdb.connect(config={"threads": 1})
        self.db.execute("SET TimeZone = 'UTC'")
        fields = "eid VARCHAR, uid VARCHAR, ts BIGINT, received_at BIGINT, props VARCHAR, si VARCHAR, dt VARCHAR"
        self.db.execute(f"CREATE TABLE raw ({fields}, hour VARCHAR)")
        self.db.execute(f"CREATE TABLE files ({fields})")
        self.db.execute("CREATE TABLE partitions (si VARCHAR, dt VARCHAR)")
        # What lies in a folder that the catalogue does not know is not seen.
        self.db.execute("CREATE VIEW events AS SELECT files.* FROM files JOIN partitions USING (si, dt)")

    # What others do.

    def deliver(self, lines: Iterable[Line]) -> None:
        """One object for each line's day."""
        for line in lines:
            self.db.execute(
                "INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [line.eid, line.uid, line.ts, line.received_at, line.props, line.si, line.day, line.hour],
            )
            self.objects.setdefault(line.day, []).append(line.eid)

    def compaction(self, recheck_days: int = 3) -> Compaction:
        ids = iter(range(10**9))
        start = len(self.queries)
        return Compaction(
            self, self, self, self, COLUMNS, recheck_days, lambda: self.now, lambda: f"{start}-{next(ids)}"
        )

    def rows_of(self, table: str, columns: str = "eid") -> list[tuple[str, ...]]:
        return self.db.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()

    # Athena

    def start(self, statement: str, token: str) -> str:
        self._may_crash()
        if token in self.tokens:
            return self.tokens[token]
        self.queries.append((statement, "running"))
        self.statements.append(statement)
        self.tokens[token] = str(len(self.queries) - 1)
        self._may_crash()
        return self.tokens[token]

    def query(self, query_id: str) -> Query:
        self._may_crash()
        if self.fails_with:
            return Query("failed", self.fails_with)
        statement, state = self.queries[int(query_id)]
        if state == "running" and self._happens(0.3):
            return Query("running")
        if state == "running":
            state = "failed" if self._happens(0.1) else "succeeded"
            self._execute(statement, state)
            self.queries[int(query_id)] = (statement, state)
        return Query(state, "as the dice had it" if state == "failed" else "", 10)

    def rows(self, query_id: str) -> list[tuple[str | None, ...]]:
        self._may_crash()
        return self.db.execute(duck(self.queries[int(query_id)][0])).fetchall()

    def _execute(self, statement: str, state: str) -> None:
        if statement.startswith("INSERT INTO events"):
            select = duck(statement.removeprefix("INSERT INTO events\n"))
            # Of an INSERT that fails, files may stay.
            part = f"USING SAMPLE 50 PERCENT (bernoulli, {len(self.queries)})" if state == "failed" else ""
            self.db.execute(f"INSERT INTO files SELECT * FROM ({select}) {part}")
        elif state == "succeeded" and statement.startswith("CREATE"):
            self.db.execute(duck(statement))

    # S3 and Glue

    def days(self) -> Sequence[str]:
        self._may_crash()
        return sorted(self.objects)

    def listing(self, day: str) -> str:
        self._may_crash()
        return repr(self.objects.get(day, []))

    def add(self, partitions: Sequence[Partition]) -> None:
        self._may_crash()
        for partition in set(partitions) - self.registered:
            self.db.execute("INSERT INTO partitions VALUES (?, ?)", list(partition))
            self.registered.add(partition)
            self._may_crash()

    def load(self) -> Progress:
        self._may_crash()
        return load(self.kept) if self.kept else Progress()

    def save(self, progress: Progress) -> None:
        self._may_crash()
        self.kept = dump(progress)
        self._may_crash()

    def _may_crash(self) -> None:
        if self._happens(0.03):
            raise CrashError

    def _happens(self, share: float) -> bool:
        return self.chance is not None and self.chance.random() < share


def until_done(lake: Lake, compaction: Compaction, after_each: Callable[[], None] = lambda: None) -> None:
    """As the state machine does it, with every step that breaks off done again."""
    for _ in range(2000):
        try:
            seconds = compaction.advance()
        except (CrashError, CompactionError):
            seconds = 1
        after_each()
        if seconds is None:
            return
        lake.now += seconds
    raise AssertionError("the compaction comes to no end")
