"""A bad row read back gives the very events the collector would have made, with the time they came at."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.collect.handler import answer
from lambdas.common.event import parse_line
from local.bad.rows import read, reread
from tests.builders import NOW, batch, eid, http_event, post_batch
from tests.fakes import FakeClock, FakeSink, fake_collector

HEADERS = {
    "content-type": "text/plain",
    "user-agent": "Firefox",
    "referer": "https://shop.example/a",
    "accept-language": "nl",
    "x-forwarded-for": "198.51.100.9",
    "cloudfront-viewer-country": "NL",
}


def bad_rows(event: dict[str, Any], **settings: Any) -> list[bytes]:
    sink = FakeSink()
    answer(fake_collector(sink, **settings), event)
    return sink.bad


SENT = {
    "a batch": post_batch(
        batch(
            {"name": "a", "eid": eid(77), "created_at": NOW - 9_000},
            {"name": "b", "seq": 2, "props": {"x": [1, {"y": None}]}},
            **{"uid": "u", "sid": "s", "sent_at": NOW - 1_000, "flags": ["staging"]},
        ),
        headers=HEADERS,
    ),
    "a query": http_event(query="si=test.opentracker.net&a=1&a=2&ti=T%C3%A9", headers=HEADERS),
    "a form": http_event("POST", body="si=test.opentracker.net&uid=7", headers=HEADERS),
    "a pixel": http_event(path="/p.gif", query="si=test.opentracker.net&otui=1.2.3.4.5.6&ots=1.2.3.4"),
}


@pytest.mark.parametrize("ip", ["drop", "truncate", "keep"])
@pytest.mark.parametrize("case", SENT)
def test_what_was_refused_for_its_site_is_as_if_it_never_had_been(case: str, ip: str) -> None:
    wanted = FakeSink()
    answer(fake_collector(wanted, ip=ip), SENT[case])
    rows = bad_rows(SENT[case], ip=ip, sites=("elsewhere.example",))
    later = fake_collector(FakeSink(), FakeClock(NOW + 1_000_000), ip=ip)
    events = [event for row in map(read, rows) if row for event in reread(row, later).events]
    assert len(events) == len(wanted.good) == len(rows)

    def told(event: Any) -> dict[str, Any]:
        """Ids that nobody gave are made anew; which are the same is all there is to them."""
        values = {name: getattr(event, name) for name in event.__slots__}
        return values | {name: "own" for name in ("sid", "uid", "eid") if values[name] == values["eid"] != eid(77)}

    assert list(map(told, events)) == [told(parse_line(line)) for line in wanted.good]


def test_ids_that_were_not_given_are_the_same_each_time() -> None:
    (line,) = bad_rows(SENT["a query"], sites=("elsewhere.example",))
    row = read(line)
    assert row
    twice = [reread(row, fake_collector(FakeSink())).events for _ in range(2)]
    assert twice[0] == twice[1]
    other = read(line.replace(row.id.encode(), eid(99).encode()))
    assert other
    assert reread(other, fake_collector(FakeSink())).events[0].eid != twice[0][0].eid


def test_rows_from_before_they_had_an_id_are_known_by_what_they_hold() -> None:
    (line,) = bad_rows(SENT["a query"], sites=("elsewhere.example",))
    older = json.dumps({name: value for name, value in json.loads(line).items() if name != "id"}).encode() + b"\n"
    first, again = read(older), read(older)
    assert first
    assert first == again
    assert first.id != json.loads(line)["id"]


def test_what_is_still_bad_says_why_now() -> None:
    (line,) = bad_rows(http_event(query="a=1"))
    row = read(line)
    assert row
    assert reread(row, fake_collector(FakeSink())).rejected == ("missing_site",)
    (line,) = bad_rows(http_event("POST", "/nowhere", "si=x", "x=1"))
    row = read(line)
    assert row
    assert reread(row, fake_collector(FakeSink())).rejected == ("unknown_path",)


@given(st.one_of(st.binary(), st.recursive(st.none() | st.text(), lambda c: st.dictionaries(st.text(), c)).map(
    lambda value: json.dumps(value).encode())))  # fmt: skip
def test_a_line_that_is_no_bad_row_is_none(line: bytes) -> None:
    assert read(line) is None
