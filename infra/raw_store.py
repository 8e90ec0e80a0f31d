"""Where events live: the data bucket, and the Firehose streams (and Kinesis stream) that fill it."""

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import Config
from infra.nag import suppress
from infra.python_function import log_retention
from infra.target import Target

RAW_PREFIX = "raw/"
BAD_PREFIX = "bad/"
# Parquet made of the raw lines, and how far that has come (lambdas/lake/).
EVENTS_PREFIX = "events/"
LAKE_PREFIX = "lake/"
RESULTS_PREFIX = "athena-results/"
UNDELIVERED_PREFIX = "undelivered/"
# The counts of a rebuild's batches (infra/rebuild.py).
TALLY_PREFIX = "rebuild/"
# Which bad rows were replayed (local/bad/ledger.py).
REPLAYED_PREFIX = "replayed/"
PARTITION = "dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"


class RawStore(Construct):
    """Raw lines under raw/, bad rows under bad/, one bucket. Kept when the stack is deleted: it is the truth."""

    def __init__(self, scope: Construct, id: str, *, config: Config, target: Target) -> None:
        super().__init__(scope, id)
        self.bucket = self._kept(config.bucket, target) if config.bucket else self._new(config, target)
        self.stream = (
            kinesis.Stream(
                self,
                "Stream",
                stream_mode=kinesis.StreamMode.ON_DEMAND,
                encryption=kinesis.StreamEncryption.MANAGED,
                retention_period=Duration.hours(24),
                removal_policy=RemovalPolicy.DESTROY,
            )
            if config.sink == "kinesis"
            else None
        )
        # Stands idle, for nothing, where the sink is Kinesis: to delete it with the change of sink would lose
        # the minutes of events it still holds.
        self.raw = self._delivery("Raw", config, RAW_PREFIX, None)
        self.from_stream = self._delivery("FromStream", config, RAW_PREFIX, self.stream) if self.stream else None
        self.bad = self._delivery("Bad", config, BAD_PREFIX, None)

    def _new(self, config: Config, target: Target) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Data",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=target.tls_only,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            # But a first deployment that fails leaves none behind.
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            lifecycle_rules=_lifecycle(config.raw_retention_days),
        )
        suppress(bucket, AwsSolutions_S1="One log object per delivery would cost more than the events' own.")
        if not target.tls_only:
            suppress(bucket, AwsSolutions_S10="The emulator speaks HTTP on loopback.")
        return bucket

    def _kept(self, name: str, target: Target) -> s3.IBucket:
        """All but the policy outlived the stack that made it."""
        bucket = s3.Bucket.from_bucket_name(self, "Kept", name)
        if target.tls_only:
            s3.BucketPolicy(self, "KeptPolicy", bucket=bucket).document.add_statements(
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=["s3:*"],
                    resources=[bucket.bucket_arn, bucket.arn_for_objects("*")],
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                )
            )
        return bucket

    def _delivery(self, id: str, config: Config, prefix: str, source: kinesis.Stream | None) -> firehose.DeliveryStream:
        # What Firehose's guide lists, under its own prefixes; the construct would grant s3:* of a kind.
        # https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
        role = iam.Role(self, f"{id}Role", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                resources=[self.bucket.bucket_arn],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"{p}*") for p in (prefix, UNDELIVERED_PREFIX + prefix)],
            )
        )
        errors = logs.LogGroup(
            self,
            f"{id}Errors",
            retention=log_retention(config.log_retention_days),
            removal_policy=RemovalPolicy.DESTROY,
        )
        role.add_to_policy(iam.PolicyStatement(actions=["logs:PutLogEvents"], resources=[errors.log_group_arn]))
        suppress(role, AwsSolutions_IAM5="Object names begin with the time of delivery: a prefix is the narrowest.")
        stream = firehose.DeliveryStream(
            self,
            id,
            source=firehose.KinesisStreamSource(source) if source else None,
            # A stream that reads from Kinesis is encrypted there and may not be told so again.
            encryption=None if source else firehose.StreamEncryption.aws_owned_key(),
            destination=firehose.S3Bucket(
                self.bucket,
                role=role.without_policy_updates(),
                compression=firehose.Compression.GZIP,
                data_output_prefix=prefix + PARTITION,
                error_output_prefix=f"{UNDELIVERED_PREFIX}{prefix}!{{firehose:error-output-type}}/{PARTITION}",
                buffering_interval=Duration.minutes(5),
                buffering_size=Size.mebibytes(64),
                logging_config=firehose.EnableLogging(errors),
            ),
        )
        # Else the rights could go before the stream does, with events still in its buffer.
        stream.node.add_dependency(role)
        if source:
            suppress(stream, AwsSolutions_KDF1="The Kinesis stream it reads from is encrypted.")
        return stream


def _lifecycle(raw_retention_days: int) -> list[s3.LifecycleRule]:
    rules = [
        s3.LifecycleRule(prefix=RESULTS_PREFIX, expiration=Duration.days(7)),
        s3.LifecycleRule(prefix=TALLY_PREFIX, expiration=Duration.days(7)),
        s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1)),
    ]
    if raw_retention_days:
        # Bad rows and undelivered records hold events too; what was replayed is of no use without the row. A file of
        # `events` is a day younger than the lines it was made of.
        rules += [
            s3.LifecycleRule(prefix=prefix, expiration=Duration.days(raw_retention_days))
            for prefix in (RAW_PREFIX, EVENTS_PREFIX, BAD_PREFIX, UNDELIVERED_PREFIX, REPLAYED_PREFIX)
        ]
    return rules
