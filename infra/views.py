"""The views of lake/views, made by the deployment: a custom resource, since CloudFormation has none for them."""

import hashlib

from aws_cdk import CustomResource
from constructs import Construct

from infra.config import Config
from infra.lake import Lake
from infra.lake_columns import COLUMNS
from infra.lake_function import LakeFunction
from infra.provider import service_token
from infra.python_function import ROOT
from lambdas.lake.views import load


class Views(Construct):
    """Runs when a view, or what `all_events` is made of, changes, since both are among the resource's properties."""

    def __init__(self, scope: Construct, id: str, *, config: Config, lake: Lake, function: LakeFunction) -> None:
        super().__init__(scope, id)
        views = load()
        made_of = [view.create for view in views] + [f"{column.name} {column.glue_type}" for column in COLUMNS]
        made_of.append((ROOT / "lambdas" / "lake" / "sql.py").read_text("utf-8"))
        resource = CustomResource(
            self,
            "Views",
            service_token=service_token(self, config=config, on_event=function.function),
            resource_type="Custom::PenstockViews",
            properties={
                "Database": lake.database_name,
                "Views": [view.name for view in views],
                "Hash": hashlib.sha256("\0".join(made_of).encode()).hexdigest(),
            },
        )
        # The tables and the workgroup are there before the views, and after them.
        resource.node.add_dependency(lake)
