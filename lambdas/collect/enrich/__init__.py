"""What the server adds to an event: small pure steps in one fixed order.

Each takes the event so far, its request and the settings, and gives the event; what a client said itself is
never overwritten. Order matters where a step reads what an earlier one filled: `campaign` reads the page,
`flags` the user agent.
"""

from collections.abc import Callable
from typing import Final

from lambdas.collect.enrich.campaign import campaign
from lambdas.collect.enrich.device import device
from lambdas.collect.enrich.flags import flags
from lambdas.collect.enrich.geo import geo
from lambdas.collect.enrich.ip import ip
from lambdas.collect.enrich.page import page
from lambdas.collect.enrich.time import time
from lambdas.collect.request import Request
from lambdas.collect.settings import Settings
from lambdas.common.event import Event

Enrichment = Callable[[Event, Request, Settings], Event]

ENRICHMENTS: Final[tuple[Enrichment, ...]] = (time, page, campaign, device, geo, ip, flags)


def enrich(event: Event, request: Request, settings: Settings) -> Event:
    for step in ENRICHMENTS:
        event = step(event, request, settings)
    return event
