"""What would mean loss or trouble, watched: alarms to one mail address, and one dashboard."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.collect import Collect
from infra.compaction import Compaction
from infra.config import Config
from infra.python_function import metrics_namespace
from infra.raw_store import RawStore
from infra.state import State
from infra.target import Target

FIVE_MINUTES = Duration.minutes(5)
# Firehose buffers 5 minutes; three times that without a delivery is trouble.
STALE_SECONDS = 900
# Lambda retries a stream's batch for the 24 hours the stream keeps it: an hour behind leaves time to act.
BEHIND_MS = 3_600_000
BAD_ROWS_PER_HUNDRED = 5


class Monitoring(Construct):
    """Alarms stay green without data: nothing sent is nothing lost."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        target: Target,
        collect: Collect,
        store: RawStore,
        state: State,
        compaction: Compaction,
    ) -> None:
        super().__init__(scope, id)
        self._action: actions.SnsAction | None = None
        if config.alarm_email:
            topic = sns.Topic(self, "Alarms", display_name=f"Penstock {config.stage}", enforce_ssl=True)
            # The policy that refuses plain HTTP takes the place of the one by which CloudWatch may publish.
            topic.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=["sns:Publish"],
                    principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                    resources=[topic.topic_arn],
                    conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
                )
            )
            topic.add_subscription(subscriptions.EmailSubscription(config.alarm_email))
            self._action = actions.SnsAction(topic)

        own = {
            name: _own_metric(config, name)
            for name in ("EventsRejected", "SinkFallback", "SinkRefused", "StateDeferred", "StateFailed")
        }
        requests = collect.api.metric_count(period=FIVE_MINUTES, statistic="Sum")
        deliveries = {"Raw": store.from_stream or store.raw, "Bad": store.bad}
        freshness = {name: _freshness(stream) for name, stream in deliveries.items()}
        server_errors = collect.api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
        throttles = collect.function.metric_throttles(period=FIVE_MINUTES)
        bad_rate = cloudwatch.MathExpression(
            expression="100 * FILL(bad, 0) / requests",
            using_metrics={"bad": own["EventsRejected"], "requests": requests},
            period=FIVE_MINUTES,
            label="Bad rows per 100 requests",
        )

        # A collector that Lambda throttles is a 5xx too; the dashboard tells which it was.
        self._alarm("CollectErrors", server_errors, 1, "Requests were answered 5xx: clients keep their events.")
        self._alarm("CompactionFailed", compaction.failed, 1, "Raw lines are not in `events` yet; all_events has them.")
        self._alarm(
            "SinkFallback",
            own["SinkFallback"],
            1,
            "The sink refused; lines are in S3. With Kinesis, rebuild state.",
        )
        self._alarm("StateFailed", own["StateFailed"], 1, "State was not updated; raw is safe, rebuild state from it.")
        late = state.later.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES)
        self._alarm("StateLate", late, BEHIND_MS / 1000, "Queued state is an hour old.")
        if target.metric_math_alarms:
            self._alarm("BadRows", bad_rate, BAD_ROWS_PER_HUNDRED, "Many bad rows: see their reasons under bad/.")
        # Of the raw stream alone: what would stop the other stops this one too, and ten metrics in alarms are free.
        self._alarm("RawStale", freshness["Raw"], STALE_SECONDS, "Firehose is behind with delivery to S3.")
        if target.metric_math_alarms and not store.stream:
            self._alarm("RawBlocked", _blocked(store.raw), 1, "Firehose takes lines and delivers none.", periods=2)

        graphs: dict[str, list[cloudwatch.IMetric]] = {
            "Requests": [requests, collect.api.metric_client_error(), collect.api.metric_server_error()],
            "Collector duration, ms": [
                collect.function.metric_duration(statistic=statistic) for statistic in ("p50", "p95", "p99")
            ],
            "Trouble": [
                server_errors,
                throttles,
                own["SinkFallback"],
                own["SinkRefused"],
                own["StateFailed"],
            ],
            "Bad rows": [own["EventsRejected"]],
            "Delivery to S3, age in s": [*freshness.values()],
            "State writes": [state.table.metric_consumed_write_capacity_units(), own["StateDeferred"]],
        }
        if store.stream:
            age = state.function.metric("IteratorAge", statistic="Maximum", period=FIVE_MINUTES)
            self._alarm("StateBehind", age, BEHIND_MS, "State is an hour behind the stream.")
            self._alarm(
                "StateErrors",
                state.function.metric_errors(period=FIVE_MINUTES),
                1,
                "The state function raised.",
            )
            if store.from_stream:
                lag = store.from_stream.metric("KinesisMillisBehindLatest", statistic="Maximum", period=FIVE_MINUTES)
                self._alarm("RawBehind", lag, BEHIND_MS, "Firehose is an hour behind the stream.")
            writes = store.stream.metric("WriteProvisionedThroughputExceeded", statistic="Sum", period=FIVE_MINUTES)
            self._alarm("StreamThrottles", writes, 1, "Kinesis throttled the collector.")
            graphs["Stream: age of the last record read, ms"] = [age]
        self._dashboard(config.stage, graphs)

    def _alarm(self, id: str, metric: cloudwatch.IMetric, threshold: float, meaning: str, *, periods: int = 1) -> None:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=meaning,
        )
        if self._action:
            alarm.add_alarm_action(self._action)

    def _dashboard(self, stage: str, graphs: Mapping[str, list[cloudwatch.IMetric]]) -> None:
        widgets = [cloudwatch.GraphWidget(title=title, left=left, width=12) for title, left in graphs.items()]
        rows = [widgets[i : i + 2] for i in range(0, len(widgets), 2)]
        cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=f"Penstock-{stage}-{Stack.of(self).region}", widgets=rows
        )


def _own_metric(config: Config, name: str) -> cloudwatch.Metric:
    """A metric of the functions' own, by lambdas/common/observability.py."""
    return cloudwatch.Metric(
        namespace=metrics_namespace(config),
        metric_name=name,
        dimensions_map={"service": "penstock"},
        statistic="Sum",
        period=FIVE_MINUTES,
    )


def _freshness(stream: firehose.DeliveryStream) -> cloudwatch.Metric:
    return stream.metric("DeliveryToS3.DataFreshness", statistic="Maximum", period=FIVE_MINUTES)


def _blocked(stream: firehose.DeliveryStream) -> cloudwatch.MathExpression:
    """1 where lines came and none were delivered: then there is no freshness to be alarmed about.

    https://docs.aws.amazon.com/firehose/latest/dev/data-freshness-metric-not-emitted.html
    """
    quarter = Duration.minutes(15)
    return cloudwatch.MathExpression(
        expression="IF(FILL(incoming, 0) > 0 AND FILL(delivered, 0) == 0, 1, 0)",
        using_metrics={
            "incoming": stream.metric("IncomingRecords", statistic="Sum", period=quarter),
            "delivered": stream.metric("DeliveryToS3.Records", statistic="Sum", period=quarter),
        },
        period=quarter,
        label="Blocked",
    )
