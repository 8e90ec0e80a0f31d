"""`page`: the path of its address, and the address itself from `Referer` where the client gave none."""

from dataclasses import replace
from urllib.parse import urlsplit

from lambdas.collect.request import Request
from lambdas.collect.settings import Settings
from lambdas.common.event import Event


def page(event: Event, request: Request, settings: Settings) -> Event:
    """A pixel or a raw URL called from a page names that page by `Referer`; a proxy's says nothing."""
    known = dict(event.page)
    referer = request.headers.get("referer", "")
    if not known.get("url") and referer and "proxy" not in event.flags:
        known["url"] = referer
    if known.get("url") and "path" not in known:
        known["path"] = path_of(known["url"])
    return replace(event, page=known) if known != event.page else event


def path_of(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"
