"""The deployment's state machines, here or in an account: where they are, and clients that reach them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from local.aws import CLIENT_CONFIG, account_session
from local.stack import REGION, LocalError, LocalStack

# Asked often at first, for the small; then as rarely as a person minds.
FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 3.0


@dataclass(frozen=True)
class Deployed:
    """What is needed of a deployment: the state machine, the bucket, and clients that reach them."""

    machine: str
    bucket: str
    states: Any
    s3: Any


def emulator(stack: LocalStack, name: str) -> Deployed:
    """The local stack; `name` is the machine's in its outputs. Raises LocalError where it is not up."""
    outputs = stack.outputs()
    if name not in outputs:
        raise LocalError("The local stack is older than this command: run `make up` again.")
    session = boto3.Session("test", "test", region_name=REGION)
    make = _clients(session, endpoint_url=stack.endpoint, config=CLIENT_CONFIG)
    return Deployed(outputs[name], outputs["raw_bucket"], make("stepfunctions"), make("s3"))


def account(stage: str, output: str) -> Deployed:
    """The deployment of `stage` in the account of the caller's credentials; `output` is the machine's in the stack's.

    Raises LocalError.
    """
    make = _clients(account_session())
    name = f"Penstock-{stage}-Core"
    try:
        (stack,) = make("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        raise LocalError(f"Stack {name} cannot be read: {error.response['Error']['Message']}") from None
    outputs = {found["OutputKey"]: found["OutputValue"] for found in stack.get("Outputs", [])}
    if output not in outputs:
        raise LocalError(f"Stack {name} is older than this command: run `make deploy` again.")
    return Deployed(outputs[output], outputs["RawBucket"], make("stepfunctions"), make("s3"))


def _clients(session: boto3.Session, **given: Any) -> Callable[[str], Any]:
    make: Any = session.client
    return lambda service: make(service, **given)
