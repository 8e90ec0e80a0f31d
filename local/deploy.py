"""`make deploy` and `make destroy`: the stacks into, or out of, the AWS account of the caller's credentials."""

import argparse
import os
import sys
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local.aws import account_session
from local.cdk import cdk, context, given, load, stack_outputs
from local.remember import refuse_to_forget
from local.stack import BIN, ROOT, LocalError
from local.up import bootstrapped, show, step
from local.where import outputs_of

HOME = ROOT / ".local" / "account"


def deploy(settings: list[str], console: Console) -> None:
    """Bootstraps where that was never done, deploys, prints the addresses. Raises LocalError."""
    log, file = HOME / "cdk.log", HOME / "stack-outputs.json"
    session = _identify(console)
    environ = _environ(session)
    started = time.monotonic()
    cloudformation = session.client("cloudformation")
    refuse_to_forget(settings, cloudformation)
    with step(console, "cdk bootstrap"):
        if not bootstrapped(cloudformation):
            cdk("bootstrap", environ=environ, log=log)
    with step(console, "cdk deploy --all") as progress:
        cdk(
            *(
                "deploy",
                "--all",
                "--require-approval",
                "never",
                "--outputs-file",
                str(file),
                *context(settings),
            ),
            environ=environ,
            log=log,
            on_line=lambda line: progress(line) if "_COMPLETE" in line else None,
        )
    outputs = stack_outputs(file)
    show(
        {
            "Tracker": outputs["TrackerUrl"],
            "Collector": outputs["CollectUrl"],
            "Snippet": outputs["Snippet"],
            "Query": 'make query ACCOUNT=1 SQL="select name, count(*) n from raw group by name"',
        },
        console,
    )
    console.print(f"Deployed in {time.monotonic() - started:.0f} s.")


def destroy(settings: list[str], console: Console) -> None:
    """Deletes both stacks; the data bucket is kept, since its events are the truth. Raises LocalError."""
    session = _identify(console)
    stands = outputs_of(load(given(settings)).stage, session.client("cloudformation")) or {}
    with step(console, "cdk destroy --all"):
        cdk("destroy", "--all", "--force", *context(settings), environ=_environ(session), log=HOME / "cdk.log")
    console.print(
        "The bucket with your events was kept: delete it by hand when you are sure, or go on with it by "
        f'`make deploy SET="bucket={stands.get("RawBucket", "…")}"`.',
        soft_wrap=True,
    )


def _environ(session: boto3.Session) -> dict[str, str]:
    """With the region that was shown, so that the CLI cannot take another."""
    region = {"AWS_REGION": str(session.region_name)}
    return {**os.environ, **region, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def _identify(console: Console) -> boto3.Session:
    """Says whose account it is before anything changes there. Raises LocalError."""
    session = account_session()
    if not session.region_name:
        raise LocalError("No AWS region is set: set AWS_REGION, for example AWS_REGION=eu-west-1.")
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise LocalError(f"AWS did not accept your credentials: {error}") from None
    console.print(f"Account [bold]{account}[/], region [bold]{session.region_name}[/]")
    return session


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--destroy", action="store_true")
    parser.add_argument("settings", nargs="*", metavar="name=value")
    arguments = parser.parse_args()
    try:
        (destroy if arguments.destroy else deploy)(arguments.settings, Console(highlight=False))
    except LocalError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
