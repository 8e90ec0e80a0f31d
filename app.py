#!/usr/bin/env python3
"""The CDK app: settings in, two stacks out. No AWS call is made here."""

import os
import sys

import aws_cdk as cdk

from infra import config as settings
from infra.core_stack import CoreStack
from infra.nag import check
from infra.python_function import BuildError
from infra.target import Target
from infra.tracker_stack import TrackerStack
from tracker_build.stage import StageError


def build(app: cdk.App) -> None:
    """Adds the stacks to the app. Raises ConfigError, BuildError or StageError, each with a message for a person."""
    given = {name: app.node.try_get_context(name) for name in settings.names()}
    config = settings.load(
        app.node.try_get_context("penstock") or {},
        {name: value for name, value in given.items() if value is not None},
    )
    target = Target(config.emulator_port, config.athena_port)
    env = cdk.Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION"))
    settings.check_region(config, env.region)
    core = CoreStack(app, f"Penstock-{config.stage}-Core", config=config, target=target, env=env)
    TrackerStack(app, f"Penstock-{config.stage}-Tracker", config=config, target=target, edge=core.edge, env=env)
    cdk.Tags.of(app).add("penstock:stage", config.stage)
    check(app)


if __name__ == "__main__":
    app = cdk.App()
    try:
        build(app)
    except (settings.ConfigError, BuildError, StageError) as error:
        sys.exit(str(error))
    app.synth()
