"""The lake's function: what it may do to `events`, to the views and to its own notes, and nothing else."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.config import Config
from infra.lake import BAD_TABLE, EVENTS_TABLE, RAW_TABLE, Lake
from infra.lake_columns import COLUMNS
from infra.nag import suppress
from infra.python_function import lambdas_code, python_function
from infra.raw_store import EVENTS_PREFIX, LAKE_PREFIX, RAW_PREFIX, RESULTS_PREFIX, RawStore
from infra.target import Target
from lambdas.common import env
from lambdas.lake.settings import Settings


class LakeFunction(Construct):
    """`machine_name`: of the state machine whose executions it looks at (infra/compaction.py)."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, target: Target, store: RawStore, lake: Lake
    ) -> None:
        super().__init__(scope, id)
        self.machine_name = f"penstock-{config.stage}-compaction"
        self.function = python_function(
            self,
            "Function",
            target=target,
            service="lake",
            handler="lambdas.lake.handler.handler",
            environment=env.dump(
                Settings(
                    stage=config.stage,
                    bucket=store.bucket.bucket_name,
                    raw_prefix=RAW_PREFIX,
                    events_prefix=EVENTS_PREFIX,
                    lake_prefix=LAKE_PREFIX,
                    database=lake.database_name,
                    workgroup=lake.compaction_workgroup_name,
                    columns=tuple(column.name for column in COLUMNS),
                )
            ),
            # A step of the compaction takes a second; the views of a deployment a second or two each.
            timeout=Duration.minutes(10),
            config=config,
            code=lambdas_code("lake"),
            description="Compacts raw lines into events, and makes the views",
        )
        self._may_ask_athena(lake)
        self._may_change_the_catalogue(lake)
        self._may_read_and_write(store)
        self._allow(
            ["states:DescribeExecution"], [self._arn("states", "execution", f"{self.machine_name}:*", separator=":")]
        )
        suppress(
            self.function.role,
            AwsSolutions_IAM5="Names of objects, of executions and of views that an older version had are not known.",
        )

    def _may_ask_athena(self, lake: Lake) -> None:
        self._allow(
            ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"],
            [self._arn("athena", "workgroup", lake.compaction_workgroup_name)],
        )

    def _may_change_the_catalogue(self, lake: Lake) -> None:
        """With the rights of whoever asks, Athena reads the catalogue, keeps views in it, and registers partitions.

        https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
        """
        catalog = Stack.of(self).format_arn(service="glue", resource="catalog")
        database = self._arn("glue", "database", lake.database_name)

        def table(name: str) -> str:
            return self._arn("glue", "table", f"{lake.database_name}/{name}")

        self._allow(["glue:GetDatabase"], [catalog, database, self._arn("glue", "database", "default")])
        self._allow(
            [
                *("glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable"),
                *("glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"),
            ],
            [catalog, database, table("*")],
        )
        self._allow(
            ["glue:BatchCreatePartition", "glue:CreatePartition", "glue:UpdatePartition"],
            [catalog, database, table(EVENTS_TABLE)],
        )
        # Views come and go by name; the tables are the stack's.
        self.function.add_to_role_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=["glue:DeleteTable"],
                resources=[table(name) for name in (RAW_TABLE, BAD_TABLE, EVENTS_TABLE)],
            )
        )

    def _may_read_and_write(self, store: RawStore) -> None:
        """It never deletes an event: what is compacted twice is told by `eid`."""
        bucket = store.bucket
        self._allow(
            ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
            [bucket.bucket_arn],
        )
        self._allow(["s3:GetObject"], [bucket.arn_for_objects(f"{RAW_PREFIX}*")])
        self._allow(
            ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            [bucket.arn_for_objects(f"{prefix}*") for prefix in (EVENTS_PREFIX, RESULTS_PREFIX)],
        )
        self._allow(
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            [bucket.arn_for_objects(f"{LAKE_PREFIX}*")],
        )

    def _allow(self, actions: Sequence[str], resources: Sequence[str]) -> None:
        self.function.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=list(resources)))

    def _arn(self, service: str, resource: str, name: str, *, separator: str = "/") -> str:
        stack = Stack.of(self)
        return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}{separator}{name}"
