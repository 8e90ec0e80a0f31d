"""The rebuild's function and state machine: what they are told, what they may do, what they do with a day."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk.assertions import Template

from infra.rebuild import BATCH_OBJECTS, MAX_BATCHES
from lambdas.common import env
from lambdas.rebuild.settings import Settings
from local import rebuild as command
from tests.infra.test_stacks import LOG, functions, state_machine, statements

Synth = Callable[..., tuple[Template, Template]]


def machine(template: Template) -> dict[str, Any]:
    return state_machine(template, "rebuild")


def definition(template: Template) -> dict[str, Any]:
    found = machine(template)
    text = found["DefinitionString"]
    assert isinstance(text, str)
    placeholders = {part.split("}")[0] for part in text.split("${")[1:]}
    assert placeholders == set(found["DefinitionSubstitutions"])
    return dict(json.loads(text))


def test_the_function_reads_exactly_the_environment_it_is_given(synth: Synth) -> None:
    core, _ = synth(state_ttl_days="7")
    (function,) = functions(core, "rebuild")
    variables = {
        name: value if isinstance(value, str) else "token"
        for name, value in function["Environment"]["Variables"].items()
    }
    settings = env.load(Settings, variables)
    assert settings.ttl_days == 7
    assert {name for name in variables if not name.startswith("POWERTOOLS_")} == set(env.dump(settings))
    # Where the command looks for what the function writes.
    assert (settings.raw_prefix, settings.tally_prefix) == (command.RAW_PREFIX, command.TALLY_PREFIX)
    assert function["Timeout"] == 900


@pytest.mark.parametrize("sink", ["firehose", "kinesis"])
def test_the_function_may_read_raw_fold_and_count(synth: Synth, sink: str) -> None:
    core, _ = synth(sink=sink)
    allowed = statements(core, "RebuildFunctionRole")
    assert {action for action, _ in allowed} == {
        *LOG, "s3:GetObject", "s3:ListBucket", "s3:PutObject", "dynamodb:BatchGetItem", "dynamodb:PutItem",
    }  # fmt: skip
    places = {action: resource for action, resource in allowed if action.startswith("s3:")}
    assert "/raw/*" in places["s3:GetObject"]
    assert "/rebuild/*" in places["s3:PutObject"]
    assert "/" not in places["s3:ListBucket"]


def test_the_machine_may_list_raw_and_run_the_function_and_itself(synth: Synth) -> None:
    core, _ = synth()
    allowed = statements(core, "RebuildRole")
    assert {action for action, _ in allowed} == {
        "s3:ListBucket", "lambda:InvokeFunction", "states:StartExecution", "states:DescribeExecution",
        "states:StopExecution",
    }  # fmt: skip
    assert all("penstock-prod-rebuild" in resource for action, resource in allowed if action.startswith("states:"))
    assert machine(core)["StateMachineName"] == "penstock-prod-rebuild"
    policies = core.find_resources("AWS::IAM::Policy").values()
    (listing,) = [
        statement
        for policy in policies
        if "RebuildRole" in json.dumps(policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "s3:ListBucket"
    ]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "raw/*"}}


def test_a_day_is_a_map_over_its_objects_in_batches(synth: Synth) -> None:
    core, _ = synth()
    states = definition(core)["States"]
    mapped = states["Objects"]
    assert states["Day"]["Parameters"]["prefix.$"].startswith("States.Format('raw/dt={}/'")
    assert mapped["ItemReader"]["Parameters"]["Prefix.$"] == "$.prefix"
    assert mapped["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert mapped["ItemBatcher"] == {"MaxItemsPerBatch": BATCH_OBJECTS, "BatchInput": {"run.$": "$.run"}}
    assert mapped["MaxConcurrency"] == MAX_BATCHES
    # What the machine carries on is small, however many objects a day has.
    assert mapped["ResultPath"] is None
    for state in states.values():
        assert state["Type"] == "Succeed" or {state.get("Next"), state.get("Default")} & set(states)


def test_on_the_emulator_a_batch_has_the_same_form(synth: Synth) -> None:
    core, _ = synth(emulator_port="4566")
    mapped = definition(core)["States"]["Objects"]
    assert "ItemBatcher" not in mapped
    assert mapped["ItemSelector"].keys() == {"Items.$", "BatchInput"}


def test_counts_go_after_a_week(synth: Synth) -> None:
    core, _ = synth()
    rules = [
        rule
        for bucket in core.find_resources("AWS::S3::Bucket").values()
        for rule in bucket["Properties"].get("LifecycleConfiguration", {}).get("Rules", [])
    ]
    assert [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == "rebuild/"] == [7]
