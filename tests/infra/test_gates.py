"""The gates every template passes: cfn-lint and cdk-nag, for each shape of deployment."""

import json
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match, Template
from cfnlint.api import lint
from cfnlint.config import ManualArgs

SHAPES = {
    "firehose": {},
    "kinesis": {"sink": "kinesis", "alarm_email": "ops@example.com", "raw_retention_days": "400"},
    "domain": {"domain.name": "t.example.com", "domain.zone_id": "Z1", "domain.zone_name": "example.com"},
    "emulator": {"emulator_port": "4566", "sink": "kinesis"},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_cfn_lint_finds_nothing(synth: Callable[..., tuple[Template, Template]], shape: str) -> None:
    for template in synth(**SHAPES[shape]):
        found = lint(
            json.dumps(template.to_json()),
            config=ManualArgs(
                regions=["us-east-1", "eu-west-1"],
                # The CDK states a dependency on a role beside the reference to it (W3005), and keeps a mapping
                # of Firehose's addresses that only a Redshift destination reads (W7001).
                ignore_checks=["W3005", "W7001"],
            ),
        )
        assert [f"{match.rule.id} {match.message}" for match in found] == []


@pytest.mark.parametrize("shape", SHAPES)
def test_cdk_nag_finds_nothing_that_is_not_explained(
    stacks: Callable[..., tuple[cdk.Stack, cdk.Stack]], shape: str
) -> None:
    for stack in stacks(**SHAPES[shape]):
        said = Annotations.from_stack(stack)
        rule = Match.string_like_regexp("AwsSolutions-.*")
        assert [entry.entry.data for entry in said.find_error("*", rule) + said.find_warning("*", rule)] == []


def test_cdk_nag_would_find_something() -> None:
    """The gate above is open to nothing: an unencrypted topic fails it."""
    from infra.nag import check

    app = cdk.App()
    stack = cdk.Stack(app, "Probe")
    cdk.aws_sns.Topic(stack, "Topic")
    check(app)
    assert Annotations.from_stack(stack).find_error("*", Match.string_like_regexp("AwsSolutions-SNS3.*"))
