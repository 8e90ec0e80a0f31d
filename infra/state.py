"""Session and user records: the DynamoDB table, and the function that folds a Kinesis stream into it."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.config import Config
from infra.nag import suppress
from infra.python_function import python_function
from infra.target import Target
from lambdas.common import env
from lambdas.state.settings import Settings

# What lambdas.state.store calls; the same for whoever folds.
FOLD_ACTIONS = ("dynamodb:BatchGetItem", "dynamodb:PutItem")


class State(Construct):
    """The table can be rebuilt from raw events, so it goes with the stack."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, target: Target, stream: kinesis.Stream | None
    ) -> None:
        super().__init__(scope, id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires_at",
            encryption=dynamodb.TableEncryption.DEFAULT,
            removal_policy=RemovalPolicy.DESTROY,
        )
        suppress(self.table, AwsSolutions_DDB3="State can be rebuilt from the raw events; a backup costs more.")
        self.function = self._stream_function(config, target, stream) if stream else None

    def grant_fold(self, grantee: iam.IGrantable) -> None:
        self.table.grant(grantee, *FOLD_ACTIONS)

    def _stream_function(self, config: Config, target: Target, stream: kinesis.Stream) -> lambda_.Function:
        function = python_function(
            self,
            "Fold",
            target=target,
            service="state",
            handler="lambdas.state.handler.handler",
            environment=env.dump(
                Settings(stage=config.stage, table=self.table.table_name, ttl_days=config.state_ttl_days)
            ),
            timeout=Duration.seconds(60),
            log_retention_days=config.log_retention_days,
            description="Folds the event stream into session and user records",
        )
        self.grant_fold(function)
        function.add_event_source(
            sources.KinesisEventSource(
                stream,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=500,
                max_batching_window=Duration.seconds(1),
                report_batch_item_failures=True,
                bisect_batch_on_error=True,
                # Until the stream's own 24 hours are over: raw is safe, and state can be rebuilt from it.
                retry_attempts=-1,
                parallelization_factor=2,
            )
        )
        return function
