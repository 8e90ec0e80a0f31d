"""A deployment whose services misbehave as told, its client, and what came to lie where.

The real handlers, wiring and botocore against moto; a fault is what botocore sees before a request would be sent: an
answer of the service's own form, a time-out, or the end of the function. Time is nobody's: whoever waits moves it.
"""

import base64
import contextlib
import io
import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any, Literal
from unittest.mock import patch

import botocore.session
from botocore.awsrequest import AWSResponse
from moto import mock_aws
from moto.core.models import botocore_stubber

from lambdas.collect import handler as collect
from lambdas.collect import wiring as collect_wiring
from lambdas.common import aws
from lambdas.common.env import dump
from lambdas.rebuild import handler as rebuild
from lambdas.rebuild.settings import Settings as RebuildSettings
from lambdas.state import codec
from lambdas.state import handler as state
from lambdas.state import wiring as state_wiring
from lambdas.state.decode import decode
from lambdas.state.settings import Settings as StateSettings
from tests.builders import batch, eid, post_batch, settings
from tests.fakes import FakeClock
from tests.flow.acts import Act, Call, KilledError
from tests.flow.conftest import Cloud

SinkName = Literal["firehose", "kinesis"]
# What takes the lines, by sink.
PUT = {"firehose": ("firehose", "PutRecordBatch"), "kinesis": ("kinesis", "PutRecords")}
MOST_TRIES = 30


@dataclass
class Seen:
    """What a client was told: a status for each try, and what became of it in the end."""

    statuses: list[str] = field(default_factory=list)

    def text(self) -> str:
        parts: list[str] = []
        for status in dict.fromkeys(self.statuses):
            times = self.statuses.count(status)
            parts.append(status if times == 1 else f"{status} ×{times}")
        return ", then ".join(parts)


class World:
    """One deployment of `sink`; `sent` are the eids that clients sent, by how many events each request counts."""

    def __init__(self, sink: SinkName, clock: FakeClock) -> None:
        self.sink: SinkName = sink
        self.clock = clock
        self.cloud = Cloud()
        self.lock = threading.RLock()
        self.seen = Seen()
        self.sent: set[str] = set()
        self.deliveries = 0
        self.queue_deliveries = 0
        self._acts: dict[tuple[str, str], list[Act | None]] = {}
        self._until: dict[tuple[str, str], tuple[float, Act]] = {}

    def fault(self, service: str, operation: str, *acts: Act | None) -> None:
        """The next calls go so, None letting one through; those after them well."""
        self._acts.setdefault((service, operation), []).extend(acts)

    def fault_for(self, seconds: float, service: str, operation: str, act: Act) -> None:
        """Every call goes so for a time."""
        self._until[service, operation] = (self.clock.seconds() + seconds, act)

    def before_send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        _, service, operation = event_name.split(".")
        call = Call(self, event_name, request)
        until, act = self._until.get((service, operation), (0.0, None))
        if act and self.clock.seconds() < until:
            return act(call) or call.forward()
        acts = self._acts.get((service, operation))
        chosen = acts.pop(0) if acts else None
        answer = chosen(call) if chosen else None
        return answer or call.forward()

    def send(self, *events: dict[str, Any], again: bool = True, **shared: Any) -> None:
        """A client that keeps its events until they are stored, as the tracker does; or tries once, as a pixel."""
        request = self.request(*events, **shared)
        for _ in range(MOST_TRIES if again else 1):
            try:
                answer = quiet(collect.handler, request, None)
            except KilledError:
                self.seen.statuses.append("no answer")
                collect.collector.cache_clear()  # another machine takes the next
                self.clock.pass_(1)
                continue
            self.seen.statuses.append(str(answer["statusCode"]))
            if answer["statusCode"] == 200:
                return
            self.clock.pass_(int(answer["headers"]["retry-after"]))
        assert not again, "never stored"

    def request(self, *events: dict[str, Any], **shared: Any) -> dict[str, Any]:
        """The HTTP request; each event counts one, and is known to be sent."""
        numbered = []
        for event in events:
            number = len(self.sent) + 1
            self.sent.add(eid(number))
            numbered.append({"eid": eid(number), "name": "step", "props": {"n": "k[+1]"}, **event})
        body = batch(*numbered, **{"uid": "u1", "sid": "s1", **shared})
        # As a browser writes it: Python would write an exponent's plus sign here already, and not only in the line.
        return post_batch(body.replace(", 1e+300", ",1e300"))

    def deliver(self) -> None:
        """What waits for the state function comes to it, and what is not done again until it is."""
        if self.sink == "kinesis":
            self.deliveries += self._deliver(self.stream_batch(), ordered=True)
        self.queue_deliveries += self._deliver(self.cloud.queued()["Records"], ordered=False)

    def _deliver(self, records: list[dict[str, Any]], *, ordered: bool) -> int:
        for tries in range(MOST_TRIES):
            if not records:
                return tries
            try:
                failures = quiet(state.handler, {"Records": records}, None)["batchItemFailures"]
                names = [failure["itemIdentifier"] for failure in failures]
            except KilledError:
                state.store.cache_clear()
                names = [_name(records[0])]
            # A stream's batch begins again where it failed; of the queue the messages that failed come again.
            first = next((place for place, record in enumerate(records) if _name(record) in names), len(records))
            records = [r for r in records[first:] if ordered or _name(r) in names]
            self.clock.pass_(1)
        raise AssertionError("never folded")

    def stream_batch(self) -> list[dict[str, Any]]:
        """All that is in the stream, as the state function gets it."""
        return [_delivered(record) for record in self.cloud.records()]

    def rebuild(self) -> None:
        """`make rebuild-state`, once Firehose has delivered what the stream holds."""
        if self.sink == "kinesis":
            data = b"".join(record["Data"] for record in self.cloud.records())
            self.cloud.s3.put_object(Bucket="lake", Key="raw/dt=2026-01-02/hour=03/delivery", Body=data)
        keys = [{"Key": key} for key in self.cloud.object_keys("raw/")]
        self.clock.pass_(60)  # when what was wrong is over
        quiet(rebuild.handler, {"Items": keys, "BatchInput": {"run": "run"}}, None)

    def raw(self) -> tuple[Counter[str], Counter[str]]:
        """How often each event lies where: in the stream or what Firehose delivered, and straight in S3."""
        streamed, direct = Counter[str](), Counter[str]()
        for record in self.cloud.records() if self.sink == "kinesis" else []:
            streamed.update(event.eid for event in decode(_delivered(record)).events)
        for key in self.cloud.object_keys("raw/"):
            (direct if "/fallback-" in key else streamed).update(line["eid"] for line in self.cloud.lines(key))
        return streamed, direct

    def truncated(self) -> bool:
        """Whether a record says that something was left out of it."""
        return any(json.loads(codec.text_of(item)).get("truncated") for item in self.cloud.items().values())

    def counted(self) -> int:
        """How many events session and user records have counted, both."""
        sums: Counter[str] = Counter()
        for pk, item in self.cloud.items().items():
            count = json.loads(codec.text_of(item)).get("counters", {}).get("n", {}).get("k", "0")
            sums[pk.split("#")[0]] += int(count)
        return min(sums["user"], sums["session"])


