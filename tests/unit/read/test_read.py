"""Reading back: who is asked for, what is shown, and that an expired record is never shown."""

import json
from typing import Any

import pytest

from lambdas.read import query
from lambdas.read.query import SESSION, USER, USER_SESSIONS, answer
from lambdas.state.store import StateStore
from tests.builders import DAY, NOW, SITE, eid, event
from tests.fakes import FakeClock, FakeDynamoDB


class Table:
    def __init__(self) -> None:
        self.clock = FakeClock()
        client: Any = FakeDynamoDB(self.clock)
        self.store = StateStore(client, "state", 60, self.clock, self.clock.patience(), 6.0)

    def ask(self, route: str, search: str = f"si={SITE}", **ids: str) -> tuple[int, Any]:
        asked = {"routeKey": route, "rawQueryString": search, "pathParameters": ids}
        response = answer(asked, self.store.read)
        return response["statusCode"], json.loads(response["body"])


@pytest.fixture
def table() -> Table:
    table = Table()
    table.store.apply(
        [
            event(1, sid="a session id given", props={"message": "Hi"}),
            event(2, sid="s/2%", props={"message": "Ho"}, ts=NOW + 1, user={"plan": "pro"}),
        ]
    )
    return table


def test_a_session(table: Table) -> None:
    assert table.ask(SESSION, sid="a session id given") == (
        200,
        {
            "message": "Hi",
            "unixtimestamp": NOW,
            "si": SITE,
            "eid": eid(1),
            "sid": "a session id given",
            "uid": "u1",
            "first_seen": NOW,
        },
    )


def test_an_id_with_a_slash_and_a_percent_sign(table: Table) -> None:
    status, body = table.ask(SESSION, sid="s/2%25")
    assert (status, body["message"]) == (200, "Ho")


def test_a_user_has_what_its_newest_session_has(table: Table) -> None:
    status, body = table.ask(USER, uid="u1")
    assert (status, body["sid"], body["message"], body["user"]) == (200, "s/2%", "Ho", {"plan": "pro"})


def test_the_sessions_of_a_user_come_newest_first(table: Table) -> None:
    status, body = table.ask(USER_SESSIONS, uid="u1")
    assert (status, body["uid"]) == (200, "u1")
    assert [one["sid"] for one in body["sessions"]] == ["s/2%", "a session id given"]


def test_unknown_and_expired_are_one(table: Table) -> None:
    detail = {"error": "not_found", "detail": "user: unknown or expired"}
    assert table.ask(USER, uid="nobody") == (404, detail)
    assert table.ask(USER, search="si=other.org", uid="u1") == (404, detail)
    table.clock.now += 60 * DAY + 1
    assert table.ask(USER, uid="u1") == (404, detail)
    assert table.ask(USER_SESSIONS, uid="u1") == (404, detail)
    assert table.ask(SESSION, sid="s/2%")[0] == 404


def test_an_expired_session_of_a_living_user_is_not_listed(table: Table) -> None:
    table.clock.now += 60 * DAY
    assert [one["sid"] for one in table.ask(USER_SESSIONS, uid="u1")[1]["sessions"]] == ["s/2%"]


@pytest.mark.parametrize("search", ["", "si=", "x=1"])
def test_the_site_is_required(table: Table, search: str) -> None:
    assert table.ask(USER, search=search, uid="u1") == (400, {"error": "missing_site", "detail": "si: required"})


def test_another_route_is_none(table: Table) -> None:
    assert table.ask("$default")[0] == 404


def test_an_answer_stays_below_lambdas_limit(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "ANSWER_BYTES", 200)
    _, body = table.ask(USER_SESSIONS, uid="u1")
    assert (len(body["sessions"]), body["truncated"]) == (1, True)
