"""Makes what tests send: HTTP events, batches, events, stream batches. Everything has a default."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.collect.settings import Settings
from lambdas.common.event import Event, to_line

# 2026-01-02T03:04:05.678Z
NOW = 1_767_323_045_678
DAY = 86_400_000
SITE = "test.opentracker.net"


def eid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def numbered_eid(load: int, number: int) -> str:
    """As the tracker gives them: those of one page load differ in their number alone."""
    return f"{10_000_000 + number}-0000-4000-8000-{load:012x}"


def settings(**changes: Any) -> Settings:
    values: dict[str, Any] = {
        "stage": "test",
        "sink": "firehose",
        "stream_name": "good",
        "bad_stream_name": "bad",
        "raw_bucket": "lake",
    }
    return Settings(**(values | changes))


def http_event(
    method: str = "GET",
    path: str = "/",
    query: str = "",
    body: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    cookies: Sequence[str] = (),
    source_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """API Gateway's payload format 2.0; bytes go base64, as API Gateway sends what is not text."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "events.example.com", **(headers or {})},
        "requestContext": {
            "accountId": "123456789012",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": (headers or {}).get("user-agent", ""),
            },
            "requestId": "r",
            "stage": "$default",
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if cookies:
        event["cookies"] = list(cookies)
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return event


def batch(*events: Mapping[str, Any], **shared: Any) -> str:
    return json.dumps({"si": SITE, **shared, "events": list(events)})


def post_batch(body: str | bytes, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"method": "POST", "path": "/e", "headers": {"content-type": "text/plain"}}
    return http_event(body=body, **(values | changes))


def event(number: int = 1, **changes: Any) -> Event:
    values: dict[str, Any] = {
        "eid": eid(number),
        "si": SITE,
        "sid": "s1",
        "uid": "u1",
        "name": "click",
        "ts": NOW,
        "received_at": NOW,
        "src": {"api": "batch"},
    }
    return Event(**(values | changes))


def stream_batch(*records: Sequence[Event] | bytes) -> dict[str, Any]:
    """What Lambda gets of a Kinesis stream: a record for each sequence of events, or of raw bytes."""
    return {
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "kinesis": {
                    "sequenceNumber": str(number),
                    "partitionKey": "p",
                    "data": base64.b64encode(_bytes_of(record)).decode(),
                },
            }
            for number, record in enumerate(records, 1)
        ]
    }


def _bytes_of(record: Sequence[Event] | bytes) -> bytes:
    return record if isinstance(record, bytes) else b"".join(map(to_line, record))
