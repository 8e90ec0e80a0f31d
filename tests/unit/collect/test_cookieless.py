"""Visitors without cookies: who is whom within a day, and that nothing is left of it afterwards."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.collect.cookieless import Salt
from lambdas.collect.handler import answer
from lambdas.collect.pipeline import Collector
from tests.builders import DAY, NOW, SITE, batch, post_batch, settings
from tests.fakes import FakeClock, FakeIds, FakeSink

AGENT = "Mozilla/5.0 (X11; Linux x86_64)"
ADDRESS = "203.0.113.7"


class World:
    """A collector whose salt is the day itself, unless told otherwise."""

    def __init__(self, **changes: Any) -> None:
        self.sink, self.clock, self.asked = FakeSink(), FakeClock(), 0
        self.salt: Salt | None = None
        self.collector = Collector(settings(**changes), self.clock, FakeIds(), self.sink, None, self._salts)

    def _salts(self, day: str) -> Salt | None:
        self.asked += 1
        return self.salt or Salt(day.encode(), shared=True)

    def post(self, *events: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
        """The raw lines of one batch; `agent`, `address` and `cookies` are the request's, the rest is shared."""
        request = post_batch(
            batch(*(events or ({},)), **{"flags": ["cookieless"], "name": "x", **changes.pop("shared", {})}),
            headers={"content-type": "text/plain", "user-agent": changes.pop("agent", AGENT)},
            source_ip=changes.pop("address", ADDRESS),
            **changes,
        )
        before = len(self.sink.lines)
        self.answered = answer(self.collector, request)
        assert self.answered["statusCode"] == 200
        return self.sink.lines[before:]

    def visitor(self, **changes: Any) -> str:
        (line,) = self.post(**changes)
        assert line["uid"] == line["sid"]
        return str(line["uid"])


def test_a_visitor_is_the_same_all_day_and_another_the_next() -> None:
    world = World()
    first = world.visitor()
    world.clock.now = NOW - NOW % DAY + DAY - 1
    assert world.visitor() == first
    world.clock.now += 1
    assert world.visitor() != first


@pytest.mark.parametrize(
    "other",
    [{"agent": AGENT + "."}, {"address": "203.0.113.8"}, {"shared": {"si": f"www.{SITE}"}}],
    ids=["agent", "address", "site"],
)
def test_another_agent_address_or_site_is_another_visitor(other: dict[str, Any]) -> None:
    world = World()
    assert world.visitor() != world.visitor(**other)


def test_whatever_ids_the_client_gives_are_not_taken() -> None:
    world = World()
    given_ids = {"uid": "u", "sid": "s", "seq": 7}
    (line,) = world.post(given_ids, shared=given_ids)
    assert line["uid"] == world.visitor()
    assert line["seq"] is None
    assert line["flags"] == ["cookieless"]


@pytest.mark.parametrize("policy", ["drop", "truncate", "keep"])
def test_no_address_and_no_salt_reaches_a_line_whatever_the_policy(policy: str) -> None:
    world = World(ip=policy)
    world.salt = Salt(b"0123456789abcdef", shared=True)
    (line,) = world.post()
    assert line["ip"] is None
    for secret in (ADDRESS, "203.0.113.0", world.salt.secret.decode(), world.salt.secret.hex()):
        assert secret not in json.dumps(line)


def test_no_cookie_is_set_whatever_the_browser_still_has() -> None:
    world = World(cookie_domain="shop.example")
    (line,) = world.post(shared={"sent_at": NOW, "uid": "0f0e"}, cookies=["_ps_id=0f0e"])
    world.post(shared={"sent_at": NOW}, cookies=[f"_ps_id={line['uid']}x"])
    assert "cookies" not in world.answered


def test_an_instance_that_is_alone_says_so() -> None:
    world = World()
    world.salt = Salt(b"mine", shared=False)
    (line,) = world.post()
    assert line["flags"] == ["cookieless", "salt_alone"]


def test_events_of_other_visitors_cost_nothing() -> None:
    world = World()
    (line,) = world.post(shared={"flags": [], "uid": "u", "sid": "s", "seq": 7})
    assert (line["uid"], line["sid"], line["seq"]) == ("u", "s", 7)
    assert world.asked == 0


def test_without_an_address_each_event_stands_alone() -> None:
    world = World()
    first, second = world.post({}, {}, address="")
    assert first["uid"] == first["eid"] != second["uid"]


def test_opted_out_nothing_is_kept_here_either() -> None:
    world = World()
    answered = answer(world.collector, post_batch(batch({}, flags=["cookieless"]), cookies=["penstock_optout=1"]))
    assert answered["statusCode"] == 204 or json.loads(answered["body"])["accepted"] == 0
    assert world.sink.lines == []


@given(st.lists(st.tuples(st.ip_addresses(), st.text(st.characters(codec="ascii", min_codepoint=32))), min_size=2))
def test_two_visitors_are_never_one(visitors: list[tuple[Any, str]]) -> None:
    world = World()
    # The request's agent is read as it stands; an address may be written in several ways.
    named = {(str(address), agent): world.visitor(address=str(address), agent=agent) for address, agent in visitors}
    mapped = {getattr(address, "ipv4_mapped", None) for address, _ in visitors} - {None}
    if not mapped:
        assert len(set(named.values())) == len(named)
