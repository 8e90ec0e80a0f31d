"""What the cost model takes the stacks to be is what they are."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk.assertions import Template

from bench import prices


@pytest.mark.parametrize("sink", ["firehose", "kinesis"])
def test_the_model_counts_the_alarms_that_are_deployed(
    synth: Callable[..., tuple[Template, Template]], sink: str
) -> None:
    core, tracker = synth(sink=sink)
    assumed = prices.load()["assumed"]
    alarms = [alarm for stack in (core, tracker) for alarm in stack.find_resources("AWS::CloudWatch::Alarm").values()]
    assert sum(map(_metrics, alarms)) == assumed[f"alarm_metrics_{sink}"]
    assert sum(len(s.find_resources("AWS::CloudWatch::Dashboard")) for s in (core, tracker)) == assumed["dashboards"]


def test_the_model_has_the_functions_memory_and_the_readers_batches(
    synth: Callable[..., tuple[Template, Template]],
) -> None:
    core, _ = synth(sink="kinesis")
    assumed = prices.load()["assumed"]
    found = {}
    for function in core.find_resources("AWS::Lambda::Function").values():
        named = function["Properties"].get("Environment", {}).get("Variables", {}).get("POWERTOOLS_SERVICE_NAME")
        found[named] = function["Properties"].get("MemorySize")
    assert (found["collect"], found["state"]) == (assumed["collect_memory_mb"], assumed["state_memory_mb"])
    core.has_resource_properties(
        "AWS::Lambda::EventSourceMapping",
        {
            "BatchSize": assumed["batch_records"],
            "MaximumBatchingWindowInSeconds": assumed["batch_seconds"],
            "ParallelizationFactor": assumed["batches_a_shard"],
        },
    )


def _metrics(alarm: dict[str, Any]) -> int:
    """Metrics that an alarm is billed for: each that an expression looks at."""
    looked_at = alarm["Properties"].get("Metrics")
    return len([metric for metric in looked_at if "MetricStat" in metric]) if looked_at else 1
