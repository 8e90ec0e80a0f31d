"""Which deployment a command is about: the local stack, or a stage in the account of the caller's credentials."""

import argparse
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.stack import LocalError, LocalStack


def add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account", action="store_true", help="in the AWS account of your credentials")
    parser.add_argument("--stage", default="prod", help="the account's deployment (default: prod)")


def stage_of(asked: argparse.Namespace) -> str | None:
    """The account's stage; None for the local stack."""
    return str(asked.stage) if asked.account else None


def outputs_of(stage: str, cloudformation: Any) -> Mapping[str, str] | None:
    """Of the stage's stack; None where there is none. Raises LocalError."""
    try:
        (stack,) = cloudformation.describe_stacks(StackName=_stack(stage))["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise LocalError(f"Stack {_stack(stage)} cannot be read: {error.response['Error']['Message']}") from None
    except BotoCoreError as error:
        raise LocalError(f"AWS cannot be asked: {error}") from None
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def account_outputs(stage: str, cloudformation: Any, *needed: str) -> Mapping[str, str]:
    """Raises LocalError where there is no such stack, or an older one without what is `needed`, as well."""
    outputs = outputs_of(stage, cloudformation)
    if outputs is None:
        raise LocalError(f"There is no stack {_stack(stage)} in this account and region.")
    if not outputs.keys() >= set(needed):
        raise LocalError(f"Stack {_stack(stage)} is older than this command: run `make deploy` again.")
    return outputs


def _stack(stage: str) -> str:
    return f"Penstock-{stage}-Core"


def local_outputs(stack: LocalStack, *needed: str) -> Mapping[str, str]:
    """Of the local stack. Raises LocalError likewise."""
    outputs = stack.outputs()
    if not outputs.keys() >= set(needed):
        raise LocalError("The local stack is older than this command: run `make up` again.")
    return outputs
