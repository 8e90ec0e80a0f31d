"""Templates of the real app, synthesized once for each set of settings."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

import app as penstock

CDK_JSON = json.loads((Path(penstock.__file__).parent / "cdk.json").read_text())


@cache
def _build(settings: tuple[tuple[str, Any], ...]) -> tuple[cdk.Stack, cdk.Stack]:
    app = cdk.App(context={**CDK_JSON["context"], **dict(settings)}, analytics_reporting=False)
    penstock.build(app)
    core, tracker = (child for child in app.node.children if isinstance(child, cdk.Stack))
    return core, tracker


@cache
def _synth(settings: tuple[tuple[str, Any], ...]) -> tuple[Template, Template]:
    core, tracker = _build(settings)
    return Template.from_stack(core), Template.from_stack(tracker)


@pytest.fixture(scope="session")
def stacks() -> Callable[..., tuple[cdk.Stack, cdk.Stack]]:
    """`stacks(sink="kinesis")` → Core and Tracker themselves."""

    def run(**settings: Any) -> tuple[cdk.Stack, cdk.Stack]:
        return _build(tuple(sorted(settings.items())))

    return run


@pytest.fixture(scope="session")
def synth() -> Callable[..., tuple[Template, Template]]:
    """`synth(sink="kinesis")` → the templates of Core and Tracker with these settings over the defaults."""

    def run(**settings: Any) -> tuple[Template, Template]:
        return _synth(tuple(sorted(settings.items())))

    return run
