"""Every fault that must lose nothing: what is sent, and what goes wrong meanwhile."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from lambdas.collect import handler as collect
from lambdas.collect import wiring as collect_wiring
from lambdas.state import handler as state
from tests.flow.acts import after, busy, hang, kill, refuse, refuse_some
from tests.flow.world import PUT, SinkName, World, quiet

THROTTLED = refuse("ServiceUnavailableException", 503)
EVENT: dict[str, object] = {}
# One request of three events.
THREE = (EVENT, EVENT, EVENT)


@dataclass(frozen=True)
class Fault:
    title: str
    sink: SinkName
    run: Callable[[World], None]

    @property
    def id(self) -> str:
        return f"{self.title}, {self.sink}"


FAULTS: list[Fault] = []
BOTH: tuple[SinkName, ...] = ("firehose", "kinesis")


def fault(title: str, *sinks: SinkName) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    def add(run: Callable[[World], None]) -> Callable[[World], None]:
        FAULTS.extend(Fault(title, sink, run) for sink in sinks or BOTH)
        return run

    return add


@fault("nothing")
def nothing(it: World) -> None:
    it.send(*THREE)


@fault("the stream throttles, twice")
def throttled(it: World) -> None:
    it.fault(*PUT[it.sink], THROTTLED, THROTTLED)
    it.send(*THREE)


@fault("the stream refuses some records of a call, once")
def partial_once(it: World) -> None:
    it.fault(*PUT[it.sink], refuse_some(1))
    large(it)


@fault("the stream refuses some records for good")
def partial_for_good(it: World) -> None:
    it.fault(*PUT[it.sink], refuse_some(1), *[refuse_some(0)] * 9)
    large(it)


@fault("the stream does not answer")
def time_out(it: World) -> None:
    it.fault_for(60, *PUT[it.sink], hang)
    it.send(*THREE)


@fault("the stream takes it and does not answer")
def time_out_after(it: World) -> None:
    it.fault(*PUT[it.sink], after(hang))
    it.send(*THREE)


@fault("the stream refuses for 30 s")
def refused(it: World) -> None:
    it.fault_for(30, *PUT[it.sink], THROTTLED)
    it.send(EVENT)
    it.clock.pass_(15)
    it.send(EVENT)
    it.clock.pass_(15)
    it.send(EVENT)


@fault("the stream refuses, and S3 for 30 s")
def all_refuse(it: World) -> None:
    it.fault_for(30, *PUT[it.sink], THROTTLED)
    it.fault_for(30, "s3", "PutObject", refuse("SlowDown", 503))
    it.send(*THREE)


@fault("the stream and S3 do not answer for 30 s")
def all_hang(it: World) -> None:
    it.fault_for(30, *PUT[it.sink], hang)
    it.fault_for(30, "s3", "PutObject", hang)
    it.send(*THREE)


@fault("S3 is down")
def s3_down(it: World) -> None:
    it.fault_for(60, "s3", "PutObject", refuse("InternalError", 500))
    it.send(*THREE)


@fault("a record too large for the stream")
def too_large(it: World) -> None:
    # Numbers grow as they are written again: 1e300 is 1e+300 in a raw line.
    it.send({"props": {"n": "k[+1]", "large": [1e300] * 165_000}})


@fault("DynamoDB throttles, twice")
def table_throttled(it: World) -> None:
    it.fault("dynamodb", "BatchGetItem", refuse("ThrottlingException"))
    it.fault("dynamodb", "PutItem", None, refuse("ProvisionedThroughputExceededException"))
    it.send(*THREE)


@fault("DynamoDB is down for 30 s")
def table_down(it: World) -> None:
    for operation in ("BatchGetItem", "PutItem"):
        it.fault_for(30, "dynamodb", operation, refuse("InternalServerError", 500))
    it.send(*THREE)


@fault("DynamoDB does not answer for 30 s")
def table_hangs(it: World) -> None:
    for operation in ("BatchGetItem", "PutItem"):
        it.fault_for(30, "dynamodb", operation, hang)
    it.send(*THREE)


@fault("DynamoDB and the queue are down for 30 s", "firehose")
def table_and_queue_down(it: World) -> None:
    it.fault_for(30, "sqs", "SendMessage", refuse("ServiceUnavailable", 503))
    table_down(it)


@fault("one visitor sends 2,000 events a second, and an item takes 20 writes a second")
def hot(it: World) -> None:
    """A moment of it: 60 requests of five events each."""
    it.fault_for(3_600, "dynamodb", "PutItem", busy(20))
    for _ in range(60):
        it.send(*[EVENT] * 5)
        it.clock.pass_(0.0025)


@fault("DynamoDB writes and does not answer")
def table_writes_and_hangs(it: World) -> None:
    it.fault("dynamodb", "PutItem", after(hang), after(hang))
    it.send(*THREE)


@fault("somebody else writes the record in between", "firehose")
def conflict(it: World) -> None:
    """A request of the same visitor, taken by another function, between this one's read and its write."""
    it.send(EVENT)
    other = collect_wiring.collector(os.environ)

    def meanwhile(_: object) -> None:
        quiet(collect.answer, other, it.request(EVENT))

    it.fault("dynamodb", "PutItem", meanwhile)
    it.send(EVENT)


