"""`device`: user agent and language of the request, where the client gave none and is the visitor itself."""

from dataclasses import replace
from typing import Final

from lambdas.collect.request import Request
from lambdas.collect.settings import Settings
from lambdas.common.event import Event

# What CloudFront calls itself where the visitor sent no user agent.
CLOUDFRONT: Final = "Amazon CloudFront"


def device(event: Event, request: Request, settings: Settings) -> Event:
    if "proxy" in event.flags:
        return event
    known = dict(event.device)
    agent = request.headers.get("user-agent", "")
    language = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()
    if agent and agent != CLOUDFRONT and not known.get("ua"):
        known["ua"] = agent
    if language and not known.get("lang"):
        known["lang"] = language
    return replace(event, device=known) if known != event.device else event
