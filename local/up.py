"""`make up`: the emulator, the real CDK deployment on it, the demo site. Running it again changes nothing."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import boto3
from botocore.exceptions import ClientError
from rich.console import Console
from rich.text import Text

from local import emulator
from local.athena import background as athena
from local.aws import CLIENT_CONFIG
from local.cdk import cdk, context, stack_outputs
from local.process import Background
from local.remember import refuse_to_forget
from local.stack import BIN, REGION, ROOT, LocalError, LocalStack, listening

EXAMPLE = 'make query SQL="select name, count(*) n from raw group by name"'
OUTPUTS = {
    "ApiUrl": "api_url",
    "CollectUrl": "collect_url",
    "ReadUrl": "read_url",
    "TrackerUrl": "tracker_url",
    "VersionedUrl": "versioned_url",
    "Integrity": "integrity",
    "Snippet": "snippet",
    "CollectFunction": "collect_function",
    "RawBucket": "raw_bucket",
    "RawPrefix": "raw_prefix",
    "BadPrefix": "bad_prefix",
    "StateTable": "state_table",
    "RebuildArn": "rebuild_arn",
    "CompactionArn": "compaction_arn",
    "GlueDatabase": "glue_database",
    "RawTable": "raw_table",
    "AthenaWorkgroup": "athena_workgroup",
}


def up(stack: LocalStack, settings: Sequence[str], console: Console) -> dict[str, Any]:
    """Brings it all up and returns what it wrote to outputs.json. Raises LocalError."""
    started = time.monotonic()
    settings = [f"emulator_port={stack.port}", f"athena_port={stack.athena_port}", f"stage={stack.stage}", *settings]
    arguments = context(settings)
    if len({stack.port, stack.athena_port, stack.demo_port}) < 3:
        raise LocalError("PENSTOCK_PORT, PENSTOCK_ATHENA_PORT and PENSTOCK_DEMO_PORT must differ.")
    before = replace(
        stack,
        port=stack.recorded_port(),
        athena_port=stack.recorded_port("athena_endpoint_url"),
        demo_port=stack.recorded_port("demo_url"),
    )
    if before != stack and emulator.running(before):
        raise LocalError(
            f"The local stack is running at ports {before.port}, {before.athena_port} and {before.demo_port}: "
            "run `make down` first."
        )
    if demo(stack).pid() is None and listening(stack.demo_port):
        raise LocalError(
            f"Port {stack.demo_port} is taken by another program: stop it, or choose another port for the demo "
            f"site with `make up PENSTOCK_DEMO_PORT={stack.demo_port + 1}`."
        )
    with step(console, "Emulator"):
        emulator.start(stack)
        athena.start(stack)
    refuse_to_forget(settings, _client(stack, "cloudformation"))
    bootstrap(stack, console)
    outputs = deploy(stack, arguments, console)
    stack.outputs_file.write_text(json.dumps(outputs, indent=2) + "\n")
    with step(console, "Demo site"):
        start_demo(stack)
    show(
        {
            "Demo site": outputs["demo_url"],
            "Tracker": outputs["tracker_url"],
            "Collector": outputs["collect_url"],
            "Snippet": outputs["snippet"],
            "Query": EXAMPLE,
        },
        console,
    )
    console.print(f"Up in {time.monotonic() - started:.0f} s. Stop it with [bold]make down[/].")
    return outputs


def bootstrap(stack: LocalStack, console: Console) -> None:
    with step(console, "cdk bootstrap"):
        if not bootstrapped(_client(stack, "cloudformation")):
            cdk("bootstrap", environ=stack.environ(), log=stack.home / "cdk.log")


def deploy(stack: LocalStack, arguments: Sequence[str], console: Console) -> dict[str, Any]:
    """`cdk deploy --all` with the emulator's settings over the user's; the outputs by their names in outputs.json."""
    file = stack.home / "stack-outputs.json"
    with step(console, "cdk deploy --all") as progress:
        cdk(
            *("deploy", "--all", "--require-approval", "never", "--outputs-file", str(file)),
            *("--output", str(stack.home / "cdk.out")),
            *arguments,
            environ=stack.environ(),
            log=stack.home / "cdk.log",
            on_line=lambda line: progress(line) if "_COMPLETE" in line else None,
        )
    given = stack_outputs(file)
    _enable_ttl(stack, given["StateTable"])
    return {
        "aws_endpoint_url": stack.endpoint,
        "athena_endpoint_url": stack.athena_endpoint,
        "region": REGION,
        "demo_url": f"http://localhost:{stack.demo_port}/",
        **{key: given[name] for name, key in OUTPUTS.items()},
    }


def demo(stack: LocalStack) -> Background:
    return Background("demo", stack.home)


def start_demo(stack: LocalStack) -> None:
    background = demo(stack)
    if background.pid() is None:
        background.start(
            [str(BIN / "python"), "-m", "local.demo_server", "--port", str(stack.demo_port)],
            environ={**stack.environ(), "PENSTOCK_HOME": str(stack.home)},
            cwd=ROOT,
        )
    background.wait_until(lambda: listening(stack.demo_port), patience=30)


def show(rows: Mapping[str, str], console: Console) -> None:
    """The short table at the end: what to open, paste and ask."""
    console.print()
    for title, value in rows.items():
        # Never wrapped or cut: these lines are for copying.
        console.print(Text.assemble((f"  {title:<11}", "bold"), value), soft_wrap=True)
    console.print()


@contextmanager
def step(console: Console, title: str) -> Iterator[Any]:
    """Shows a step while it works and how long it took; yields a function that shows a line of progress."""
    started = time.monotonic()
    with console.status(f"{title} …") as status:
        yield lambda line: status.update(f"{title} … {line.strip()[:90]}")
    console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - started:.0f} s[/]")


def _enable_ttl(stack: LocalStack, table: str) -> None:
    """The emulator's CloudFormation leaves a table's TTL out; this sets what infra/state.py says."""
    client = _client(stack, "dynamodb")
    if client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED":
        client.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True}
        )


def bootstrapped(client: Any) -> bool:
    """Whether the CDK's own stack stands; `client` is CloudFormation's."""
    try:
        stacks = client.describe_stacks(StackName="CDKToolkit")["Stacks"]
    except ClientError:
        return False
    return str(stacks[0]["StackStatus"]).endswith("_COMPLETE")


def _client(stack: LocalStack, service: Literal["cloudformation", "dynamodb"]) -> Any:
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client(service, endpoint_url=stack.endpoint, config=CLIENT_CONFIG)


def main() -> None:
    try:
        up(LocalStack.from_environ(), sys.argv[1:], Console(highlight=False))
    except LocalError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted: run `make up` again, or `make down`.")


if __name__ == "__main__":
    main()
