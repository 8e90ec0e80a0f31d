"""The lake's function, its state machine and its schedule: what they are told, what they may do, what they make."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from infra.config import ConfigError
from infra.lake_columns import COLUMNS, EVENT_COLUMNS, EVENT_PARTITION_KEYS
from lambdas.common import env
from lambdas.lake import sql, views
from lambdas.lake.settings import Settings
from local.person.writers import COMPACTION
from tests.infra.test_stacks import LOG, functions, state_machine, statements

Synth = Callable[..., tuple[Template, Template]]


def properties(template: Template, kind: str) -> list[dict[str, Any]]:
    return [found["Properties"] for found in template.find_resources(kind).values()]


def allowed(template: Template) -> list[dict[str, Any]]:
    """The statements of the function's role."""
    (policy,) = [
        policy
        for policy in properties(template, "AWS::IAM::Policy")
        if "LakeFunctionFunctionRole" in json.dumps(policy["Roles"])
    ]
    return list(policy["PolicyDocument"]["Statement"])


def where(template: Template, action: str, effect: str = "Allow") -> str:
    """The resources on which the function may do that, as text."""
    return json.dumps([it["Resource"] for it in allowed(template) if action in it["Action"] and it["Effect"] == effect])


def test_the_function_reads_exactly_the_environment_it_is_given(synth: Synth) -> None:
    core, _ = synth()
    (function,) = functions(core, "lake")
    variables = {
        name: value if isinstance(value, str) else "token"
        for name, value in function["Environment"]["Variables"].items()
    }
    settings = env.load(Settings, variables)
    assert settings.columns == tuple(column.name for column in COLUMNS)
    assert {name for name in variables if not name.startswith("POWERTOOLS_")} == set(env.dump(settings))


def test_events_has_the_columns_the_compaction_writes_in_zstd(synth: Synth) -> None:
    core, _ = synth()
    (table,) = [t["TableInput"] for t in properties(core, "AWS::Glue::Table") if t["TableInput"]["Name"] == "events"]
    described = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
    assert described == [(column.name, column.glue_type) for column in EVENT_COLUMNS]
    keys = [key["Name"] for key in table["PartitionKeys"]]
    assert keys == [key.name for key in EVENT_PARTITION_KEYS] == ["si", "dt"]
    assert (*(name for name, _ in described), *keys) == sql.columns(column.name for column in COLUMNS)
    assert table["Parameters"]["parquet.compression"] == "ZSTD"


def test_a_limit_for_questions_is_none_for_the_compaction(synth: Synth) -> None:
    core, _ = synth(athena_bytes_limit="20000000")
    limits = {
        group["Name"]: group["WorkGroupConfiguration"].get("BytesScannedCutoffPerQuery")
        for group in properties(core, "AWS::Athena::WorkGroup")
    }
    assert limits == {"penstock-prod": 20_000_000, "penstock-prod-compaction": None}
    # Whom an erasure waits for.
    assert f"penstock-prod{COMPACTION}" in limits
    assert "workgroup/penstock-prod-compaction" in where(core, "athena:StartQueryExecution")
    assert 'workgroup/penstock-prod"' not in where(core, "athena:StartQueryExecution")


def test_the_function_may_add_events_and_never_delete_one(synth: Synth) -> None:
    core, _ = synth()
    actions = {
        action for it in allowed(core) for action in ([it["Action"]] if isinstance(it["Action"], str) else it["Action"])
    }
    assert {action for action in actions if action.split(":")[0] not in ("glue", "athena")} == {
        *LOG, "s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads", "s3:GetObject", "s3:PutObject",
        "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:DeleteObject", "states:DescribeExecution",
    }  # fmt: skip
    assert not any("Partition" in action and "Delete" in action for action in actions)
    assert "/raw/*" in where(core, "s3:GetObject")
    assert "/raw/*" not in where(core, "s3:PutObject")
    assert "/events/*" in where(core, "s3:PutObject")
    assert "/lake/*" in where(core, "s3:DeleteObject")
    assert "/events/*" not in where(core, "s3:DeleteObject")
    kept = where(core, "glue:DeleteTable", "Deny")
    assert all(f'table/penstock_prod/{name}"' in kept.replace("\\", "") for name in ("raw", "bad", "events"))


def test_the_machine_may_run_the_function_and_itself(synth: Synth) -> None:
    core, _ = synth()
    found = statements(core, "CompactionRole")
    assert {action for action, _ in found} == {"lambda:InvokeFunction", "states:StartExecution"}
    assert all("stateMachine:penstock-prod-compaction" in where for action, where in found if "states" in action)


def test_every_way_through_the_machine_ends_or_comes_back(synth: Synth) -> None:
    core, _ = synth()
    machine = state_machine(core, "compaction")
    text = machine["DefinitionString"]
    assert {part.split("}")[0] for part in text.split("${")[1:]} == set(machine["DefinitionSubstitutions"])
    states = json.loads(text)["States"]
    for state in states.values():
        leads_to = [state.get("Next"), state.get("Default"), *(c["Next"] for c in state.get("Choices", []))]
        assert all(name in states for name in leads_to if name)
        assert any(leads_to) or state.get("End") or state["Type"] == "Succeed"
    assert {choice["StringEquals"] for choice in states["And now"]["Choices"]} == {"wait", "another"}
    # What a person has to read is not tried again before it is told.
    assert states["Step"]["Retry"][0]["MaxAttempts"] == 0


def test_it_runs_every_night_unless_it_is_switched_off(synth: Synth) -> None:
    core, _ = synth()
    (schedule,) = properties(core, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(30 1 * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "Etc/UTC"
    assert schedule["Target"]["Input"] == "{}"
    at_four, _ = synth(compaction="04:05")
    (schedule,) = properties(at_four, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(5 4 * * ? *)"
    off, _ = synth(compaction="off")
    off.resource_count_is("AWS::Scheduler::Schedule", 0)
    assert state_machine(off, "compaction")


def test_the_views_are_made_after_the_tables_and_again_when_one_changes(synth: Synth) -> None:
    core, _ = synth()
    (resource,) = core.find_resources("Custom::PenstockViews").values()
    assert resource["Properties"]["Views"] == [view.name for view in views.load()]
    depends = " ".join(resource["DependsOn"])
    assert all(name in depends for name in ("LakeRaw", "LakeEvents", "LakeCompactionWorkgroup"))
    assert len(resource["Properties"]["Hash"]) == 64


def test_the_views_lie_beside_the_functions_code(stacks: Callable[..., tuple[cdk.Stack, cdk.Stack]]) -> None:
    core, _ = stacks()
    out = Path(cdk.Stage.of(core).outdir)  # type: ignore[union-attr]
    Template.from_stack(core)
    manifest = json.loads((out / f"{core.stack_name}.assets.json").read_text())
    folders = [out / asset["source"]["path"] for asset in manifest["files"].values()]
    packed = [folder for folder in folders if (folder / "lake" / "views" / "sessions.sql").is_file()]
    assert len(packed) == 1
    assert (packed[0] / "lambdas" / "lake" / "handler.py").is_file()
    assert not (packed[0] / "infra").exists()


@pytest.mark.parametrize("value", ["1:30", "24:00", "on", "01:60"])
def test_a_time_that_is_none_is_told(synth: Synth, value: str) -> None:
    with pytest.raises(ConfigError, match=r"Setting 'compaction' is .* but must be of the form '01:30'"):
        synth(compaction=value)
