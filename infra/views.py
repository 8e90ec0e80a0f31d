"""The views of lake/views, made by the deployment: a custom resource, since CloudFormation has none for them."""

import hashlib

from aws_cdk import CustomResource, RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as cr
from constructs import Construct

from infra.config import Config
from infra.lake import Lake
from infra.lake_columns import COLUMNS
from infra.lake_function import LakeFunction
from infra.nag import suppress
from infra.python_function import ROOT, log_retention
from lambdas.lake.views import load


class Views(Construct):
    """Runs when a view, or what `all_events` is made of, changes, since both are among the resource's properties."""

    def __init__(self, scope: Construct, id: str, *, config: Config, lake: Lake, function: LakeFunction) -> None:
        super().__init__(scope, id)
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=function.function,
            log_group=logs.LogGroup(
                self,
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
        views = load()
        made_of = [view.create for view in views] + [f"{column.name} {column.glue_type}" for column in COLUMNS]
        made_of.append((ROOT / "lambdas" / "lake" / "sql.py").read_text("utf-8"))
        resource = CustomResource(
            self,
            "Views",
            service_token=provider.service_token,
            resource_type="Custom::PenstockViews",
            properties={
                "Database": lake.database_name,
                "Views": [view.name for view in views],
                "Hash": hashlib.sha256("\0".join(made_of).encode()).hexdigest(),
            },
        )
        # The tables and the workgroup are there before the views, and after them.
        resource.node.add_dependency(lake)
