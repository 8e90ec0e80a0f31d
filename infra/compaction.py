"""Raw lines into `events` every night: a schedule starts a state machine, which calls the lake's function step by step.

The waiting for Athena is the machine's, which is billed by the step and not by the time. Started by hand (`make
compact`, local/compact.py) with `{}`, or `{"day": "2026-11-01"}` for an arrival day that is wanted, due or not. Where
there is nothing to do the first step is the last.
"""

import json
from typing import Any

from aws_cdk import Duration, Stack, TimeZone
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.config import Config
from infra.lake_function import LakeFunction
from infra.nag import suppress

# Of AWS' refusals: about 5 minutes. What the function gives up by itself is for the next night.
RETRY = [
    {"ErrorEquals": ["CompactionError", "BehindError"], "MaxAttempts": 0},
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 6},
]


class Compaction(Construct):
    """`arn` is the state machine's; `failed` counts its executions that failed."""

    def __init__(self, scope: Construct, id: str, *, config: Config, lake: LakeFunction) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        # By name: its own ARN in its own role's policy would be a circle.
        own_arn = f"arn:{stack.partition}:states:{stack.region}:{stack.account}:stateMachine:{lake.machine_name}"
        for action, resource in (
            ("lambda:InvokeFunction", lake.function.function_arn),
            ("states:StartExecution", own_arn),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=lake.machine_name,
            role=role.without_policy_updates(),
            definition_body=sfn.DefinitionBody.from_string(json.dumps(definition())),
            definition_substitutions={
                "Function": lake.function.function_arn,
                "StartExecution": f"arn:{stack.partition}:states:::states:startExecution",
            },
        )
        machine.node.add_dependency(role)
        suppress(
            machine,
            AwsSolutions_SF1="An execution keeps its own history; a log of it would be paid for and read by nobody.",
            AwsSolutions_SF2="One kind of step, again and again: the history tells all that a trace would.",
        )
        if config.compaction != "off":
            hour, minute = config.compaction.split(":")
            scheduler.Schedule(
                self,
                "Nightly",
                description=f"Penstock {config.stage}: raw lines into events",
                schedule=scheduler.ScheduleExpression.cron(
                    hour=str(int(hour)), minute=str(int(minute)), time_zone=TimeZone.ETC_UTC
                ),
                target=targets.StepFunctionsStartExecution(
                    machine, input=scheduler.ScheduleTargetInput.from_object({})
                ),
            )
        self.arn = machine.state_machine_arn
        self.failed: cloudwatch.IMetric = machine.metric_failed(period=Duration.minutes(5))


def definition() -> dict[str, Any]:
    """The state machine in Amazon States Language, with `${Function}` and `${StartExecution}` to be filled in.

    One execution keeps 25,000 entries of history: a long one has `Another` go on (lambdas/lake/handler.py).
    """
    return {
        "Comment": "Compacts raw lines into events",
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", "Parameters": {"turn": 0}, "Next": "Step"},
            "Step": {
                "Type": "Task",
                "Resource": "${Function}",
                "Parameters": {"turn.$": "$.turn", "execution.$": "$$.Execution.Id", "input.$": "$$.Execution.Input"},
                "Retry": RETRY,
                "Next": "And now",
            },
            "And now": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.next", "StringEquals": "wait", "Next": "Wait"},
                    {"Variable": "$.next", "StringEquals": "another", "Next": "Another"},
                ],
                "Default": "Done",
            },
            "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Step"},
            "Another": {
                "Type": "Task",
                "Resource": "${StartExecution}",
                "Parameters": {"StateMachineArn.$": "$$.StateMachine.Id", "Input": {}},
                "End": True,
            },
            "Done": {"Type": "Succeed"},
        },
    }
