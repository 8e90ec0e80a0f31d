"""The arithmetic of the bill, against bills made by hand, and the page that keeps them."""

from dataclasses import replace
from typing import Any

import pytest

from bench import prices
from bench.cost import Design, Measured, bill, clickstream, collect_ms, measure, shards, swa
from bench.cost_report import DOC, Report
from bench.prices import charge, steps
from bench.state_writes import Units

# A month of 1,000 seconds.
PRICES: dict[str, Any] = {
    "cloudfront": {"https_request": [[500, 0.0], [float("inf"), 0.01]], "to_origin_gb": 2e6, "out_gb": [[1e9, 1e6]]},
    "http_api": {"request": [[1_000, 0.01], [float("inf"), 0.005]], "step_bytes": 1_000},
    "lambda": {"request": 0.001, "arm64_gb_second": 0.1, "x86_gb_second": 0.1},
    "firehose": {"gb": 1e6, "step_bytes": 5_000, "format_conversion_gb": 1e6, "dynamic_partitioning_gb": 1e6},
    "kinesis": {
        **{"stream_hour": 3.0, "in_gb": 1e6, "out_gb": 1e6, "step_bytes": 1_000},
        **{"shard_hour": 7.0, "put_unit": 0.01, "put_unit_bytes": 2_000},
    },
    "dynamodb": {"write_unit": 0.1, "read_unit": 0.01, "storage_gb": 1e6},
    "s3": {"put": 0.5, "storage_gb": 1e6},
    "sqs": {"request": 0.01},
    "cloudwatch": {"log_gb": 1e6, "log_line_bytes": 26, "metric": 1.0, "alarm_metric": 0.1, "dashboard": 3.0},
    "assumed": {
        **{"hours_a_month": 1_000 / 3600, "collect_memory_mb": 512, "state_memory_mb": 512, "lambda_mb_a_core": 1_024},
        **{"firehose_put_ms": 10, "kinesis_put_ms": 5, "dynamodb_read_ms": 4, "dynamodb_write_ms": 5},
        **{"cpu_ms_a_request": 1, "cpu_ms_a_call": 2, "cpu_ms_an_event": 0.5},
        **{"request_header_bytes": 500, "answer_bytes": 100, "gzip_share": 0.1, "storage_months": 12},
        **{"delivery_seconds": 100, "delivery_bytes": 1_000_000, "state_months": 2},
        **{"batch_records": 10, "batch_seconds": 1, "batches_a_shard": 1, "least_shards": 2, "store_writers": 4},
        **{"queue_polls": 5, "queue_poll_seconds": 10},
        **{"alarm_metrics_firehose": 10, "alarm_metrics_kinesis": 20, "dashboards": 1},
    },
    "peer": {
        "swa": {"memory_mb": 1024, "duration_ms": 100, "line_bytes": 500, "logged_bytes": 974, "logged_lines": 1},
        "clickstream": {"requests_per_second": [10, 100], "ingestion_low": [50.0, 140.0]},
    },
}
# Ten requests; each left a session of 1,000 and a user of 1,500 bytes.
STATE = Units(
    requests=10,
    events=20,
    write_units=30,
    writes=20,
    read_units=20.0,
    records=((1_000, 1_500),) * 10,
)
MEASURED = Measured(
    events=2, body_bytes=700, line_bytes=2_500, state=STATE, item_bytes=5_000
)  # fmt: skip


def test_tiers_are_charged_each_for_its_own_part() -> None:
    tiers = [[10, 1.0], [30, 0.5], [float("inf"), 0.1]]
    assert charge(tiers, 5) == 5
    assert charge(tiers, 10) == 10
    assert charge(tiers, 40) == pytest.approx(10 + 20 * 0.5 + 10 * 0.1)
    assert charge(0.25, 8) == 2


@pytest.mark.parametrize(("size", "billed"), [(0, 1), (1, 1), (5_120, 1), (5_121, 2), (10_240, 2)])
def test_a_step_begun_is_a_step_billed(size: int, billed: int) -> None:
    assert steps(size, 5_120) == billed


def test_the_firehose_bill_by_hand() -> None:
    # One request a second: 1,000 a month, of two events.
    assert bill(PRICES, MEASURED, Design(), 1) == pytest.approx(
        {
            "CloudFront, requests": 500 * 0.01,
            # 1,200 bytes to the origin at $2 a KB, 100 back at $1.
            "CloudFront, bytes": 1_000 * (2.4 + 0.1),
            # 1,200 bytes are two steps: 2,000 billed, half of them in the second tier.
            "API Gateway": 1_000 * 0.01 + 1_000 * 0.005,
            # CPU 1 + 4 calls × 2 + 2 events × 0.5 = 10 ms on half a core: 20; calls 10 + 4 + 5 + 5; half a GB.
            "Lambda, collect": 1_000 * 0.001 + 1_000 * 0.044 * 0.5 * 0.1,
            "Firehose": 1_000 * 5,
            "DynamoDB, writes": 1_000 * 3 * 0.1,
            "DynamoDB, reads": 1_000 * 2 * 0.01,
            # 1,000 requests are 100 visitors, kept for two months.
            "DynamoDB, storage": 200 * 5,
            # Ten deliveries by time; 2.5 MB would be three by size.
            "S3, writes": 10 * 0.5,
            "S3, a year's lines": 2_500 * 0.1 * 12,
            # 500 long polls.
            "SQS": 5.0,
            "CloudWatch": 10 * 0.1 + 3.0,
        }
    )


