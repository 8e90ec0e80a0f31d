"""The demo server: the shop's files, the published snippet in its page, and clear answers when there is no stack."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local.aws import Outputs
from local.demo_server import SHOP, Answer, Backend, Site
from local.stack import LocalError

STUB = '!function(w,n){w[n]={q:[]}}(window,"penstock")'
OUTPUTS = Outputs(
    aws_endpoint_url="http://localhost:4566",
    athena_endpoint_url="http://localhost:4567",
    region="us-east-1",
    collect_url="http://id.cloudfront.localhost:4566/e",
    tracker_url="http://id.cloudfront.localhost:4566/t.js",
    snippet=f'<script>{STUB}</script><script async src="http://id.cloudfront.localhost:4566/t.js"></script>',
    raw_bucket="raw-</script>-bucket",
    raw_prefix="raw/",
    state_table="state",
    glue_database="penstock_local",
    athena_workgroup="penstock-local",
)


class Asked:
    """Stands for both readers: remembers what it was asked, and answers or fails."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, []

    def of(self, *given: Any) -> Any:
        self.asked.append(given)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def site(reader: Asked | None = None, outputs: Outputs | LocalError = OUTPUTS) -> Site:
    def given() -> Outputs:
        if isinstance(outputs, LocalError):
            raise outputs
        return outputs

    return Site(given, lambda _: Backend(reader, reader))


def get(target: str, at: Site | None = None, host: str = "localhost:8080", method: str = "GET") -> Answer:
    return (at or site()).answer(method, target, host)


@pytest.mark.parametrize("page", ["/", "/?kind=green", "/tea/mist-ridge", "/checkout", "/thanks"])
def test_every_page_of_the_shop_carries_the_published_snippet_unchanged(page: str) -> None:
    answer = get(page)
    assert answer.status == 200
    assert answer.content_type == "text/html; charset=utf-8"
    assert OUTPUTS.snippet in answer.body.decode()


def test_the_page_knows_where_its_events_go_and_no_name_breaks_out_of_its_script() -> None:
    html = get("/").body.decode()
    found = re.search(r'<script type="application/json" id="settings">(.*?)</script>', html, re.DOTALL)
    assert found
    settings = json.loads(found[1])
    assert settings["collect_url"] == OUTPUTS.collect_url
    assert settings["raw_bucket"] == OUTPUTS.raw_bucket
    assert settings["problem"] == ""


def test_the_mirror_stands_before_the_tracker() -> None:
    html = get("/").body.decode()
    assert html.index('id="settings"') < html.index("/js/mirror.js") < html.index(OUTPUTS.snippet)


def test_the_policy_allows_the_tracker_and_nothing_else() -> None:
    policy = get("/").headers["Content-Security-Policy"]
    stub = base64.b64encode(hashlib.sha256(STUB.encode()).digest()).decode()
    assert f"script-src 'self' http://id.cloudfront.localhost:4566 'sha256-{stub}';" in policy
    assert "connect-src 'self' http://id.cloudfront.localhost:4566;" in policy
    assert "unsafe" not in policy


def test_without_a_stack_the_shop_stands_and_says_what_to_run() -> None:
    down = site(outputs=LocalError("Run `make up` first."))
    assert "Run `make up` first." in get("/", down).body.decode()
    answer = get("/api/arrived?uid=kim", down)
    assert (answer.status, json.loads(answer.body)) == (503, {"error": "Run `make up` first."})


def test_every_file_the_page_asks_for_is_there() -> None:
    pages = [SHOP / "index.html", *SHOP.glob("js/*.js")]
    wanted = {
        path if path.startswith("/") else f"/js/{path.removeprefix('./')}"
        for page in pages
        for path in re.findall(r'(?:src=|href=|from )"((?:/|\./)[\w./-]+\.(?:js|css|svg))"', page.read_text("utf-8"))
    }
    assert len(wanted) > 10
    assert {path: get(path).status for path in wanted} == dict.fromkeys(wanted, 200)


def test_the_page_loads_nothing_from_anywhere_else() -> None:
    elsewhere = re.compile(r"""src(set)?="?https?:|url\(https?:|@import|from "https?:""")
    assert [file.name for file in SHOP.rglob("*.*") if elsewhere.search(file.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "path",
    ["/../demo_server.py", "/js/../../aws.py", "/%2e%2e/aws.py", "/js", "/nothing.js", "//etc/hostname", "/tea/"],
)
def test_nothing_outside_the_shop_is_served(path: str) -> None:
    assert get(path).status == 404


def test_a_mistyped_address_is_the_shops_own_page_and_a_missing_file_an_error() -> None:
    assert (get("/nowhere").status, get("/nowhere").content_type) == (404, "text/html; charset=utf-8")
    assert OUTPUTS.snippet in get("/nowhere").body.decode()
    assert json.loads(get("/nothing.js").body) == {"error": "There is nothing here."}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil.example:8080", ""])
def test_a_page_elsewhere_cannot_reach_it_by_another_name(host: str) -> None:
    assert get("/api/arrived?uid=kim", host=host).status == 421


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080"])
def test_loopback_names_reach_it(host: str) -> None:
    assert get("/", host=host).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_is_for_reading_alone(method: str) -> None:
    assert get("/", method=method).status == 405


def test_state_is_asked_with_what_the_page_gave() -> None:
    reader = Asked({"session": None, "user": None, "folded": ["a"]})
    answer = get("/api/state?si=localhost&sid=s%201&uid=u&eid=a&eid=b", site(reader))
    assert (answer.status, json.loads(answer.body)) == (200, reader.answer)
    assert reader.asked == [("localhost", "s 1", "u", ["a", "b"])]


@pytest.mark.parametrize(
    ("target", "missing"),
    [("/api/arrived", "uid"), ("/api/arrived?uid=", "uid"), ("/api/state?si=x", "sid, uid")],
)
def test_what_is_missing_is_named(target: str, missing: str) -> None:
    answer = get(target)
    assert (answer.status, json.loads(answer.body)) == (400, {"error": f"Missing: {missing}."})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EndpointConnectionError(endpoint_url="http://x"), "The emulator does not answer: run `make up`."),
        (
            ClientError({"Error": {"Code": "NoSuchBucket"}}, "ListObjectsV2"),
            "The emulator refuses (NoSuchBucket): run `make up`.",
        ),
    ],
)
def test_an_emulator_that_fails_is_a_clear_answer(error: Exception, said: str) -> None:
    answer = get("/api/arrived?uid=kim", site(Asked(error)))
    assert (answer.status, json.loads(answer.body)) == (502, {"error": said})


def test_a_new_deployment_needs_no_restart() -> None:
    served = [OUTPUTS, replace(OUTPUTS, snippet="<script>second()</script>")]
    turning = Site(lambda: served.pop(0), lambda _: Backend(Asked([]), Asked({})))
    assert OUTPUTS.snippet in get("/", turning).body.decode()
    assert "second()" in get("/", turning).body.decode()
