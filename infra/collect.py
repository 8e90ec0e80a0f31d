"""The collector: an HTTP API in front of one function that writes to the sink."""

from aws_cdk import Duration, Fn, Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.config import Config, cookie_domain
from infra.daily_salt import DailySalt
from infra.nag import suppress
from infra.python_function import python_function
from infra.raw_store import BAD_PREFIX, RAW_PREFIX, RawStore
from infra.state import State
from infra.target import Target
from lambdas.collect.settings import Settings
from lambdas.common import env


class Collect(Construct):
    """One catch-all route: the handler knows the paths, so that every bad request becomes a bad row."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, target: Target, store: RawStore, state: State
    ) -> None:
        super().__init__(scope, id)
        folds = config.sink == "firehose"
        self.salt = DailySalt(self, "Salt")
        # The random end of the stack's id: known in the account alone, and the same for as long as the stack stands.
        self.edge_key = Fn.select(2, Fn.split("/", Stack.of(self).stack_id))
        settings = Settings(
            stage=config.stage,
            sink=config.sink,
            stream_name=store.stream.stream_name if store.stream else store.raw.delivery_stream_name,
            bad_stream_name=store.bad.delivery_stream_name,
            raw_bucket=store.bucket.bucket_name,
            raw_prefix=RAW_PREFIX,
            bad_prefix=BAD_PREFIX,
            sites=config.sites,
            collect_path=config.collect_path,
            state_table=state.table.table_name if folds else "",
            state_ttl_days=config.state_ttl_days,
            later_queue=state.later.queue_url,
            ip=config.ip,
            edge_key=self.edge_key,
            gpc=config.gpc,
            opt_out_cookie=config.opt_out_cookie,
            cookie_domain=cookie_domain(config),
            cookie_prefix=config.tracker.prefix,
            salt_table=self.salt.table.table_name,
        )
        self.function = python_function(
            self,
            "Function",
            target=target,
            service="collect",
            handler="lambdas.collect.handler.handler",
            environment=env.dump(settings),
            # The API gives up after 30 s (its limit); the handler answers 503 well before.
            timeout=Duration.seconds(29),
            config=config,
            # Half the price of 512 MB a millisecond, for a quarter more of them (bench/cost.py); the worst request of
            # a megabyte takes 126 MB and five seconds.
            memory_mb=256,
            description="Takes events and writes them to the sink",
        )
        # Those of both sinks: while a deployment changes the sink, the code of before still runs.
        store.raw.grant(self.function, "firehose:PutRecordBatch")
        state.grant_fold(self.function)
        self.salt.grant(self.function)
        state.later.grant(self.function, "sqs:SendMessage")
        if store.stream and store.from_stream:
            store.stream.grant(self.function, "kinesis:PutRecords")
            # It reads from its start on: what came into the stream before would not reach S3.
            self.function.node.add_dependency(store.from_stream)
        store.bad.grant(self.function, "firehose:PutRecordBatch")
        # The way around a sink that refuses: see lambdas/collect/sink.py.
        self.function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"],
                resources=[store.bucket.arn_for_objects(f"{p}*") for p in (RAW_PREFIX, BAD_PREFIX)],
            )
        )
        suppress(
            self.function.role,
            AwsSolutions_IAM5="Names of fallback objects hold the time and a random part: a prefix is the narrowest.",
        )
        self.api = apigw.HttpApi(
            self,
            "Api",
            api_name=f"penstock-{config.stage}",
            description="Penstock collector",
            default_integration=integrations.HttpLambdaIntegration("Integration", self.function),
        )
        suppress(
            self.api,
            AwsSolutions_APIG1="Access logs would cost more than collecting, and hold visitors' addresses.",
            AwsSolutions_APIG4="Browsers and e-mail clients of anybody send events: there is no one to authorise.",
        )
