"""Taking it all away, after every other test here: the stacks go with their tracker files, the events stay."""

import re
from urllib.parse import urlsplit

from local.cdk import cdk, context
from tests.local.conftest import Deployment, until


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


def test_another_deployment_goes_on_with_the_kept_bucket_and_without_cloudfront(deployment: Deployment) -> None:
    kept, before = deployment.outputs["raw_bucket"], len(deployment.lines())
    outputs = deployment.up(f"bucket={kept}", "collect_through=api")
    assert outputs["raw_bucket"] == kept
    status, _, script = deployment.http("GET", "/" + outputs["tracker_url"].rpartition("/")[2])
    assert status == 200
    # Where the published tracker sends to: the API itself, and not the address that the script came from.
    (address,) = set(re.findall(rb"""["'](http://[^"']+/e)["']""", script))
    place = urlsplit(address.decode())
    assert place.netloc == f"localhost:{deployment.stack.port}"
    assert outputs["api_url"].split("/")[2] != place.netloc
    body = '{"si": "shop.test", "events": [{"name": "straight_to_the_api"}]}'
    given = {"Content_Type": "text/plain", "CloudFront_Viewer_Country": "DE"}
    assert deployment.ask(place.netloc, "POST", place.path, body, given)[0] == 200
    lines = until(lambda: (lines := deployment.lines()) and len(lines) > before and lines)
    (line,) = [line for line in lines if line["name"] == "straight_to_the_api"]
    assert (len(lines), line["geo"]) == (before + 1, {})
    assert deployment.query("select count(*) from all_events where name = 'straight_to_the_api'") == [("1",)]

    done = deployment.run("local.up", "sink=kinesis")
    assert done.returncode == 1
    assert f"Stage local stands with bucket={kept} collect_through=api, of which nothing is said now" in done.stderr
