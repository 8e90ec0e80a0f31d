"""What `make up` left behind (`.local/outputs.json`), and AWS clients that talk to the emulator it names."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
OUTPUTS = ROOT / ".local" / "outputs.json"

# The emulator is one process on this machine: what does not answer soon is down. Path style, since Python's
# resolver does not know `<bucket>.localhost`.
CLIENT_CONFIG = Config(
    connect_timeout=3,
    read_timeout=30,
    retries={"total_max_attempts": 2},
    max_pool_connections=16,
    s3={"addressing_style": "path"},
)


class StackDownError(Exception):
    """The local stack is not up; the message says what to run."""


@dataclass(frozen=True)
class Outputs:
    """The names and addresses of the deployed stacks. Prefixes end in a slash."""

    aws_endpoint_url: str
    region: str
    api_url: str
    collect_url: str
    tracker_url: str
    demo_url: str
    raw_bucket: str
    raw_prefix: str
    bad_prefix: str
    state_table: str
    glue_database: str
    raw_table: str
    athena_workgroup: str
    integrity: str


def load_outputs(path: Path = OUTPUTS) -> Outputs:
    """Read what `make up` wrote. Raises StackDownError when it is absent or not whole."""
    try:
        given: Mapping[str, str] = json.loads(path.read_text("utf-8"))
        return Outputs(**{field.name: given[field.name] for field in fields(Outputs)})
    except FileNotFoundError:
        raise StackDownError("The local stack is not up: run `make up` first.") from None
    except (KeyError, TypeError, ValueError):
        raise StackDownError(f"{path.name} is not whole: run `make up` again.") from None


def emulator_session(outputs: Outputs) -> boto3.Session:
    """The emulator's root user; IAM is enforced for the functions, whose roles the stacks gave them."""
    return boto3.Session("test", "test", region_name=outputs.region)


def client_options(outputs: Outputs) -> dict[str, Any]:
    """Keyword arguments for `session.client` and `session.resource`."""
    return {"endpoint_url": outputs.aws_endpoint_url, "config": CLIENT_CONFIG}
