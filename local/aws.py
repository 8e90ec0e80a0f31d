"""What `make up` left behind (`outputs.json`), typed, and AWS clients that talk to the emulator it names."""

import os
from dataclasses import dataclass, fields
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from local.stack import LocalError, LocalStack

# The emulator is one process on this machine: what does not answer soon is down. Path style, since Python's
# resolver does not know `<bucket>.localhost`.
CLIENT_CONFIG = Config(
    connect_timeout=3,
    read_timeout=30,
    retries={"total_max_attempts": 2},
    max_pool_connections=16,
    s3={"addressing_style": "path"},
)


@dataclass(frozen=True)
class Outputs:
    """The names and addresses of the deployed stacks. Prefixes end in a slash."""

    aws_endpoint_url: str
    athena_endpoint_url: str
    region: str
    collect_url: str
    tracker_url: str
    snippet: str
    raw_bucket: str
    raw_prefix: str
    state_table: str
    glue_database: str
    athena_workgroup: str


def account_session() -> boto3.Session:
    """The caller's credentials, and the region the CDK CLI would take: AWS_REGION first, which boto3 does not read.

    Raises LocalError, for a profile that is not there.
    """
    try:
        return boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
    except BotoCoreError as error:
        raise LocalError(f"AWS cannot be asked: {error}.") from None


def load_outputs(stack: LocalStack) -> Outputs:
    """Read what `make up` wrote. Raises LocalError when it has not run, or its file is not whole."""
    try:
        given = stack.outputs()
        return Outputs(**{field.name: given[field.name] for field in fields(Outputs)})
    except (KeyError, TypeError, ValueError):
        raise LocalError(f"{stack.outputs_file.name} is not whole: run `make up` again.") from None


def emulator_session(outputs: Outputs) -> boto3.Session:
    """The emulator's root user; IAM is enforced for the functions, whose roles the stacks gave them."""
    return boto3.Session("test", "test", region_name=outputs.region)


def client_options(outputs: Outputs) -> dict[str, Any]:
    """Keyword arguments for `session.client` and `session.resource`."""
    return {"endpoint_url": outputs.aws_endpoint_url, "config": CLIENT_CONFIG}
