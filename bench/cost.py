"""The bill of a month, by component: prices.toml, what the real code sends, and a little arithmetic.

`python -m bench.cost` prints it (docs/reference/cost.md keeps it).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bench.prices import charge, steps
from bench.state_writes import Units, ordinary
from bench.traffic import visitor

Bill = dict[str, float]
GB = 1e9
MIB = 1024 * 1024


@dataclass(frozen=True)
class Measured:
    """One request of `events` events, on average over a visitor's: bytes, and DynamoDB's units."""

    events: int
    body_bytes: float
    line_bytes: float
    # All of one visitor's requests, and the bytes of the records they leave.
    state: Units
    item_bytes: float

    @property
    def writes(self) -> float:
        return self.state.per_request(self.state.writes)

    @property
    def read_units(self) -> float:
        return self.state.per_request(self.state.read_units)

    def write_units(self, design: "Design") -> float:
        return self.state.per_request(self.state.as_one_item() if design.one_item else self.state.write_units)


@dataclass(frozen=True)
class Design:
    """What is deployed, or could be: the defaults are the stacks as they are."""

    sink: Literal["firehose", "kinesis", "provisioned"] = "firehose"
    cloudfront: bool = True
    http_api: bool = True  # else a function URL, which costs nothing itself
    one_item: bool = False  # session and user in one
    coalesced: float = 1.0  # requests of one visitor in one batch of the stream's reader


def measure(events: int, assumed: Mapping[str, Any]) -> Measured:
    """By the real parser, enrichments, line format, store and metrics."""
    visits, requests = assumed["visits_a_visitor"], assumed["requests_a_visit"]
    sent = list(visitor(1, visits, requests, events))
    units = ordinary(events, visits, requests)
    session, user = units.records[-1]
    return Measured(
        events=events,
        body_bytes=sum(request.body_bytes for request in sent) / len(sent),
        line_bytes=sum(request.line_bytes for request in sent) / len(sent),
        state=units,
        item_bytes=user + visits * session,
    )


def bill(prices: Mapping[str, Any], measured: Measured, design: Design, per_second: float) -> Bill:
    """Dollars a month at `per_second` requests a second, round the clock."""
    assumed = prices["assumed"]
    requests = per_second * assumed["hours_a_month"] * 3600
    parts: Bill = {}
    if design.cloudfront:
        parts |= _cloudfront(prices, measured, requests)
    if design.http_api:
        size = measured.body_bytes + assumed["request_header_bytes"]
        billed = requests * steps(size, prices["http_api"]["step_bytes"])
        parts["API Gateway"] = charge(prices["http_api"]["request"], billed)
    parts["Lambda, collect"] = _lambda(
        prices, requests, collect_ms(assumed, measured, design), assumed["collect_memory_mb"]
    )
    if design.sink != "firehose":
        parts["Kinesis"] = _kinesis(prices, measured, design, per_second)
        parts["Lambda, state"] = _state_lambda(prices, measured, design, per_second)
    record = steps(measured.line_bytes, prices["firehose"]["step_bytes"]) * prices["firehose"]["step_bytes"]
    parts["Firehose"] = charge(prices["firehose"]["gb"], requests * record / GB)
    parts |= _dynamodb(prices, measured, design, requests)
    parts |= _s3(prices, requests * measured.line_bytes, assumed)
    polls = assumed["queue_polls"] * assumed["hours_a_month"] * 3600 / assumed["queue_poll_seconds"]
    parts["SQS"] = charge(prices["sqs"]["request"], polls)
    parts["CloudWatch"] = _cloudwatch(prices, design)
    return parts


def collect_ms(assumed: Mapping[str, Any], measured: Measured, design: Design) -> float:
    """How long the collector takes: its CPU at the share of a core it has, and its calls one after the other."""
    if design.sink != "firehose":
        calls, waits = 1.0, assumed["kinesis_put_ms"]
    else:
        writes = 1.0 if design.one_item else measured.writes
        calls = 2 + writes
        waits = assumed["firehose_put_ms"] + assumed["dynamodb_read_ms"] + writes * assumed["dynamodb_write_ms"]
    cpu = assumed["cpu_ms_a_request"] + calls * assumed["cpu_ms_a_call"] + measured.events * assumed["cpu_ms_an_event"]
    return _stretched(assumed, cpu, assumed["collect_memory_mb"]) + float(waits)


def shards(prices: Mapping[str, Any], measured: Measured, per_second: float) -> int:
    """Each takes 1,000 records or 1 MiB a second."""
    return max(1, math.ceil(per_second / 1000), math.ceil(per_second * measured.line_bytes / MIB))


def swa(prices: Mapping[str, Any], events_per_second: float) -> float:
    """serverless-website-analytics' ingestion by the same prices: each event a request; no queries."""
    peer, assumed = prices["peer"]["swa"], prices["assumed"]
    events = events_per_second * assumed["hours_a_month"] * 3600
    seconds = events * peer["memory_mb"] / 1024 * peer["duration_ms"] / 1000
    record = steps(peer["line_bytes"], prices["firehose"]["step_bytes"]) * prices["firehose"]["step_bytes"]
    logged = peer["logged_bytes"] + peer["logged_lines"] * prices["cloudwatch"]["log_line_bytes"]
    return (
        charge(prices["cloudfront"]["https_request"], events)
        + events * (peer["line_bytes"] + assumed["request_header_bytes"]) / GB * prices["cloudfront"]["to_origin_gb"]
        + charge(prices["cloudfront"]["out_gb"], events * assumed["answer_bytes"] / GB)
        + events * prices["lambda"]["request"]
        + charge(prices["lambda"]["x86_gb_second"], seconds)
        + charge(prices["firehose"]["gb"], events * record / GB)
        + events * record / GB * prices["firehose"]["format_conversion_gb"]
        + events * peer["line_bytes"] / GB * prices["firehose"]["dynamic_partitioning_gb"]
        + events * logged / GB * prices["cloudwatch"]["log_gb"]
    )


