"""AWS clients, made in one place: short time-outs, and retries that are ours to count.

botocore itself, not boto3: the functions use plain clients alone, and boto3's import costs a cold start a
sixth more. The endpoint (AWS_ENDPOINT_URL), region and credentials come from the environment as usual.
"""

from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONNECT_SECONDS: Final = 1.0
# By service: how long an answer may take. An object for S3 may be megabytes, a DynamoDB item never is.
READ_SECONDS: Final = {
    **{"firehose": 3.0, "kinesis": 3.0, "s3": 4.0, "dynamodb": 1.5, "sqs": 2.0},
    **{"athena": 20.0, "glue": 20.0, "stepfunctions": 5.0},
}

# What a call can raise: the service's refusal, or no answer at all.
AwsError: Final = (ClientError, BotoCoreError)

# A refusal that a second try will not change. Anything else may pass: throttling, faults, time-outs.
_FINAL: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "InvalidArgumentException",
        "InvalidSignatureException",
        "NoSuchBucket",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
        "ValidationException",
    }
)


def client(service: str, attempts: int = 1) -> Any:
    """A low-level client; the caller names its type (`mypy_boto3_…`). Makes no call. `attempts`: botocore's own, for
    who has time and nothing to count."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS[service],
        # Retries belong to the sink and the store: they know what may be dropped, and how long is left.
        retries={"total_max_attempts": attempts},
        tcp_keepalive=True,
        # Put together anew for each call otherwise, and the calls' parameters are ours: a quarter of a call's CPU.
        user_agent="penstock",
        parameter_validation=False,
        max_pool_connections=16,
    )
    return botocore.session.get_session().create_client(service, config=config)


def call_seconds(service: str) -> float:
    """The longest that one call takes: nobody answers the connect, or nobody the request."""
    return CONNECT_SECONDS + READ_SECONDS[service]


def error_code(error: Exception) -> str:
    """The service's code, or the exception's name when no answer came. Safe to log: never a message."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def may_pass(error: Exception) -> bool:
    """Whether the same call may succeed a moment later."""
    return error_code(error) not in _FINAL
