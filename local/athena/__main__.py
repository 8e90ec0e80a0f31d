"""`python -m local.athena`: the local Athena as a program of its own, beside the emulator; `make up` starts it."""

import argparse
import signal
import threading
from pathlib import Path

import boto3

from local.athena.server import one_after_the_other, serving
from local.aws import CLIENT_CONFIG
from local.stack import REGION


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.athena", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--endpoint", required=True, help="the emulator's address")
    parser.add_argument("--cache", type=Path, required=True, help="a folder of its own")
    options = parser.parse_args()
    # The emulator's root user: whose query it is, is not known here.
    session = boto3.Session("test", "test", region_name=REGION)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with serving(
        session.client("glue", endpoint_url=options.endpoint, config=CLIENT_CONFIG),
        session.client("s3", endpoint_url=options.endpoint, config=CLIENT_CONFIG),
        session.client("athena", endpoint_url=options.endpoint, config=CLIENT_CONFIG),
        cache=options.cache,
        port=options.port,
        run=one_after_the_other(),
    ):
        stop.wait()


if __name__ == "__main__":
    main()