@fault("the stream's batch is delivered twice at once", "kinesis")
def conflict_of_batches(it: World) -> None:
    it.send(*THREE)

    def meanwhile(_: object) -> None:
        assert quiet(state.handler, {"Records": it.stream_batch()}, None) == {"batchItemFailures": []}

    it.fault("dynamodb", "PutItem", meanwhile)


@fault("DynamoDB never takes a record")
def table_refuses(it: World) -> None:
    it.fault("dynamodb", "PutItem", None, refuse("ValidationException"))
    it.send(*THREE)


@fault("an item too large for DynamoDB")
def item_too_large(it: World) -> None:
    """20 properties of 30 KB."""
    for number in range(20):
        it.send({"props": {"n": "k[+1]", f"p{number}": "x" * 30_000}})


@fault("the collector is killed after the stream took it")
def killed_before_state(it: World) -> None:
    it.fault(*PUT[it.sink], after(kill))
    it.send(*THREE)


@fault("the same, and the client does not try again", "firehose")
def killed_and_left(it: World) -> None:
    it.fault(*PUT[it.sink], after(kill))
    it.send(*THREE, again=False)


@fault("the collector is killed before it answers", "firehose")
def killed_before_answer(it: World) -> None:
    it.fault("dynamodb", "PutItem", None, after(kill))
    it.send(*THREE)


@fault("the state function is killed between two records", "kinesis")
def state_killed(it: World) -> None:
    it.send(*THREE)
    it.fault("dynamodb", "PutItem", after(kill))


@fault("the stream's batch is delivered twice", "kinesis")
def delivered_twice(it: World) -> None:
    it.send(*THREE)
    it.deliver()


@fault("a poison record in the stream's batch", "kinesis")
def poison(it: World) -> None:
    it.send(EVENT)
    for data in (b"\xff\xfe not a line \x00\n", b"[]\n" * 3):
        it.cloud.kinesis.put_record(StreamName="stream", PartitionKey="p", Data=data)
    it.send(EVENT)


@fault("the server's clock goes back an hour")
def clock_back(it: World) -> None:
    it.send(EVENT)
    it.clock.pass_(-3_600)
    it.send(EVENT, EVENT)


@fault("the same batch twice at once")
def at_once(it: World) -> None:
    """Two functions have read before either writes."""
    both = threading.Barrier(2, timeout=20)

    def meet(_: object) -> None:
        both.wait()

    if it.sink == "firehose":
        it.fault("dynamodb", "PutItem", meet, meet)
    else:
        it.fault(*PUT[it.sink], meet, meet)
    request = it.request(*THREE)
    collectors = [collect_wiring.collector(os.environ) for _ in range(2)]
    answers: list[str] = []

    def take(number: int) -> None:
        answers.append(str(collect.answer(collectors[number], request)["statusCode"]))

    threads = [threading.Thread(target=take, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    it.seen.statuses += answers


def large(it: World) -> None:
    """A request that is several records: by their size for Firehose, by their visitors for Kinesis."""
    props = {"n": "k[+1]", "large": [1e300] * 50_000}
    it.send(*({"uid": f"u{number}", "sid": f"s{number}", "props": props} for number in range(3)))
