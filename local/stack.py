"""The local stack as its tools see it: ports, folders, and the environment that points AWS tools at the emulator."""

import json
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
REGION = "us-east-1"
HOST = "127.0.0.1"


class LocalError(Exception):
    """Something a person can mend; the message says how."""


@dataclass(frozen=True)
class LocalStack:
    """One emulator with one deployment on it. `home` holds all it leaves behind."""

    home: Path = ROOT / ".local"
    port: int = 4566
    demo_port: int = 8080
    athena_port: int = 4567
    stage: str = "local"

    @classmethod
    def from_environ(cls) -> "LocalStack":
        """Ports and home by PENSTOCK_PORT, PENSTOCK_ATHENA_PORT, PENSTOCK_DEMO_PORT and PENSTOCK_HOME.

        Athena's is the emulator's next where nothing else is said. Raises LocalError.
        """
        home = Path(os.environ.get("PENSTOCK_HOME") or cls.home).absolute()
        before = cls(home)
        port = _port("PENSTOCK_PORT", before.recorded_port())
        athena_port = port + 1 if port != before.recorded_port() else before.recorded_port("athena_endpoint_url")
        return cls(
            home=home,
            port=port,
            demo_port=_port("PENSTOCK_DEMO_PORT", before.recorded_port("demo_url")),
            athena_port=_port("PENSTOCK_ATHENA_PORT", athena_port),
        )

    def recorded_port(self, output: str = "aws_endpoint_url") -> int:
        """The port of the last `make up` here, so that it need be named but once; else this one's."""
        try:
            return urlsplit(self.outputs()[output]).port or 0
        except (LocalError, KeyError, ValueError):
            return {"demo_url": self.demo_port, "athena_endpoint_url": self.athena_port}.get(output, self.port)

    @property
    def endpoint(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def athena_endpoint(self) -> str:
        return f"http://localhost:{self.athena_port}"

    @property
    def outputs_file(self) -> Path:
        return self.home / "outputs.json"

    def outputs(self) -> dict[str, Any]:
        """What `make up` wrote. Raises LocalError where it has not run."""
        try:
            found: dict[str, Any] = json.loads(self.outputs_file.read_text())
        except FileNotFoundError:
            raise LocalError("The local stack is not up: run `make up` first.") from None
        return found

    def environ(self) -> dict[str, str]:
        """For the CDK CLI, boto3 and the emulator itself: the emulator's root user is test/test."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **kept,
            "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_ATHENA": self.athena_endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            # No look at the machine's own AWS files: this stack is on this machine alone.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }


def listening(port: int) -> bool:
    """Whether something answers at a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def _port(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdigit() or not 1024 <= int(value) <= 65535:
        raise LocalError(f"{name} is {value!r}, but must be a port between 1024 and 65535.")
    return int(value)
