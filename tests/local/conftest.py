"""The main job as a user does it: the real commands, the real CDK CLI, the emulator with IAM enforced."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from playwright.sync_api import Browser, sync_playwright

from local import chromium
from local.aws import CLIENT_CONFIG
from local.process import wait_for
from local.query.__main__ import emulator_engine
from local.stack import LocalStack

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30


@dataclass(frozen=True)
class Deployment:
    """A local stack that is up, on ports and in a folder of its own, run from `checkout`."""

    stack: LocalStack
    checkout: Path = ROOT

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m local.up …` as the Makefile does."""
        environ = {
            **os.environ,
            "PENSTOCK_HOME": str(self.stack.home),
            "PENSTOCK_PORT": str(self.stack.port),
            "PENSTOCK_ATHENA_PORT": str(self.stack.athena_port),
            "PENSTOCK_DEMO_PORT": str(self.stack.demo_port),
        }
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.checkout,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self, *settings: str) -> dict[str, Any]:
        done = self.run("local.up", *settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return self.outputs

    @property
    def outputs(self) -> dict[str, Any]:
        return self.stack.outputs()

    def client(self, service: str) -> Any:
        session = boto3.Session("test", "test", region_name="us-east-1")
        return session.client(service, endpoint_url=self.stack.endpoint, config=CLIENT_CONFIG)  # type: ignore[call-overload]

    def http(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """A request to the deployed domain, whose name Python's resolver does not know; header_names by underscores."""
        return self.ask(self.outputs["api_url"].split("/")[2], method, path, body, headers)

    def api(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """The same of the HTTP API itself, past the domain."""
        api = self.outputs["read_url"].partition("//")[2].partition(".")[0]
        at = f"/_aws/execute-api/{api}/$default{path}"
        return self.ask(f"localhost:{self.stack.port}", method, at, body, headers)

    def ask(
        self, host: str, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=PATIENCE)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Host": host, **given})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in emulator_engine(self.stack).run(sql).rows]

    def lines(self, prefix: str = "raw_prefix") -> list[dict[str, Any]]:
        """Every line under raw/ or bad/, in no order."""
        outputs, s3 = self.outputs, self.client("s3")
        found = []
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=outputs["raw_bucket"], Prefix=outputs[prefix])
        for page in pages:
            for item in page.get("Contents", []):
                body = s3.get_object(Bucket=outputs["raw_bucket"], Key=item["Key"])["Body"].read().decode()
                found += [json.loads(line) for line in body.splitlines()]
        return found

    def athena(self) -> Any:
        """A client of the local Athena."""
        session = boto3.Session("test", "test", region_name="us-east-1")
        return session.client("athena", endpoint_url=self.stack.athena_endpoint, config=CLIENT_CONFIG)

    def item(self, key: str) -> dict[str, Any] | None:
        found = self.client("dynamodb").get_item(TableName=self.outputs["state_table"], Key={"pk": {"S": key}})
        return found.get("Item")


def until(found: Callable[[], Any]) -> Any:
    """What `found` returns once it is something."""
    assert wait_for(lambda: bool(found()), PATIENCE), "waited in vain"
    return found()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    home = tmp_path_factory.mktemp("penstock")
    stack = LocalStack(home, port=free_port(), demo_port=free_port(), athena_port=free_port())
    it = Deployment(stack)
    try:
        it.up()
        yield it
    finally:
        it.run("local.down")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium.ensure(), args=list(chromium.FLAGS))
        yield launched
        launched.close()
