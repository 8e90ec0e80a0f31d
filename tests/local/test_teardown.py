"""Taking it all away, after every other test here: the stacks go with their tracker files, the events stay."""

from local.cdk import cdk, context
from tests.local.conftest import Deployment


def test_destroy_cleans_up_and_keeps_the_events(deployment: Deployment) -> None:
    outputs, s3 = deployment.outputs, deployment.client("s3")
    deployment.http("GET", "/?si=shop.test&ti=last")
    before = len(deployment.lines())
    cdk(
        *("destroy", "--all", "--force", "--output", str(deployment.stack.home / "destroy.out")),
        *context([f"emulator_port={deployment.stack.port}", f"stage={deployment.stack.stage}"]),
        environ=deployment.stack.environ(),
        log=deployment.stack.home / "destroy.log",
    )
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert [name for name in buckets if name.startswith("penstock")] == [outputs["raw_bucket"]]
    assert len(deployment.lines()) == before > 0
    assert outputs["state_table"] not in deployment.client("dynamodb").list_tables()["TableNames"]
