"""Collect, the whole flow on one page: route → consent → parse → ids → enrich → sink → state → outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lambdas.collect.badrow import bad_row
from lambdas.collect.cookieless import Salts, nameless
from lambdas.collect.draft import Draft
from lambdas.collect.enrich import enrich
from lambdas.collect.ids import resolve
from lambdas.collect.parse import parse
from lambdas.collect.ports import Clock, FoldState, Line, NewId, Sink, SinkRefusedError, Written
from lambdas.collect.reasons import Reason, Rejected
from lambdas.collect.request import Request, posted
from lambdas.collect.routes import Kind, Table, normal, table
from lambdas.collect.settings import Settings
from lambdas.common.event import Event, to_line


class Answer(StrEnum):
    STORED = "stored"  # something was good, or there was nothing
    REFUSED = "refused"  # nothing was good
    OPTED_OUT = "opted_out"
    UNAVAILABLE = "unavailable"
    HEALTHY = "healthy"
    PREFLIGHT = "preflight"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request; `kind` is None where no route took it."""

    answer: Answer
    kind: Kind | None = None
    events: Sequence[Event] = ()
    rejected: Sequence[Rejected] = ()
    bad_rows: int = 0
    fallback: int = 0
    state_failed: int = 0


@dataclass(frozen=True)
class Collector:
    """Everything a request needs, built once at cold start. Without `fold_state` no records are kept, without
    `salts` a visitor without cookies is a new one at each event."""

    settings: Settings
    clock: Clock
    new_id: NewId
    sink: Sink
    fold_state: FoldState | None = None
    salts: Salts = lambda day: None
    routes: Table = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "routes", table(self.settings.collect_path))

    def collect(self, request: Request) -> Outcome:
        """Stores what `request` holds. Whatever it holds, the outcome is an answer, never an exception."""
        kind = self.routes.get(normal(request.path), {}).get(request.method)
        if request.method == "OPTIONS":
            return Outcome(Answer.PREFLIGHT)
        if kind is Kind.HEALTH:
            return Outcome(Answer.HEALTHY, kind)
        leave_alone = opted_out(request, self.settings)
        if kind and leave_alone:
            return Outcome(Answer.OPTED_OUT, kind)
        received_at = self.clock()
        if kind is Kind.IMAGE:
            request = posted(request)
        results = parse(request, kind, self.settings.sites) if kind else [self._lost(request)]
        events = [self.event(item, request, received_at) for item in results if isinstance(item, Draft)]
        rejected = [item for item in results if isinstance(item, Rejected)]
        kept = rejected if not leave_alone and (request.carries_data if kind else holds_event(request)) else []
        bad = [Line("bad", bad_row(request, item, received_at, self.settings, self.new_id())) for item in kept]
        try:
            written, failed = self.store(events, bad)
        except SinkRefusedError:
            return Outcome(Answer.UNAVAILABLE, kind)
        answer = Answer.REFUSED if rejected and not events else Answer.STORED
        return Outcome(answer, kind, events, rejected, len(bad), written.fallback, failed)

    def store(self, events: Sequence[Event], bad: Sequence[Line] = ()) -> tuple[Written, int]:
        """To the sink, then into state; how many records were not brought up to date. Raises SinkRefusedError."""
        written = self.sink.write([Line(event.uid, to_line(event)) for event in events], bad)
        # A stream's reader folds what is in the stream; what went past it, to S3, nobody else would.
        streamed = self.settings.sink == "kinesis" and not written.fallback
        return written, self.fold_state(events) if self.fold_state and events and not streamed else 0

    def event(self, draft: Draft, request: Request, received_at: int) -> Event:
        draft = nameless(draft, request, received_at, self.salts)
        eid, sid, uid = resolve(draft, self.new_id)
        event = Event(
            eid=eid,
            si=draft.si,
            sid=sid,
            uid=uid,
            name=draft.name,
            ts=received_at,
            received_at=received_at,
            created_at=draft.created_at,
            sent_at=draft.sent_at,
            seq=draft.seq,
            props=draft.props,
            user=draft.user,
            page=draft.page,
            campaign=draft.campaign,
            device=draft.device,
            flags=draft.flags,
            src=draft.src,
        )
        return enrich(event, request, self.settings)

    def _lost(self, request: Request) -> Rejected:
        if normal(request.path) in self.routes:
            return Rejected(Reason.WRONG_METHOD, f"method: {request.method[:16]} is not taken here")
        return Rejected(Reason.UNKNOWN_PATH, "path: nothing is here")


def opted_out(request: Request, settings: Settings) -> bool:
    """By cookie, or by the browser's own signal where that is honoured: then nothing is stored at all."""
    if request.cookies.get(settings.opt_out_cookie, "") not in ("", "0", "false"):
        return True
    signals = (request.headers.get("sec-gpc"), request.headers.get("dnt"))
    return settings.gpc == "honour" and "1" in signals


def holds_event(request: Request) -> bool:
    """Whether a request that went astray looks like an event, and not like a scanner's knock at the door."""
    names = (piece.partition("=")[0] for piece in request.query.split("&"))
    return "si" in names or request.body != b""
