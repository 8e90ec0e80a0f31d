"""Raw lines into `events` by the command, the deployed state machine and its function, with IAM enforced."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from lambdas.common.event import to_line
from local.athena.__main__ import of_function
from local.aws import CLIENT_CONFIG
from tests.builders import event
from tests.local.conftest import Deployment, until

SITE = "compact.test"
OURS = f"from all_events where si = '{SITE}'"


def test_what_arrived_yesterday_lies_in_events_and_nothing_is_seen_twice(deployment: Deployment) -> None:
    now = datetime.now(UTC)
    arrived = [now - timedelta(days=1), now]
    events = [
        event(
            number,
            si=SITE,
            ts=int((at - timedelta(days=late)).timestamp() * 1000),
            received_at=int(at.timestamp() * 1000),
        )
        for number, (at, late) in enumerate([(arrived[0], 0), (arrived[0], 20), (arrived[1], 0)])
    ]
    s3, bucket = deployment.client("s3"), deployment.outputs["raw_bucket"]
    for at, sent in ((arrived[0], events[:2]), (arrived[1], [events[2], events[0]])):
        # As the emulator's Firehose writes it.
        key = f"raw/dt={at:%Y-%m-%d}/hour={at:%H}/{SITE}"
        s3.put_object(Bucket=bucket, Key=key, Body=b"".join(map(to_line, sent)))
    seen = deployment.query(f"select eid, dt {OURS} order by eid")
    assert [eid for eid, _ in seen] == [it.eid for it in events]

    for arguments in ((), (), ("--day", f"{now:%Y-%m-%d}")):
        done = deployment.run("local.compact", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"before {now:%Y-%m-%d} is in `events`" in done.stdout
        assert deployment.query(f"select eid, dt {OURS} order by eid") == seen
    assert deployment.query(f"select eid, dt from events where si = '{SITE}' order by eid") == seen
    kept = json.loads(s3.get_object(Bucket=bucket, Key="lake/progress.json")["Body"].read())
    assert kept["next"] == f"{now:%Y-%m-%d}"
    assert not s3.list_objects_v2(Bucket=bucket, Prefix="lake/lock").get("Contents")


def test_a_query_has_the_rights_of_the_function_that_asks(deployment: Deployment) -> None:
    s3, bucket, key = deployment.client("s3"), deployment.outputs["raw_bucket"], "bad/dt=2026-11-20/hour=00/rights"
    s3.put_object(Bucket=bucket, Key=key, Body=b"{}\n")
    functions = deployment.client("lambda").list_functions()["Functions"]
    (lake,) = [one for one in functions if "LakeFunction" in one["FunctionName"]]
    role = boto3.Session(*of_function(lake["FunctionArn"], lake["Role"]), region_name="us-east-1")
    athena = role.client("athena", endpoint_url=deployment.stack.athena_endpoint, config=CLIENT_CONFIG)
    told = {}
    for table in ("raw", "bad"):
        asked = {"QueryString": f"SELECT count(*) FROM {table}", "WorkGroup": deployment.outputs["athena_workgroup"]}
        query = athena.start_query_execution(
            **asked, QueryExecutionContext={"Database": deployment.outputs["glue_database"]}
        )["QueryExecutionId"]

        def ended(query: str = query) -> Any:
            status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            return status if status["State"] not in ("QUEUED", "RUNNING") else None

        told[table] = until(ended)
    s3.delete_object(Bucket=bucket, Key=key)
    assert told["raw"]["State"] == "SUCCEEDED", told
    assert told["bad"]["State"] == "FAILED"
    assert "AccessDenied" in told["bad"]["StateChangeReason"]
