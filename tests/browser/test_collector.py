"""The suite's own means: what was sent again is one event, what was made twice is two; no test finds another's site."""

import json
import socketserver

import pytest

from tests.browser.collector import Collector
from tests.browser.servers import Request, Server

FIRST, SECOND = "10000000-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "10000001-aaaa-4aaa-8aaa-aaaaaaaaaaaa"


def post(collector: Collector, *eids: str, seq: int = 1) -> None:
    events = [{"eid": eid, "name": "a", "created_at": 1, "seq": seq, "props": {}} for eid in eids]
    body = json.dumps({"sent_at": 1, "si": "shop", "uid": FIRST, "sid": FIRST, "events": events}).encode()
    answer = collector.answer(Request("POST", "/e", "", {"content-type": "text/plain"}, body))
    assert answer
    assert answer[0] == 200


def test_an_event_that_is_sent_again_counts_once_and_its_request_shows() -> None:
    collector = Collector()
    post(collector, FIRST)
    post(collector, FIRST, SECOND)
    assert [event["eid"] for event in collector.events] == [FIRST, SECOND]
    assert [line["eid"] for line in collector.lines] == [FIRST, FIRST, SECOND]
    post(collector, SECOND)
    assert len(collector.batches) == 3
    assert collector.refused == []


def test_two_events_that_are_alike_but_for_the_eid_are_two() -> None:
    collector = Collector()
    post(collector, FIRST)
    post(collector, SECOND)
    assert collector.names() == ["a", "a"]


def test_events_of_a_name_come_in_the_visitors_order() -> None:
    collector = Collector()
    post(collector, SECOND, seq=2)
    post(collector, FIRST, seq=1)
    assert [event["eid"] for event in collector.named("a")] == [FIRST, SECOND]


def test_no_site_is_where_another_was(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Server(lambda request: None)
    first.close()
    bound = socketserver.TCPServer.server_bind
    asked = iter([first.port, 0])

    def bind(server: socketserver.TCPServer) -> None:
        server.server_address = ("127.0.0.1", next(asked))
        bound(server)

    monkeypatch.setattr(socketserver.TCPServer, "server_bind", bind)
    second = Server(lambda request: None)
    second.close()
    assert second.port != first.port
    assert next(asked, None) is None
