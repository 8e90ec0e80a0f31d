"""The local Athena as `make up` and `make down` know it: a program beside the emulator."""

import sys

from local.process import Background
from local.stack import ROOT, LocalError, LocalStack, listening


def program(stack: LocalStack) -> Background:
    return Background("athena", stack.home)


def start(stack: LocalStack) -> None:
    """Starts it unless it runs; returns once it answers. Raises LocalError."""
    background = program(stack)
    if background.pid() is None:
        if listening(stack.athena_port):
            raise LocalError(
                f"Port {stack.athena_port} is taken by another program: stop it, or choose another port for Athena "
                f"with `make up PENSTOCK_ATHENA_PORT={stack.athena_port + 10}`."
            )
        arguments = ["--port", str(stack.athena_port), "--endpoint", stack.endpoint]
        background.start(
            [sys.executable, "-m", "local.athena", *arguments, "--cache", str(stack.home / "cache")],
            environ=stack.environ(),
            cwd=ROOT,
        )
    background.wait_until(lambda: listening(stack.athena_port), patience=30)