def test_the_kinesis_bill_by_hand() -> None:
    parts = bill(PRICES, MEASURED, replace(Design(), sink="kinesis"), 4)
    # A record of 2,500 bytes is three steps in, and is read twice.
    assert parts["Kinesis"] == pytest.approx(1_000 / 3600 * 3.0 + 4_000 * (3 + 2 * 2.5))
    # CPU 1 + 2 + 1 = 4 ms: 8; the call 5.
    assert parts["Lambda, collect"] == pytest.approx(4_000 * (0.001 + 0.013 * 0.5 * 0.1))
    # Two shards' readers take a batch each a second: two records, four keys: one read, four writes at once.
    # CPU 2 × 2 × 0.5 + 5 × 2 = 12 ms: 24; 4 + 5 more.
    assert parts["Lambda, state"] == pytest.approx(2_000 * (0.001 + 0.033 * 0.5 * 0.1))
    assert parts["DynamoDB, writes"] == pytest.approx(4_000 * 3 * 0.1)


def test_shards_are_billed_by_the_hour_and_by_put() -> None:
    parts = bill(PRICES, MEASURED, replace(Design(), sink="provisioned"), 1)
    assert parts["Kinesis"] == pytest.approx(1_000 / 3600 * 7.0 + 1_000 * 2 * 0.01)
    assert shards(PRICES, MEASURED, 1_000) == 3  # 2.4 MiB a second
    assert shards(PRICES, replace(MEASURED, line_bytes=100), 1_001) == 2  # records a second


def test_requests_that_meet_in_a_batch_are_one_write() -> None:
    alone, met = (bill(PRICES, MEASURED, replace(Design(), sink="kinesis", coalesced=k), 4) for k in (1.0, 4.0))
    assert met["DynamoDB, writes"] == pytest.approx(alone["DynamoDB, writes"] / 4)
    assert met["DynamoDB, reads"] == pytest.approx(alone["DynamoDB, reads"] / 4)


def test_idle_costs_what_is_there_by_the_hour() -> None:
    assert sum(bill(PRICES, MEASURED, Design(), 0).values()) == pytest.approx(10 * 0.1 + 3 + 5)
    idle = bill(PRICES, MEASURED, replace(Design(), sink="kinesis"), 0)
    assert sum(idle.values()) == pytest.approx(1_000 / 3600 * 3.0 + 20 * 0.1 + 3 + 5)


def test_what_other_designs_would_cost() -> None:
    assert STATE.as_one_item() == 10 * 3  # 2,300 bytes
    parts = bill(PRICES, MEASURED, replace(Design(), one_item=True, http_api=False), 1)
    assert parts["DynamoDB, writes"] == pytest.approx(1_000 * 3 * 0.1)
    assert parts["DynamoDB, reads"] == pytest.approx(1_000 * 1 * 0.01)
    assert "API Gateway" not in parts
    assert parts["CloudWatch"] == pytest.approx(10 * 0.1 + 3)


def test_peers_by_hand() -> None:
    # A request each: 500 paid at CloudFront; 1,000 bytes there at $2 a KB, 100 back; 0.1 s of a GB; a 5,000 byte
    # step at Firehose, converted, 500 of them partitioned; 1,000 bytes logged.
    each = 2.0 + 0.1 + 0.001 + 0.01 + 5 + 5 + 0.5 + 1
    assert swa(PRICES, 1) == pytest.approx(500 * 0.01 + 1_000 * each)
    by_rate = {rate: clickstream(PRICES, "ingestion_low", rate) for rate in (1, 10, 55, 100, 1_000)}
    assert by_rate == pytest.approx({1: 50, 10: 50, 55: 95, 100: 140, 1_000: 1_400})


def test_the_real_prices_are_whole() -> None:
    given = prices.load()
    for rate in (0, 1, 100_000):
        assert all(value >= 0 for value in bill(given, MEASURED, Design(), rate).values())


def test_measured_is_what_the_code_sends() -> None:
    assumed = prices.load()["assumed"]
    one, ten = measure(1, assumed), measure(10, assumed)
    assert 9 * one.line_bytes < ten.line_bytes < 11 * one.line_bytes
    # What the events share stands once in the body.
    assert ten.body_bytes < 4 * one.body_bytes
    assert one.writes == ten.writes == 2
    assert collect_ms(assumed, ten, Design()) > collect_ms(assumed, one, Design())


def test_the_page_says_what_the_model_says() -> None:
    assert DOC.read_text() == Report().text(), "run `make cost`"
