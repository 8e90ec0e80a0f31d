"""The published tracker: a custom resource that composes the chosen modules' script and puts it behind the domain."""

import hashlib
import json

from aws_cdk import AssetHashType, CustomResource, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import Config
from infra.edge import Edge
from infra.nag import suppress
from infra.provider import service_token
from infra.python_function import ASSETS, put_once, python_function
from infra.target import Target
from tracker_build.script import settings
from tracker_build.spec import CORE, MODULES, TrackerSpec
from tracker_build.stage import source_hash, stage


class TrackerBuild(Construct):
    """Runs when a setting or a source file changes, since both are among the resource's properties."""

    def __init__(self, scope: Construct, id: str, *, config: Config, target: Target, edge: Edge) -> None:
        super().__init__(scope, id)
        tracker = TrackerSpec(
            # The address is known when the distribution is there; what the function is deployed with has none.
            endpoint="https://the.deployment",
            modules=tuple(name for name in config.tracker.modules or MODULES if name != CORE),
            opt_out=config.tracker.opt_out,
            gpc=config.gpc,
            storage=config.tracker.storage,
            opt_out_cookie=config.opt_out_cookie,
            prefix=config.tracker.prefix,
            global_name=config.tracker.global_name,
        )
        self.function = python_function(
            self,
            "Function",
            target=target,
            service="tracker-build",
            handler="tracker_build.handler.on_event",
            environment={},
            timeout=Duration.minutes(2),
            config=config,
            code=_staged(tracker),
            description="Composes the tracker and publishes it",
        )
        self.function.add_to_role_policy(
            iam.PolicyStatement(actions=["s3:ListBucket"], resources=[edge.bucket.bucket_arn])
        )
        self.function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources=[edge.bucket.arn_for_objects("*")],
            )
        )
        suppress(self.function.role, AwsSolutions_IAM5="File names hold the hash of what is in them.")
        self.function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["cloudfront:CreateInvalidation"],
                resources=[edge.distribution.distribution_arn],
            )
        )
        self.resource = CustomResource(
            self,
            "Tracker",
            service_token=service_token(self, config=config, on_event=self.function),
            resource_type="Custom::PenstockTracker",
            properties={
                "Endpoint": edge.collect_url,
                "BaseUrl": edge.base_url,
                "Bucket": edge.bucket.bucket_name,
                "DistributionId": edge.distribution.distribution_id,
                "ScriptName": config.tracker.script_name,
                "Modules": list(config.tracker.modules or MODULES),
                "OptOut": tracker.opt_out,
                "Storage": tracker.storage,
                "Gpc": tracker.gpc,
                "OptOutCookie": tracker.opt_out_cookie,
                "Prefix": tracker.prefix,
                "Global": tracker.global_name,
                "SourceHash": source_hash(),
            },
        )

    def output(self, name: str) -> str:
        """One of the values the build returns: Url, VersionedUrl, Integrity, Bytes, GzipBytes, Snippet."""
        return self.resource.get_att_string(name)


def _staged(tracker: TrackerSpec) -> lambda_.Code:
    """The function's asset, made once for each state of the sources and of the settings."""
    made_of = json.dumps([source_hash(), settings(tracker)], sort_keys=True)
    digest = hashlib.sha256(made_of.encode()).hexdigest()
    directory = ASSETS / f"tracker-{digest[:32]}"
    if not directory.exists():
        put_once(directory, lambda partial: stage(partial, tracker))
    return lambda_.Code.from_asset(str(directory), asset_hash_type=AssetHashType.CUSTOM, asset_hash=digest)
