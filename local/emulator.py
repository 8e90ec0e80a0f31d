"""The AWS emulator of the local stack: ministack, on loopback, with IAM enforced and its data kept."""

import json
import sys
import urllib.error
import urllib.request

from local.process import Background
from local.stack import HOST, REGION, ROOT, LocalError, LocalStack, listening


def emulator(stack: LocalStack) -> Background:
    return Background("emulator", stack.home)


def running(stack: LocalStack) -> bool:
    return emulator(stack).pid() is not None and _healthy(stack)


def start(stack: LocalStack) -> None:
    """Starts it unless it runs; returns once it answers. Raises LocalError."""
    background = emulator(stack)
    if background.pid() is None:
        if listening(stack.port):
            raise LocalError(
                f"Port {stack.port} is taken by another program: stop it, or choose another port with "
                f"`make up PENSTOCK_PORT={stack.port + 10}`."
            )
        data = stack.home / "emulator"
        (data / "tmp").mkdir(parents=True, exist_ok=True)
        background.start(
            [sys.executable, "-m", "ministack"],
            cwd=ROOT,
            environ=stack.environ()
            | {
                "GATEWAY_PORT": str(stack.port),
                "BIND_HOST": HOST,
                "MINISTACK_HOST": "localhost",
                "MINISTACK_REGION": REGION,
                # Without this a missing grant would show in a user's account only.
                "AUTH": "true",
                "PERSIST_STATE": "1",
                "STATE_DIR": str(data / "state"),
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(data / "s3"),
                "TMPDIR": str(data / "tmp"),
                "LAMBDA_EXECUTOR": "local",
                # Listeners of its own, which would take no notice of BIND_HOST.
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                "LOG_LEVEL": "WARNING",
            },
        )
    background.wait_until(lambda: _healthy(stack), patience=60)


def _healthy(stack: LocalStack) -> bool:
    try:
        with urllib.request.urlopen(f"{stack.endpoint}/_ministack/health", timeout=2) as answer:  # noqa: S310 - loopback
            return bool(json.load(answer))
    except (urllib.error.URLError, OSError, ValueError):
        return False
