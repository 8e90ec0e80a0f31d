"""State from raw again: a state machine that maps a function over the raw objects of the days it is given.

Started by `make rebuild-state` (local/rebuild.py) with `{"run": name, "days": ["2026-11-01", …]}`. Day after day, and
of a day as many batches of objects at once as MAX_BATCHES says. A Standard state machine costs nothing idle, lists any
number of objects by itself, and goes on when whoever started it has gone home.
"""

import json
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.config import Config
from infra.nag import suppress
from infra.python_function import python_function
from infra.raw_store import RAW_PREFIX, TALLY_PREFIX, RawStore
from infra.state import State
from infra.target import Target
from lambdas.common import env
from lambdas.rebuild.settings import Settings

# Batches at once: enough for some hundred thousand events a second, few enough to leave the account's functions and
# the table's throughput to live events.
MAX_BATCHES = 8
# Objects a batch: of Firehose's largest (64 MiB) one function folds so many in its time.
BATCH_OBJECTS = 10
# A record that a live request and a batch write at once is settled by the store; this is for throttling.
RETRY = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 6,
    "MaxDelaySeconds": 60,
}


class Rebuild(Construct):
    """`arn` is the state machine's."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, target: Target, store: RawStore, state: State
    ) -> None:
        super().__init__(scope, id)
        self.function = python_function(
            self,
            "Function",
            target=target,
            service="rebuild",
            handler="lambdas.rebuild.handler.handler",
            environment=env.dump(
                Settings(
                    stage=config.stage,
                    raw_bucket=store.bucket.bucket_name,
                    raw_prefix=RAW_PREFIX,
                    tally_prefix=TALLY_PREFIX,
                    table=state.table.table_name,
                    ttl_days=config.state_ttl_days,
                )
            ),
            timeout=Duration.minutes(15),
            memory_mb=1769,  # one whole core
            config=config,
            description="Folds raw objects into session and user records again",
        )
        state.grant_fold(self.function)
        self._allow(self.function.role, ["s3:GetObject"], store.bucket.arn_for_objects(f"{RAW_PREFIX}*"))
        self._allow(self.function.role, ["s3:PutObject"], store.bucket.arn_for_objects(f"{TALLY_PREFIX}*"))
        # Else S3 says AccessDenied, not NoSuchKey, of an object that went away after it was listed; with a condition
        # on the prefix too, since a GetObject has none.
        self._allow(self.function.role, ["s3:ListBucket"], store.bucket.bucket_arn)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[store.bucket.bucket_arn],
                conditions={"StringLike": {"s3:prefix": f"{RAW_PREFIX}*"}},
            )
        )
        self._allow(role, ["lambda:InvokeFunction"], self.function.function_arn)
        # By name: its own ARN in its own role's policy would be a circle. The map runs as executions of itself.
        # https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
        name = f"penstock-{config.stage}-rebuild"
        self._allow(role, ["states:StartExecution"], self._states_arn("stateMachine", name))
        for executions in (f"{name}:*", f"{name}/*"):  # as the guide has it, and as the map names its children
            arn = self._states_arn("execution", executions)
            self._allow(role, ["states:DescribeExecution", "states:StopExecution"], arn)
        for granted in (self.function.role, role):
            suppress(granted, AwsSolutions_IAM5="Names of objects and of executions are not known beforehand.")
        machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            role=role.without_policy_updates(),
            # Through Python's own JSON: the CDK's would leave out a null, which is what ResultPath is.
            definition_body=sfn.DefinitionBody.from_string(json.dumps(definition(batches=target.map_batches))),
            definition_substitutions={
                "Bucket": store.bucket.bucket_name,
                "Function": self.function.function_arn,
                "Partition": Stack.of(self).partition,
            },
        )
        machine.node.add_dependency(role)
        suppress(
            machine,
            AwsSolutions_SF1="An execution keeps its own history; a log of it would be paid for and read by nobody.",
            AwsSolutions_SF2="Two kinds of steps in a row: the history tells all that a trace would.",
        )
        self.arn = machine.state_machine_arn

    def _allow(self, role: iam.IRole | None, actions: list[str], resource: str) -> None:
        assert role is not None, "a role made here is never imported"
        role.add_to_principal_policy(iam.PolicyStatement(actions=actions, resources=[resource]))

    def _states_arn(self, resource: str, name: str) -> str:
        stack = Stack.of(self)
        return f"arn:{stack.partition}:states:{stack.region}:{stack.account}:{resource}:{name}"


def definition(*, batches: bool) -> dict[str, Any]:
    """The state machine in Amazon States Language, with `${Bucket}`, `${Function}` and `${Partition}` to be filled in.
    `batches`: whether the map makes batches by itself; where it does not, each object is a batch of its own, of the
    same form."""
    carried = {"run.$": "$.run", "days.$": "$.days"}
    batch = {"BatchInput": {"run.$": "$.run"}}
    by_itself = {"ItemBatcher": {"MaxItemsPerBatch": BATCH_OBJECTS, **batch}}
    one_each = {"ItemSelector": {"Items.$": "States.Array($$.Map.Item.Value)", **batch}}
    return {
        "Comment": "Folds the raw lines of some days into session and user records",
        "StartAt": "Begin",
        "States": {
            "Begin": {
                "Type": "Pass",
                "Parameters": {**carried, "done": 0, "count.$": "States.ArrayLength($.days)"},
                "Next": "Another day",
            },
            "Another day": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.done", "NumericLessThanPath": "$.count", "Next": "Day"}],
                "Default": "Done",
            },
            "Day": {
                "Type": "Pass",
                "Parameters": {
                    **carried,
                    "count.$": "$.count",
                    "prefix.$": f"States.Format('{RAW_PREFIX}dt={{}}/', States.ArrayGetItem($.days, $.done))",
                    "done.$": "States.MathAdd($.done, 1)",
                },
                "Next": "Objects",
            },
            "Objects": {
                "Type": "Map",
                "Label": "objects",
                "MaxConcurrency": MAX_BATCHES,
                "ItemReader": {
                    "Resource": "arn:${Partition}:states:::s3:listObjectsV2",
                    "Parameters": {"Bucket": "${Bucket}", "Prefix.$": "$.prefix"},
                },
                **(by_itself if batches else one_each),
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Fold",
                    "States": {"Fold": {"Type": "Task", "Resource": "${Function}", "Retry": [RETRY], "End": True}},
                },
                # A batch that fails for good does not keep the others from being folded; it is told at the end.
                "ToleratedFailurePercentage": 100,
                "ResultPath": None,
                "Next": "Another day",
            },
            "Done": {"Type": "Succeed"},
        },
    }
