"""`campaign`: from the tags in the page's address, where the client has not read them itself."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from lambdas.collect.request import Request
from lambdas.collect.settings import Settings
from lambdas.common.event import Event

UTM: Final = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "utm_term": "term",
    "utm_content": "content",
}
# Google, Meta, Microsoft, TikTok, X, LinkedIn, Yandex; the first found counts.
CLICK_IDS: Final = (
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "fbclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "yclid",
)


def campaign(event: Event, request: Request, settings: Settings) -> Event:
    """`channel` stays the tracker's and the lake's: it needs the referrer and a table people can read."""
    if event.campaign:
        return event
    given = _query_of(event.page.get("url") or "")
    if not given:
        return event
    found = {field: given[tag] for tag, field in UTM.items() if given.get(tag)}
    click_id = next((given[name] for name in CLICK_IDS if given.get(name)), None)
    if click_id:
        found["click_id"] = click_id
    return replace(event, campaign=found) if found else event


@lru_cache(maxsize=8)  # the events of a batch mostly have one address
def _query_of(url: str) -> Mapping[str, str]:
    try:
        query = urlsplit(url).query
    except ValueError:
        return {}
    return dict(parse_qsl(query)) if query else {}
