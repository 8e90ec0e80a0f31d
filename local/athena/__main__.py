"""`python -m local.athena`: the local Athena as a program of its own, beside the emulator; `make up` starts it."""

import argparse
import functools
import hashlib
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import boto3

from local.athena.engine import Engine
from local.athena.server import one_after_the_other, serving
from local.athena.service import Acting, RefusedError
from local.aws import CLIENT_CONFIG
from local.stack import REGION

# The emulator's root user, in whose name `make` works: its key and its secret.
ROOT: Final = "test"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.athena", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--endpoint", required=True, help="the emulator's address")
    parser.add_argument("--cache", type=Path, required=True, help="a folder of its own")
    options = parser.parse_args()
    root = boto3.Session(ROOT, ROOT, region_name=REGION)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with serving(
        functools.partial(acting, root, options.endpoint, options.cache),
        root.client("athena", endpoint_url=options.endpoint, config=CLIENT_CONFIG),
        port=options.port,
        run=one_after_the_other(),
    ):
        stop.wait()


@contextmanager
def acting(root: boto3.Session, endpoint: str, cache: Path, caller: str) -> Iterator[Acting]:
    """With the rights of who asks, as Athena works. A role's objects are not kept: it shall be asked each time whether
    it may read them."""
    if caller == ROOT:
        yield _with(root, endpoint, cache)
        return
    with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        yield _with(boto3.Session(*credentials(root, endpoint, caller), region_name=REGION), endpoint, Path(folder))


def _with(session: boto3.Session, endpoint: str, cache: Path) -> Acting:
    s3 = session.client("s3", endpoint_url=endpoint, config=CLIENT_CONFIG)
    return Acting(Engine(session.client("glue", endpoint_url=endpoint, config=CLIENT_CONFIG), s3, cache=cache), s3)


def credentials(root: boto3.Session, endpoint: str, caller: str) -> tuple[str, str, str]:
    """Those of the function with this access key. Raises RefusedError."""
    functions = root.client("lambda", endpoint_url=endpoint, config=CLIENT_CONFIG).get_paginator("list_functions")
    for function in (one for page in functions.paginate() for one in page["Functions"]):
        found = of_function(function["FunctionArn"], function["Role"])
        if caller == found[0]:
            return found
    raise RefusedError("The security token included in the request is invalid.", code="UnrecognizedClientException")


def of_function(arn: str, role: str) -> tuple[str, str, str]:
    """Key, secret and token as the emulator makes them (ministack/core/lambda_runtime.py, execution_credentials)."""
    digest = _sha256(f"{arn}:{role}")
    return f"ASIA{digest[:16].upper()}", _sha256(f"secret:{digest}"), _sha256(f"token:{digest}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    main()
