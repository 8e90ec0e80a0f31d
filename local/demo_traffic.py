"""`make demo-traffic`: a month of visitors to the demo shop who never were, so that there is something to ask.

Raw lines as the collector writes them, put into today's partition of the local stack's bucket; never into an account.
The visitors differ in taste, and taste decides what they look at, whether they come back and whether they buy: so there
is something to be learnt from what they did before.
"""

import argparse
import gzip
import random
import re
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.common.event import Event, to_line
from local.aws import client_options, emulator_session, load_outputs
from local.stack import LocalError, LocalStack

SITE: Final = "localhost"
DAYS: Final = 35
DAY_MS: Final = 86_400_000
LINES_AN_OBJECT: Final = 50_000
_CATALOGUE: Final = Path(__file__).with_name("demo") / "js" / "catalogue.js"
_TEA: Final = re.compile(r'slug: "([^"]+)", name: "([^"]+)".*?price: ([\d.]+)')

# How often, and how inclined to buy.
_CHANNELS: Final = (
    (30, 0.00, {"channel": "direct"}),
    (30, 0.03, {"channel": "search", "source": "www.google.com"}),
    (15, 0.15, {"channel": "email", "source": "newsletter", "medium": "email", "name": "first-flush"}),
    (12, -0.05, {"channel": "social", "source": "www.instagram.com"}),
    (8, 0.05, {"channel": "paid search", "source": "google", "medium": "cpc", "name": "green-tea", "click_id": "demo"}),
    (5, 0.02, {"channel": "referral", "source": "tea.example"}),
)
_KIT: Final = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
_AGENTS: Final = (
    (45, f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_KIT} Safari/537.36"),
    (30, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"),
    (15, f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {_KIT} Mobile Safari/537.36"),
    (10, "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"),
)
_COUNTRIES: Final = ((40, "NL"), (25, "DE"), (20, "GB"), (15, "FR"))


@dataclass
class Visitor:
    """One who never was. `taste` from 0 to 1 is how much they like tea."""

    chance: random.Random
    uid: str
    taste: float
    campaign: Mapping[str, str]
    device: Mapping[str, str]
    geo: Mapping[str, str]
    account: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    orders: int = 0

    def sessions(self, begin: int, end: int) -> Iterator[Event]:
        """What they did from `begin` to `end`, epoch ms."""
        at = begin + int(self.chance.random() * (end - begin))
        while at < end:
            yield from self._session(at, end)
            # Who likes tea, or has bought, comes back sooner; many never do.
            if self.chance.random() > 0.25 + 0.5 * self.taste + 0.1 * min(self.orders, 2):
                return
            self.campaign = {"channel": "direct"} if self.chance.random() < 0.6 else self.campaign
            at += int(DAY_MS * (0.2 + self.chance.expovariate(1) * (9 - 6 * self.taste)))

    def _session(self, at: int, end: int) -> Iterator[Event]:
        sid = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        bag: list[dict[str, Any]] = []
        now = at

        def event(name: str, path: str, props: Mapping[str, Any] | None = None) -> Iterator[Event]:
            self.seq += 1
            # One event in two hundred is lost on its way, as with a browser that was killed.
            if now < end and self.chance.random() > 0.005:
                yield self._event(sid, name, now, path, props or {})

        yield from event("page_view", "/")
        if self.chance.random() < 0.3:
            now += 2_000
            value = round(self.chance.lognormvariate(7.2, 0.5))
            rating = "good" if value <= 2500 else "needs-improvement" if value <= 4000 else "poor"
            vital = {"metric": "LCP", "value": value, "rating": rating, "navigation": "navigate"}
            yield from event("web_vital", "/", vital)
        while self.chance.random() < 0.35 + 0.55 * self.taste:
            slug, name, price = self.chance.choice(teas())
            now += int(3_000 + self.chance.expovariate(1 / 15_000))
            item = {"item_id": slug, "name": name, "price": price, "currency": "EUR"}
            yield from event("page_view", f"/tea/{slug}")
            yield from event("view_item", f"/tea/{slug}", item)
            read = 4 + self.chance.expovariate(1 / (8 + 50 * self.taste))
            now += int(read * 1000)
            scroll = min(100, int(30 + 60 * self.taste + self.chance.gauss(0, 15)))
            yield from event("engagement", f"/tea/{slug}", {"seconds": round(read), "scroll": max(0, scroll)})
            if self.chance.random() < 0.55 * self.taste:
                quantity = self.chance.choice([1, 1, 1, 2])
                bag.append({"item_id": slug, "name": name, "price": price, "quantity": quantity})
                yield from event(
                    "add_to_cart", f"/tea/{slug}", item | {"quantity": quantity, "value": price * quantity}
                )
        if not bag or self.chance.random() > 0.35 + 0.5 * self.taste:
            return
        order = f"WL-{self.chance.getrandbits(40):X}"
        value = round(sum(one["price"] * one["quantity"] for one in bag), 2)
        now += 15_000
        yield from event("page_view", "/checkout")
        paid = {"value": value, "currency": "EUR", "items": bag, "linking_id": order}
        yield from event("begin_checkout", "/checkout", paid)
        now += int(60_000 + self.chance.expovariate(1 / 60_000))
        if self.chance.random() < 0.45 + 0.45 * self.taste:
            self.orders += 1
            yield from event("purchase", "/checkout", paid | {"order_id": order, "delivery": "letterbox"})
            yield from event("page_view", "/thanks")

    def _event(self, sid: str, name: str, at: int, path: str, props: Mapping[str, Any]) -> Event:
        return Event(
            eid=str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
            si=SITE,
            sid=sid,
            uid=self.uid,
            name=name,
            ts=at,
            received_at=at + 400,
            created_at=at,
            sent_at=at + 250,
            seq=self.seq,
            props=props,
            user=self.account,
            page={"url": f"http://localhost:8080{path}", "path": path, "title": "Weir & Leaf"},
            campaign=self.campaign,
            device=self.device,
            geo=self.geo,
            src={"lib": "demo-traffic", "api": "batch"},
        )


@cache
def teas() -> list[tuple[str, str, float]]:
    """What the shop sells, by its own catalogue."""
    return [(slug, name, float(price)) for slug, name, price in _TEA.findall(_CATALOGUE.read_text("utf-8"))]


def events(visitors: int, now: int, seed: int = 1) -> Iterator[Event]:
    """What so many visitors did in the DAYS before `now` (epoch ms); the same for the same arguments."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(visitors):
        own = random.Random(chance.getrandbits(64))  # noqa: S311
        _, lean, campaign = _one_of(own, _CHANNELS)
        taste = min(0.95, max(0.02, own.betavariate(2, 4) + lean))
        visitor = Visitor(
            own,
            str(uuid.UUID(int=own.getrandbits(128), version=4)),
            taste,
            campaign,
            {"ua": _one_of(own, _AGENTS)[1], "lang": "en-GB"},
            {"country": _one_of(own, _COUNTRIES)[1]},
        )
        begin = now - DAYS * DAY_MS
        if own.random() < 0.05:
            created = datetime.fromtimestamp((begin + own.random() * 20 * DAY_MS) / 1000, UTC)
            account = {"created_at": f"{created:%Y-%m-%d}"}
            visitor.account = {"user_id": visitor.uid[:8], "account_id": visitor.uid[:6], "account": account}
        yield from visitor.sessions(begin, now)


def _one_of(chance: random.Random, table: Any) -> Any:
    return chance.choices(table, weights=[row[0] for row in table])[0]


def fill(s3: Any, bucket: str, raw_prefix: str, visitors: int, now: datetime, seed: int = 1) -> int:
    """Writes their raw lines as objects of today; returns how many events."""
    lines = sorted(
        ((event.ts, to_line(event)) for event in events(visitors, int(now.timestamp() * 1000), seed)),
    )
    for number in range(0, len(lines), LINES_AN_OBJECT):
        body = gzip.compress(b"".join(line for _, line in lines[number : number + LINES_AN_OBJECT]), mtime=0)
        # By seed, so that running it again with the same one replaces what it wrote today.
        key = f"{raw_prefix}dt={now:%Y-%m-%d}/hour=00/demo-traffic-{seed}-{number}.gz"
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    return len(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make demo-traffic", description=__doc__)
    parser.add_argument("--visitors", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1, help="another one gives other visitors")
    asked = parser.parse_args()
    try:
        outputs = load_outputs(LocalStack.from_environ())
        s3: Any = emulator_session(outputs).client("s3", **client_options(outputs))
        count = fill(s3, outputs.raw_bucket, outputs.raw_prefix, asked.visitors, datetime.now(UTC), asked.seed)
    except LocalError as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"The emulator cannot be asked: {error}")
    print(f"{count:,} events of {asked.visitors:,} visitors of site {SITE} in the last {DAYS} days.")


if __name__ == "__main__":
    main()
