"""What collecting costs over the least that could be done: the same transport for both, side by side in one run.

.venv/bin/python -m bench.collect [--rounds 400] [--starts 15]

CPU: the real handler against one that parses the JSON and puts it with boto3. Both serialise and sign; what the
service would answer is given before anything is sent, so that sockets and TLS are in neither. Their requests
alternate, so that the machine's moods fall on both.

Cold start: a fresh interpreter that imports the handler and makes its clients, against one that imports boto3
and makes the same clients, in pairs.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.awsrequest import AWSResponse
from rich.console import Console
from rich.table import Table

ROOT: Final = Path(__file__).resolve().parent.parent
WARM: Final = 40
SINKS: Final = ("firehose", "kinesis")
Handler = Callable[[dict[str, Any], None], dict[str, Any]]

# What the services answer when all is well; the state table is empty.
ANSWERS: Final[Mapping[str, dict[str, Any]]] = {
    "PutRecordBatch": {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"}]},
    "PutRecords": {"FailedRecordCount": 0, "Records": [{"SequenceNumber": "1", "ShardId": "1"}]},
    "PutRecord": {"RecordId": "1", "SequenceNumber": "1", "ShardId": "1"},
    "BatchGetItem": {"Responses": {"state": []}, "UnprocessedKeys": {}},
    "PutItem": {},
}


def environment(sink: str) -> dict[str, str]:
    """As infra sets it: state is folded by the handler with Firehose, by the stream's own function with Kinesis."""
    return {
        "STAGE": "bench",
        "SINK": sink,
        "STREAM_NAME": "raw",
        "BAD_STREAM_NAME": "bad",
        "RAW_BUCKET": "raw",
        "STATE_TABLE": "state" if sink == "firehose" else "",
        "POWERTOOLS_METRICS_NAMESPACE": "Penstock",
        "POWERTOOLS_SERVICE_NAME": "collect",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Any:
        yield self._content


def answered(client: Any) -> Any:
    """The client, its requests answered in place of being sent."""

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
        body = json.dumps(ANSWERS[event_name.rpartition(".")[2]]).encode()
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.1"}, _Body(body))

    client.meta.events.register_first("before-send", answer)
    return client


def request(events: int) -> dict[str, Any]:
    """One batch of the tracker's, from a visitor of its own, as API Gateway hands it over."""
    now = time.time_ns() // 1_000_000
    batch = {
        "sent_at": now,
        "si": "shop.example",
        "uid": str(uuid.uuid4()),
        "sid": str(uuid.uuid4()),
        "user": {"plan": "regular"},
        "page": {
            "url": "https://shop.example/tea/slow-river?utm_source=letter",
            "path": "/tea/slow-river",
            "title": "Slow River · Weir & Leaf",
            "referrer": "https://shop.example/",
        },
        "campaign": {},
        "device": {"lang": "en-GB", "tz": "Europe/London", "screen": "1440x900", "viewport": "1400x800"},
        "src": {"lib": "penstock", "ver": "0.1.0"},
        "flags": [],
        "events": [
            {
                "eid": str(uuid.uuid4()),
                "name": "add_to_cart",
                "created_at": now - 1000 + number,
                "seq": number,
                "props": {"item_id": "slow-river", "name": "Slow River", "price": 19, "quantity": 2, "currency": "EUR"},
            }
            for number in range(events)
        ],
    }
    return {
        "version": "2.0",
        "rawPath": "/e",
        "rawQueryString": "",
        "headers": {
            "content-type": "text/plain;charset=UTF-8",
            "origin": "https://shop.example",
            "user-agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36",
            "cloudfront-viewer-country": "GB",
        },
        "requestContext": {"http": {"method": "POST", "path": "/e", "sourceIp": "203.0.113.9"}},
        "body": json.dumps(batch, ensure_ascii=False),
        "isBase64Encoded": False,
    }


def bare(sink: str, *, state: bool) -> Handler:
    """Parse, put, answer; `state` adds the calls that two records cost: one read of both, a write of each."""
    client = answered(boto3.client(sink))
    dynamodb = answered(boto3.client("dynamodb"))

    def handler(event: dict[str, Any], _: None) -> dict[str, Any]:
        batch = json.loads(event["body"])
        shared = {name: value for name, value in batch.items() if name != "events"}
        lines = "".join(json.dumps({**shared, **one}) + "\n" for one in batch["events"]).encode()
        if sink == "kinesis":
            client.put_record(StreamName="raw", Data=lines, PartitionKey=shared["uid"])
        else:
            client.put_record(DeliveryStreamName="raw", Record={"Data": lines})
        if state:
            keys = [{"pk": {"S": f"{kind}#{shared['si']}#{shared['uid']}"}} for kind in ("session", "user")]
            dynamodb.batch_get_item(RequestItems={"state": {"Keys": keys, "ConsistentRead": False}})
            for key in keys:
                dynamodb.put_item(TableName="state", Item={**key, "doc": {"S": json.dumps(batch["events"][-1])}})
        return {"statusCode": 200, "body": json.dumps({"accepted": len(batch["events"])})}

    return handler


def collect(sink: str, *, state: bool) -> Handler:
    """The real handler with real wiring; without `state` the folding is left out, to tell its share."""
    os.environ |= environment(sink) | ({} if state else {"STATE_TABLE": ""})
    from lambdas.collect import handler, wiring
    from lambdas.common import aws

    make = aws.client
    aws.client = lambda service: answered(make(service))
    try:
        it = wiring.collector(os.environ)
    finally:
        aws.client = make

    def with_its_own(event: dict[str, Any], context: None) -> dict[str, Any]:
        handler.collector = lambda: it  # several stand side by side here; in Lambda there is one
        answer: dict[str, Any] = handler.handler(event, context)
        return answer

    return with_its_own


def cpu(handlers: Mapping[str, Handler], events: int, rounds: int) -> dict[str, float]:
    """Median milliseconds of CPU by handler; each answers every request, in turn."""
    spent: dict[str, list[float]] = {name: [] for name in handlers}
    for _ in range(rounds + WARM):
        given = request(events)
        for name, handler in handlers.items():
            with contextlib.redirect_stdout(io.StringIO()):  # the line of metrics, which Lambda writes to a log
                started = time.process_time_ns()
                answer = handler(given, None)
                spent[name].append((time.process_time_ns() - started) / 1e6)
            if answer["statusCode"] != 200:
                raise RuntimeError(f"{name}: {answer}")
    return {name: statistics.median(times[WARM:]) for name, times in spent.items()}


def start(code: str, environ: Mapping[str, str]) -> float:
    """Milliseconds that a fresh interpreter needs for `code`, its own start not counted."""
    timed = f"import time; _begun = time.perf_counter(); {code}; print((time.perf_counter() - _begun) * 1e3)"
    done = subprocess.run(
        [sys.executable, "-c", timed],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])


