"""Session and user records: the DynamoDB table, and the function that folds a stream or a queue into it."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
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
        # What collect could not write at once: a hot record, or a table that was down. See lambdas/state/later.py.
        self.later = sqs.Queue(
            self,
            "Later",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=target.tls_only,
            retention_period=Duration.days(14),
            # Six times the function's and the batching window, as Lambda's guide asks.
            visibility_timeout=Duration.seconds(380),
            removal_policy=RemovalPolicy.DESTROY,
        )
        suppress(self.later, AwsSolutions_SQS3="Messages come again for 14 days; raw holds the events in any case.")
        if not target.tls_only:
            suppress(self.later, AwsSolutions_SQS4="The emulator speaks HTTP on loopback.")
        self.function = self._function(config, target)
        self.function.add_event_source(
            sources.SqsEventSource(
                self.later,
                batch_size=1_000,
                # Long, so that a hot record is written a few times a minute; few at once, so that they do not race.
                max_batching_window=Duration.seconds(5 if target.on_emulator else 20),
                max_concurrency=2,
                report_batch_item_failures=True,
            )
        )
        if stream:
            self._read(stream)

    def grant_fold(self, grantee: iam.IGrantable) -> None:
        self.table.grant(grantee, *FOLD_ACTIONS)

    def _function(self, config: Config, target: Target) -> lambda_.Function:
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
            config=config,
            description="Folds events of the stream and the queue into session and user records",
        )
        self.grant_fold(function)
        return function

    def _read(self, stream: kinesis.Stream) -> None:
        self.function.add_event_source(
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
