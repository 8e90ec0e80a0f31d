"""The cookie that keeps the id and confirms a batch: when it is set, and when it must not be."""

from typing import Any

import pytest

from lambdas.collect.handler import answer
from tests.builders import SITE, batch, http_event, post_batch
from tests.fakes import FakeSink, fake_collector

UID = "0f0e0d0c-1111-4222-8333-444455556666"
SETTINGS = {"cookie_domain": "shop.example"}


def post(events: list[dict[str, Any]] | None = None, **options: Any) -> dict[str, Any]:
    settings = options.pop("settings", SETTINGS)
    sink = options.pop("sink", None) or FakeSink()
    event = post_batch(
        batch(*(events if events is not None else [{}]), uid=options.pop("uid", UID), sent_at=1_700_000_000_123)
    )
    cookies = options.pop("cookies", [f"_ps_id={UID}"])
    event = {**event, "cookies": cookies, "headers": {**event["headers"], **options}}
    return dict(answer(fake_collector(sink, **settings), event))


def test_the_answer_mirrors_the_id_and_confirms_the_batch() -> None:
    [cookie] = post(**{"x-forwarded-proto": "https"})["cookies"]
    value, *attributes = cookie.split("; ")
    assert value == f"_ps_k={UID}.1700000000123"
    assert set(attributes) == {"Path=/", "Max-Age=63072000", "SameSite=Lax", "Domain=shop.example", "Secure"}
    assert "HttpOnly" not in cookie  # the tracker reads it


def test_a_batch_in_which_something_was_bad_is_confirmed_as_well() -> None:
    assert post([{"seq": -1}, {}])["cookies"]


def test_where_site_and_collector_share_a_host_the_cookie_is_the_hosts() -> None:
    [cookie] = post(settings={"cookie_domain": "host", "cookie_prefix": "x-"}, cookies=[f"x-id={UID}"])["cookies"]
    assert cookie == f"x-k={UID}.1700000000123; Path=/; Max-Age=63072000; SameSite=Lax"


@pytest.mark.parametrize(
    "options",
    [
        {"settings": {}},  # no domain of our own
        {"cookies": []},  # the visitor has no id here
        {"cookies": [f"_ps_id={UID[::-1]}"]},  # another's batch
        {"cookies": ["_ps_id=a b"], "uid": "a b"},  # nothing our tracker made
        {"cookies": [f"_ps_id={UID}", "penstock_optout=1"]},
        {"sec-gpc": "1"},
        {"events": [{"seq": -1}]},
        {"events": []},
    ],
    ids=["no domain", "no id", "another id", "odd id", "opted out", "gpc", "nothing stored", "nothing sent"],
)
def test_no_cookie(options: dict[str, Any]) -> None:
    assert "cookies" not in post(**options)


def test_no_confirmation_of_what_was_not_stored() -> None:
    sink = FakeSink()
    sink.refusing = True
    response = post(sink=sink)
    assert response["statusCode"] == 503
    assert "cookies" not in response


def test_raw_events_and_the_pixel_set_no_cookie() -> None:
    for path in ("/", "/p.gif"):
        event = {**http_event(path=path, query=f"si={SITE}&uid={UID}&sent_at=1"), "cookies": [f"_ps_id={UID}"]}
        assert "cookies" not in answer(fake_collector(**SETTINGS), event)


def test_a_page_of_another_origin_may_read_when_to_come_again() -> None:
    event = post_batch(batch({}), headers={"origin": "https://shop.example"})
    assert answer(fake_collector(), event)["headers"]["access-control-expose-headers"] == "retry-after"
