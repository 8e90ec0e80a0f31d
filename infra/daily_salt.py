"""The table in which the collector's instances agree on the day's salt: for visitors without cookies."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.nag import suppress


class DailySalt(Construct):
    """A table of its own, so that nobody who may read records, or back them up, comes by the salt."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires_at",
            encryption=dynamodb.TableEncryption.DEFAULT,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=False
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        suppress(self.table, AwsSolutions_DDB3="A salt that a backup can bring back has not been thrown away.")

    def grant(self, grantee: iam.IGrantable) -> None:
        """Writing alone: a write that is refused gives what stands there."""
        self.table.grant(grantee, "dynamodb:PutItem")
