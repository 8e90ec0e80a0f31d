"""Session and user records in DynamoDB: read, fold, write if nobody else has meanwhile.

One write for each record a request or a batch touches, none when nothing changed. Writers of one record do
not wait for each other: each write asks for the version it has read, and who comes second reads and folds
again. A hot record so takes fewer, larger steps.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lambdas.common.aws import AwsError, call_seconds, error_code, may_pass
from lambdas.common.event import Event
from lambdas.common.observability import log_fault, logger
from lambdas.common.patience import Patience
from lambdas.state import codec
from lambdas.state.fold import expires_at, fold, live, shrink, touched
from lambdas.state.record import Key, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Seconds between tries; conflicts on a hot record are settled in the first few.
PAUSES: Final = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0)
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
_KEYS_PER_READ: Final = 100
# Writes at once; below the client's pool of connections.
_WRITERS: Final = 8


class Applied(NamedTuple):
    """`failed`: not brought up to date now, may work later. `refused`: an item DynamoDB will never take."""

    written: int
    failed: frozenset[Key] = frozenset()
    refused: frozenset[Key] = frozenset()


class _Present(NamedTuple):
    """What the table holds: the record unless it has expired, and the item's version to write against."""

    state: State | None = None
    version: int | None = None


class _Verdict(Enum):
    WRITTEN = "written"
    UNCHANGED = "unchanged"
    AGAIN = "again"  # may work in a moment
    FAILED = "failed"  # may work once somebody has mended something
    NEVER = "never"


class OutOfTimeError(Exception):
    """The time for a call is over before the call could be made."""


class StateStore:
    """`seconds`: how long one `apply` or `read` may take at most, even when nobody answers."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        ttl_days: int,
        clock: Callable[[], int],
        patience: Patience,
        seconds: float,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._pauses = pauses
        self._client, self._table, self._ttl_days = client, table, ttl_days
        self._clock, self._patience, self._seconds = clock, patience, seconds
        self._call = call_seconds("dynamodb")

    def read(self, keys: Sequence[Key]) -> dict[Key, State]:
        """The living records among `keys`. Raises what botocore raises, and OutOfTimeError."""
        present = self._load(keys, self._patience.now() + self._seconds, consistent=True)
        return {key: found.state for key, found in present.items() if found.state}

    def apply(self, events: Iterable[Event], skip: frozenset[Key] = frozenset()) -> Applied:
        """Folds `events` into the records they touch, but for those in `skip`. Never raises for what AWS does."""
        pending = {key: theirs for key, theirs in group(events).items() if key not in skip}
        by_verdict: dict[_Verdict, set[Key]] = {verdict: set() for verdict in _Verdict}
        until = self._patience.now() + self._seconds
        for attempt, _ in enumerate(self._patience.tries(self._pauses, until, self._call) if pending else ()):
            try:
                present = self._load(list(pending), until, consistent=attempt > 0)
            except (*AwsError, OutOfTimeError) as error:
                _log("state not read", error)
                if not may_pass(error):
                    break
                continue
            verdicts = self._write_all(pending, present, until)
            for key, verdict in verdicts.items():
                by_verdict[verdict].add(key)
            pending = {key: pending[key] for key, verdict in verdicts.items() if verdict is _Verdict.AGAIN}
            if not pending:
                break
        return Applied(
            len(by_verdict[_Verdict.WRITTEN]),
            frozenset(pending) | by_verdict[_Verdict.FAILED],
            frozenset(by_verdict[_Verdict.NEVER]),
        )

    def _load(self, keys: Sequence[Key], until: float, *, consistent: bool) -> dict[Key, _Present]:
        """What the table holds, or (at half the price) held a moment ago: a fold onto that would be refused.

        A write asks for the version that was read, and what an older record has seen, the newer one has too.
        """
        by_pk = {codec.pk(key): key for key in keys}
        present = dict.fromkeys(keys, _Present())
        asked = list(by_pk)
        now = self._clock()
        while asked:
            if not self._patience.fits(until, self._call):
                raise OutOfTimeError
            now_asked, asked = asked[:_KEYS_PER_READ], asked[_KEYS_PER_READ:]
            wanted: Any = {"Keys": [{"pk": {"S": pk}} for pk in now_asked], "ConsistentRead": consistent}
            answer: Any = self._client.batch_get_item(RequestItems={self._table: wanted})
            for item in answer["Responses"].get(self._table, []):
                key = by_pk[item["pk"]["S"]]
                present[key] = self._present(key, item, now)
            left = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            asked += [item["pk"]["S"] for item in left]
            if len(left) == len(now_asked):
                self._patience.sleep(PAUSES[0])  # throttled altogether: a breath before asking again
        return present

    def _present(self, key: Key, item: codec.Item, now: int) -> _Present:
        version = int(item["version"]["N"])
        try:
            return _Present(live(codec.decode(key, item), now, self._ttl_days), version)
        except (KeyError, ValueError, TypeError) as error:
            # An item somebody else wrote: the record starts anew, as raw is there to rebuild it from.
            log_fault("state unreadable", error)
            return _Present(None, version)

    def _write_all(
        self, events: dict[Key, list[Event]], present: dict[Key, _Present], until: float
    ) -> dict[Key, _Verdict]:
        def write(key: Key) -> _Verdict:
            return self._write(key, present[key], events[key], until)

        if len(events) <= 2:  # the usual request: one session, one user
            return {key: write(key) for key in events}
        with ThreadPoolExecutor(_WRITERS) as pool:
            return dict(zip(events, pool.map(write, events), strict=True))

    def _write(self, key: Key, found: _Present, events: list[Event], until: float) -> _Verdict:
        try:
            state = fold(key, found.state, events)
            if state is None or state is found.state or not live(state, self._clock(), self._ttl_days):
                return _Verdict.UNCHANGED
            item = self._item(state, (found.version or 0) + 1)
        except Exception as error:  # noqa: BLE001 — a fault of ours over one record may not hold up the others
            log_fault("state not folded", error)
            return _Verdict.NEVER
        if not self._patience.fits(until, self._call):
            return _Verdict.AGAIN
        condition: Any = (
            {"ConditionExpression": "attribute_not_exists(pk)"}
            if found.version is None
            else {
                "ConditionExpression": "version = :read",
                "ExpressionAttributeValues": {":read": {"N": str(found.version)}},
            }
        )
        try:
            self._client.put_item(TableName=self._table, Item=item, **condition)
        except AwsError as error:
            _log("state not written", error)
            if error_code(error) == "ValidationException":
                return _Verdict.NEVER
            return _Verdict.AGAIN if may_pass(error) else _Verdict.FAILED
        return _Verdict.WRITTEN

    def _item(self, state: State, version: int) -> codec.Item:
        doc = codec.doc_of(state)
        if len(doc.encode()) > codec.DOC_BYTES:
            bare = codec.doc_of(state.with_(props={}, user={}))
            state = shrink(state, codec.DOC_BYTES - len(bare.encode()))
            doc = codec.doc_of(state)
        # Whole seconds, rounded up: DynamoDB may never sweep what a read would still show.
        return codec.encode(state, doc, version, -(-expires_at(state, self._ttl_days) // 1000))


def group(events: Iterable[Event]) -> dict[Key, list[Event]]:
    """Events by the record they touch, in their order."""
    groups: dict[Key, list[Event]] = {}
    for event in events:
        for key in touched(event):
            groups.setdefault(key, []).append(event)
    return groups


def _log(what: str, error: Exception) -> None:
    logger.warning(what, extra={"code": error_code(error)})
