"""A small lake to ask: seven raw lines in three partitions."""

import gzip
import json
from typing import Any

from tests.athena import aws, make_lake, raw_table

BUCKET = "raw-bucket"
TEN = 1785232800000  # 2026-07-28 10:00:00 UTC


def line(seq: int, **changes: Any) -> str:
    """A raw line by the contract; even ones are purchases of user u0, odd ones views by u1."""
    return json.dumps(
        {
            "v": 1,
            "eid": f"e{seq}",
            "si": "shop",
            "sid": f"s{seq % 2}",
            "uid": f"u{seq % 2}",
            "name": "view" if seq % 2 else "buy",
            "ts": TEN + 123 + seq * 1000,
            "created_at": None,
            "sent_at": None,
            "received_at": TEN + 500 + seq * 1000,
            "seq": seq,
            "props": {
                "price": 1.5 * seq,
                "itemId": "A",
                "items": [{"id": "a", "price": 2}, {"id": "b", "price": 3.5}],
                "note": "it's 茶",
                "nothing": None,
            },
            "user": {"user_id": "kim"},
            "page": {"url": "https://shop.example/p/tea?utm_source=x&q=a+b", "path": "/p/tea"},
            "campaign": {},
            "device": {},
            "geo": {},
            "ip": None,
            "flags": ["bot", "x", "bot"] if seq == 2 else [],
            "src": {"lib": "penstock"},
            **changes,
        },
        ensure_ascii=False,
    )


def lines(*numbers: int) -> bytes:
    return "".join(f"{line(number)}\n" for number in numbers).encode()


OBJECTS = {
    "raw/dt=2026-07-28/hour=10/plain": lines(0, 1, 2, 3),
    "raw/dt=2026-07-28/hour=11/packed.gz": gzip.compress(lines(4, 5), mtime=0),
    "raw/dt=2026-07-29/hour=00/named-gz-but-plain.gz": lines(6),
    # Not of the table: no partition folders, an unfinished object, another prefix.
    "raw/stray": lines(99),
    "raw/dt=2026-07-28/hour=10/_temporary": lines(98),
    "bad/dt=2026-07-28/hour=10/x": lines(97),
}


def fill() -> Any:
    """The lake, and S3's client."""
    make_lake(raw_table(BUCKET), bucket=BUCKET)
    s3 = aws("s3")
    for key, body in OBJECTS.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    return s3
