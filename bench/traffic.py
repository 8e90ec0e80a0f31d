"""The traffic that the benches talk of: a shop's visitors, whose batches go through the real collector.

A batch is what the tracker sends (tracker_build/src/core.ts): what its events share stands once, at the top.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lambdas.collect.pipeline import Collector
from lambdas.collect.ports import Line, Written
from lambdas.collect.request import from_http
from lambdas.collect.settings import Settings
from lambdas.common.event import Event

START = 1_795_000_000_000
MINUTE = 60_000
SITE = "shop.example.com"
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
SETTINGS = Settings(stage="bench", sink="firehose", stream_name="raw", bad_stream_name="bad", raw_bucket="bench")
PRODUCTS = ("sencha-asagiri", "gyokuro-yame", "darjeeling-first-flush", "lapsang-souchong", "earl-grey-blue-flower")


@dataclass
class Kept:
    """A sink that keeps what it is given."""

    lines: list[bytes] = field(default_factory=list)

    def write(self, good: Sequence[Line], bad: Sequence[Line]) -> Written:
        assert not bad, "the bench sends good events alone"
        self.lines += [line.data for line in good]
        return Written(0)


@dataclass(frozen=True)
class Sent:
    """One request: its body, and what the collector made of it."""

    http: dict[str, Any]
    lines: list[bytes]
    events: Sequence[Event]

    @property
    def body_bytes(self) -> int:
        return len(self.http["body"].encode())

    @property
    def line_bytes(self) -> int:
        return sum(map(len, self.lines))


def visitor(number: int, visits: int, requests: int, events: int) -> Iterator[Sent]:
    """All requests of one visitor: `visits` a day apart, `requests` in each a minute apart, `events` in each."""
    seq = 0
    for visit in range(visits):
        for turn in range(requests):
            at = START + number + visit * 24 * 60 * MINUTE + turn * MINUTE
            yield send(_body(number, visit, turn, seq, events, at), at)
            seq += events


def send(body: str, at: int) -> Sent:
    """`body` at `at` (epoch ms) through the real collector, but for AWS."""
    http = _post(body)
    sink = Kept()
    outcome = Collector(SETTINGS, lambda: at, lambda: str(uuid.UUID(int=at)), sink).collect(from_http(http))
    assert outcome.events, outcome.rejected
    return Sent(http, sink.lines, outcome.events)


def _post(body: str) -> dict[str, Any]:
    """What API Gateway hands the function."""
    headers = {
        "content-type": "text/plain;charset=UTF-8",
        "origin": f"https://{SITE}",
        "referer": f"https://{SITE}/",
        "user-agent": AGENT,
        "accept-language": "de-DE,de;q=0.9,en;q=0.8",
        "cloudfront-viewer-country": "DE",
        "cloudfront-viewer-country-region": "BE",
        "cloudfront-viewer-city": "Berlin",
    }
    http = {"method": "POST", "path": "/e", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": AGENT}
    return {
        "version": "2.0",
        "rawPath": "/e",
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {"http": http},
        "body": body,
        "isBase64Encoded": False,
    }


def _body(number: int, visit: int, turn: int, seq: int, events: int, at: int) -> str:
    product = PRODUCTS[turn % len(PRODUCTS)]
    path = f"/tea/{product}"
    # As the tracker numbers the events of a page load.
    load = str(uuid.UUID(int=number << 80 | 4 << 76 | 8 << 60 | visit << 48 | turn << 32))[8:]
    return json.dumps(
        {
            "si": SITE,
            "uid": str(uuid.UUID(int=number << 64)),
            "sid": str(uuid.UUID(int=number << 64 | visit + 1)),
            "user": {"user_id": f"customer-{number}", "plan": "club"},
            "page": {
                "url": f"https://{SITE}{path}?utm_source=newsletter&utm_campaign=autumn",
                "path": path,
                "title": f"{product.replace('-', ' ').title()} · The Tea Shop",
                "referrer": f"https://{SITE}/tea",
            },
            "device": {"lang": "de-DE", "tz": "Europe/Berlin", "screen": "1920x1080", "viewport": "1528x740"},
            "src": {"lib": "penstock", "ver": "0.1.0"},
            "sent_at": at,
            "events": [_event(f"{10_000_000 + index}{load}", seq + index, product, at) for index in range(events)],
        },
        separators=(",", ":"),
    )


def _event(eid: str, seq: int, product: str, at: int) -> dict[str, Any]:
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("page_view", {}),
        ("view_item", {"item": product, "price": 12.5, "category": "tea"}),
        ("click", {"text": "Add to basket", "element": "main > div.product > button"}),
        ("add_to_cart", {"item": product, "price": 12.5, "quantity": 2, "value": 25.0}),
        ("scroll", {"depth": 75}),
    )
    name, props = kinds[seq % len(kinds)]
    return {"eid": eid, "name": name, "created_at": at - 40, "seq": seq + 1, "props": props}
