"""State that cannot be written now is mended by the queue: the real functions, the real grants."""

import json

from lambdas.state.codec import text_of
from tests.local.conftest import Deployment, until


def test_a_table_that_refuses_collect_is_brought_up_to_date_by_the_queue(deployment: Deployment) -> None:
    deployment.up()
    iam = deployment.client("iam")
    role = next(r["RoleName"] for r in iam.list_roles()["Roles"] if "CollectFunctionRole" in r["RoleName"])
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    without = {
        **document,
        "Statement": [s for s in document["Statement"] if "dynamodb:PutItem" not in json.dumps(s["Action"])],
    }
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(without))
    try:
        status, _, _ = deployment.http("GET", "/?si=later.test&message=patience&uid=visitor")
        assert status == 200
        item = until(lambda: deployment.item("user#later.test#visitor"))
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    assert json.loads(text_of(item))["props"] == {"message": "patience"}