def starts(sink: str, rounds: int) -> tuple[float, float, float]:
    """Median milliseconds of boto3 with its clients, of the handler, and the median ratio of the pairs."""
    clients = ("firehose", "dynamodb") if sink == "firehose" else ("firehose", "kinesis")
    made = "; ".join(f"boto3.client({client!r})" for client in clients)
    environ = {**environment(sink), "AWS_LAMBDA_FUNCTION_NAME": "bench"}  # then the clients are made on import
    pairs = [
        (start(f"import boto3; {made}", environ), start("import lambdas.collect.handler", environ))
        for _ in range(rounds + 1)
    ][1:]  # the first writes the byte code
    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    return statistics.median(theirs for theirs, _ in pairs), statistics.median(ours for _, ours in pairs), ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=400, help="requests measured of each kind")
    parser.add_argument("--starts", type=int, default=15, help="pairs of fresh interpreters")
    options = parser.parse_args()
    os.environ |= environment("firehose")
    console = Console()

    # Each of ours stands below what it is measured against.
    handlers = {
        "bare, firehose": bare("firehose", state=False),
        "collect, firehose, state left out": collect("firehose", state=False),
        "bare, kinesis": bare("kinesis", state=False),
        "collect, kinesis": collect("kinesis", state=False),
        "bare, firehose, 3 calls for state": bare("firehose", state=True),
        "collect, firehose": collect("firehose", state=True),
    }
    measured = {events: cpu(handlers, events, options.rounds) for events in (1, 10)}
    table = Table("handler, CPU ms a request", title="Warm", title_justify="left")
    for column in ("1 event", "ratio", "10 events", "ratio"):
        table.add_column(column, justify="right")
    least = ""
    for name in handlers:
        least = name if name.startswith("bare") else least
        cells: list[str] = []
        for events in (1, 10):
            ratio = measured[events][name] / measured[events][least]
            cells += [f"{measured[events][name]:.2f}", "" if name == least else f"{ratio:.2f}"]
        table.add_row(name, *cells, end_section=name != least)
    console.print(table)

    table = Table("sink", title="Cold: import and clients, ms", title_justify="left")
    for column in ("boto3 + same clients", "lambdas.collect.handler", "ratio"):
        table.add_column(column, justify="right")
    for sink in SINKS:
        theirs, ours, ratio = starts(sink, options.starts)
        table.add_row(sink, f"{theirs:.0f}", f"{ours:.0f}", f"{ratio:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