def clickstream(prices: Mapping[str, Any], column: str, per_second: float) -> float:
    """AWS Clickstream's published bill, between its rows in proportion, above them by its last row's rate."""
    peer = prices["peer"]["clickstream"]
    rates, dollars = peer["requests_per_second"], peer[column]
    if per_second <= rates[0]:
        return float(dollars[0])
    if per_second >= rates[-1]:
        return float(dollars[-1] * per_second / rates[-1])
    above = next(index for index, rate in enumerate(rates) if rate >= per_second)
    share = (per_second - rates[above - 1]) / (rates[above] - rates[above - 1])
    return float(dollars[above - 1] + share * (dollars[above] - dollars[above - 1]))


def _cloudfront(prices: Mapping[str, Any], measured: Measured, requests: float) -> Bill:
    assumed, price = prices["assumed"], prices["cloudfront"]
    body = measured.body_bytes + assumed["request_header_bytes"]
    return {
        "CloudFront, requests": charge(price["https_request"], requests),
        "CloudFront, bytes": requests * body / GB * price["to_origin_gb"]
        + charge(price["out_gb"], requests * assumed["answer_bytes"] / GB),
    }


def _lambda(prices: Mapping[str, Any], invocations: float, milliseconds: float, memory_mb: float) -> float:
    gb_seconds = invocations * milliseconds / 1000 * memory_mb / 1024
    return invocations * prices["lambda"]["request"] + charge(prices["lambda"]["arm64_gb_second"], gb_seconds)


def _kinesis(prices: Mapping[str, Any], measured: Measured, design: Design, per_second: float) -> float:
    """Two readers, Firehose and the state function; the request is one record, its visitor's."""
    price, hours = prices["kinesis"], prices["assumed"]["hours_a_month"]
    requests = per_second * hours * 3600
    if design.sink == "provisioned":
        units = requests * steps(measured.line_bytes, price["put_unit_bytes"])
        return shards(prices, measured, per_second) * hours * price["shard_hour"] + units * price["put_unit"]
    taken = requests * steps(measured.line_bytes, price["step_bytes"]) * price["step_bytes"] / GB
    read = 2 * requests * measured.line_bytes / GB
    return hours * price["stream_hour"] + taken * price["in_gb"] + read * price["out_gb"]


def _state_lambda(prices: Mapping[str, Any], measured: Measured, design: Design, per_second: float) -> float:
    assumed = prices["assumed"]
    if not per_second:
        return 0.0
    least = 1 if design.sink == "provisioned" else assumed["least_shards"]
    readers = assumed["batches_a_shard"] * max(least, shards(prices, measured, per_second))
    a_second = max(min(per_second, readers / assumed["batch_seconds"]), per_second / assumed["batch_records"])
    records = per_second / a_second
    touched = records * measured.writes / design.coalesced
    reads = -(-touched // 100)
    cpu = records * measured.events * assumed["cpu_ms_an_event"] + (touched + reads) * assumed["cpu_ms_a_call"]
    writers = min(assumed["store_writers"], touched)
    waits = reads * assumed["dynamodb_read_ms"] + touched / writers * assumed["dynamodb_write_ms"]
    invocations = a_second * assumed["hours_a_month"] * 3600
    memory = assumed["state_memory_mb"]
    return _lambda(prices, invocations, _stretched(assumed, cpu, memory) + waits, memory)


def _dynamodb(prices: Mapping[str, Any], measured: Measured, design: Design, requests: float) -> Bill:
    price, assumed = prices["dynamodb"], prices["assumed"]
    applied = requests / (design.coalesced if design.sink != "firehose" else 1.0)
    written = measured.write_units(design)
    read = measured.read_units * (0.5 if design.one_item else 1.0)
    visitors = requests * assumed["state_months"] / measured.state.requests
    return {
        "DynamoDB, writes": applied * written * price["write_unit"],
        "DynamoDB, reads": applied * read * price["read_unit"],
        "DynamoDB, storage": charge(price["storage_gb"], visitors * measured.item_bytes / GB),
    }


def _s3(prices: Mapping[str, Any], line_bytes: float, assumed: Mapping[str, Any]) -> Bill:
    """`line_bytes` a month; storage as it is once a year's lines are there."""
    objects = max(assumed["hours_a_month"] * 3600 / assumed["delivery_seconds"], line_bytes / assumed["delivery_bytes"])
    stored = line_bytes * assumed["gzip_share"] * assumed["storage_months"] / GB
    return {
        "S3, writes": objects * prices["s3"]["put"] if line_bytes else 0.0,
        "S3, a year's lines": charge(prices["s3"]["storage_gb"], stored),
    }


def _cloudwatch(prices: Mapping[str, Any], design: Design) -> float:
    """A request that goes well prints nothing and counts nothing of its own."""
    price, assumed = prices["cloudwatch"], prices["assumed"]
    alarms = assumed["alarm_metrics_firehose" if design.sink == "firehose" else "alarm_metrics_kinesis"]
    return charge(price["alarm_metric"], alarms) + charge(price["dashboard"], assumed["dashboards"])


def _stretched(assumed: Mapping[str, Any], cpu_ms: float, memory_mb: float) -> float:
    """CPU milliseconds as they pass on a part of a core."""
    return float(cpu_ms * max(1.0, assumed["lambda_mb_a_core"] / memory_mb))


if __name__ == "__main__":
    from bench.cost_report import main

    main()
