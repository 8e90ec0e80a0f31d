"""`make down`: stops the demo site, Athena and the emulator with all its function processes. The data stay."""

import sys

from local.athena import background as athena
from local.emulator import emulator
from local.stack import LocalError, LocalStack
from local.up import demo


def down(stack: LocalStack) -> list[str]:
    """Stops what runs and returns the names of it."""
    return [
        background.name for background in (demo(stack), athena.program(stack), emulator(stack)) if background.stop()
    ]


def main() -> None:
    try:
        stopped = down(LocalStack.from_environ())
    except LocalError as error:
        sys.exit(str(error))
    print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


if __name__ == "__main__":
    main()
