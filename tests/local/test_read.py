"""Reading records back: JSON as in the seed for callers IAM lets in, nothing for anybody else."""

import http.client
import json
from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local.conftest import PATIENCE, Deployment, until

ROOT_USER = Credentials("test", "test")


def get(deployment: Deployment, path: str, signer: Credentials | None = ROOT_USER) -> tuple[int, Any]:
    """The API itself, on the emulator's own port (its host name is not known to Python's resolver)."""
    api = deployment.outputs["read_url"].partition("//")[2].partition(".")[0]
    request = AWSRequest("GET", f"{deployment.stack.endpoint}/_aws/execute-api/{api}/$default{path}")
    if signer:
        SigV4Auth(signer, "execute-api", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", deployment.stack.port, timeout=PATIENCE)
    try:
        headers = {**request.headers, "Host": f"localhost:{deployment.stack.port}"}
        connection.request("GET", request.url.removeprefix(deployment.stack.endpoint), headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_a_session_a_user_and_a_users_sessions(deployment: Deployment) -> None:
    first = "/?si=read.test&message=Please%20track%20me%20too!&sid=a%20session%20id%20given&uid=u%201"
    eids = [
        deployment.http("GET", path)[2].decode()
        for path in (first, "/?si=read.test&privateMessage=third&sid=a%20session%20id%20given&uid=u%201")
    ]
    session = f"/session/{quote('a session id given')}?si=read.test"
    until(lambda: get(deployment, session)[1].get("eid") == eids[1])
    status, record = get(deployment, session)
    assert status == 200
    assert record["message"] == "Please track me too!"
    assert record["privateMessage"] == "third"
    assert (record["sid"], record["uid"]) == ("a session id given", "u 1")
    assert record["unixtimestamp"] > 1_700_000_000_000

    status, user = get(deployment, f"/user/{quote('u 1')}?si=read.test")
    assert (status, user["privateMessage"], user["eid"]) == (200, "third", eids[1])
    status, sessions = get(deployment, f"/user/{quote('u 1')}/sessions?si=read.test")
    assert status == 200
    assert "a session id given" in json.dumps(sessions)


def test_what_is_unknown_is_404(deployment: Deployment) -> None:
    assert get(deployment, "/session/nobody?si=read.test")[0] == 404
    assert get(deployment, "/user/nobody?si=read.test")[0] == 404


@pytest.mark.parametrize("path", ["/session/a?si=read.test", "/user/a?si=read.test", "/user/a/sessions?si=read.test"])
@pytest.mark.parametrize("signer", [None, Credentials("AKIAUNKNOWN", "guess")])
def test_nobody_else_gets_anything(deployment: Deployment, path: str, signer: Credentials | None) -> None:
    assert get(deployment, path, signer)[0] == 403
    # Nor by the public domain, which passes on no signature.
    assert deployment.http("GET", path)[0] == 403
