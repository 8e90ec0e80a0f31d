"""`flags`: those the client gave, and `bot` for a user agent that says so itself. Flagged, never dropped."""

import re
from dataclasses import replace
from typing import Final

from lambdas.collect.request import Request
from lambdas.collect.settings import Settings
from lambdas.common.event import Event

# Crawlers name themselves; headless browsers that run scripts do too. Libraries such as curl are left out:
# raw URL events come from them by design.
_BOT: Final = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|headless|lighthouse|pagespeed|preview|facebookexternalhit|phantomjs",
    re.IGNORECASE,
)


def flags(event: Event, request: Request, settings: Settings) -> Event:
    agent = event.device.get("ua") or ""
    if "bot" in event.flags or not _BOT.search(agent):
        return event
    return replace(event, flags=(*event.flags, "bot"))
