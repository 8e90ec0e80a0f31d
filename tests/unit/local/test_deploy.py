"""`make deploy` and `make destroy`: what they ask of the account before, and say after; the CDK CLI is left out."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from local import deploy as deploying
from local.stack import LocalError
from tests.unit.local.test_remember import CloudFormation

KEPT = "penstock-prod-core-data"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What would have been asked of the CDK CLI, in an account where stage prod stands with a stream."""
    stands = CloudFormation(prod={"Settings": "stage=prod sink=kinesis", "RawBucket": KEPT})
    sts = SimpleNamespace(get_caller_identity=lambda: {"Account": "123456789012"})
    clients: dict[str, Any] = {"cloudformation": stands, "sts": sts}
    session = SimpleNamespace(region_name="eu-west-1", client=clients.__getitem__)
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(deploying, "account_session", lambda: session)
    monkeypatch.setattr(deploying, "cdk", lambda *arguments, **_: asked.append(arguments))
    return asked


def test_a_deployment_that_forgets_the_sink_stops_before_anything_is_done(ran: list[tuple[str, ...]]) -> None:
    with pytest.raises(LocalError, match=r"^Stage prod stands with sink=kinesis, of which nothing is said now: add "):
        deploying.deploy(["sites=example.com"], Console(file=io.StringIO()))
    assert ran == []


def test_after_a_destruction_the_bucket_is_named_with_what_goes_on_with_it(ran: list[tuple[str, ...]]) -> None:
    said = io.StringIO()
    deploying.destroy([], Console(file=said, width=80))
    assert ran == [("destroy", "--all", "--force")]
    assert f'go on with it by `make deploy SET="bucket={KEPT}"`.' in said.getvalue()