@contextlib.contextmanager
def world(sink: SinkName) -> Iterator[World]:
    """A new deployment, in this process and nowhere else."""
    clock = FakeClock()
    given = {
        **{"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"},
        **dump(RebuildSettings("test", "lake", "raw/", "rebuild/", "state")),
        **dump(StateSettings(stage="test", table="state")),
        **dump(settings(state_table="state") if sink == "firehose" else settings(sink="kinesis", stream_name="stream")),
    }
    time = SimpleNamespace(monotonic=clock.seconds, sleep=clock.sleep, time_ns=lambda: clock.now * 1_000_000)
    chance = SimpleNamespace(random=lambda: 1.0)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, {**kept, **given}, clear=True))
        stack.enter_context(mock_aws())
        for module in (collect_wiring, state_wiring, rebuild):
            stack.enter_context(patch.object(module, "time", time))
            stack.enter_context(patch.object(module, "random", chance))
        it = World(sink, clock)
        by_sink = {
            "firehose": settings(state_table="state", later_queue=it.cloud.queue_url),
            "kinesis": settings(sink="kinesis", stream_name="stream", later_queue=it.cloud.queue_url),
        }
        os.environ.update(dump(by_sink[sink]))
        # The services' descriptions are read once, not for each of a hundred deployments.
        stack.enter_context(patch.object(botocore.session, "get_session", _session))
        make = aws.client

        def client(service: str) -> Any:
            made = make(service)
            # All handlers of this moment are asked: moto's own would act in spite of a fault.
            made.meta.events.unregister("before-send", botocore_stubber)
            made.meta.events.register_first("before-send", it.before_send)
            return made

        stack.enter_context(patch.object(aws, "client", client))
        for cached in (collect.collector, state.store, rebuild.wired):
            cached.cache_clear()
            stack.callback(cached.cache_clear)
        yield it


def quiet(handler: Callable[..., Any], *given: Any) -> Any:
    """Without the metrics that a function prints."""
    with contextlib.redirect_stdout(io.StringIO()):
        return handler(*given)


_session = cache(botocore.session.get_session)


def _delivered(record: dict[str, Any]) -> dict[str, Any]:
    data = base64.b64encode(record["Data"]).decode()
    return {"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": record["SequenceNumber"], "data": data}}


def _name(record: dict[str, Any]) -> str:
    return str(record.get("messageId") or record["kinesis"]["sequenceNumber"])
