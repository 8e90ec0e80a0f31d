"""Custom resources: the CDK's framework between CloudFormation and a function of ours."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as cr
from constructs import Construct

from infra.config import Config
from infra.nag import suppress
from infra.python_function import log_retention


def service_token(scope: Construct, *, config: Config, on_event: lambda_.Function) -> str:
    """Of resources that `on_event` makes, changes and deletes."""
    provider = cr.Provider(
        scope,
        "Provider",
        on_event_handler=on_event,
        log_group=logs.LogGroup(
            scope,
            "ProviderLog",
            retention=log_retention(config.log_retention_days),
            removal_policy=RemovalPolicy.DESTROY,
        ),
    )
    suppress(
        provider,
        AwsSolutions_IAM4="The CDK's own provider framework: its role writes logs.",
        AwsSolutions_IAM5="The CDK's own provider framework invokes any version of the one function.",
        AwsSolutions_L1="The CDK's own provider framework: its runtime comes with the pinned library.",
    )
    return provider.service_token
