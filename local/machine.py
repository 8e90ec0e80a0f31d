"""The deployment's state machines, here or in an account: where they are, and clients that reach them."""

from dataclasses import dataclass
from typing import Any, Final

import boto3

from local.aws import CLIENT_CONFIG, account_session
from local.stack import REGION, LocalStack
from local.up import OUTPUTS
from local.where import account_outputs, local_outputs

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


def deployed(stage: str | None, output: str) -> Deployed:
    """Of the account's `stage`, or of the local stack where that is None; `output` is the machine's in the stack's.

    Raises LocalError.
    """
    if stage:
        make: Any = account_session().client
        outputs = account_outputs(stage, make("cloudformation"), output)
        return Deployed(outputs[output], outputs["RawBucket"], make("stepfunctions"), make("s3"))
    stack = LocalStack.from_environ()
    found = local_outputs(stack, OUTPUTS[output])
    given = {"endpoint_url": stack.endpoint, "config": CLIENT_CONFIG}
    make = boto3.Session("test", "test", region_name=REGION).client
    return Deployed(found[OUTPUTS[output]], found["raw_bucket"], make("stepfunctions", **given), make("s3", **given))
