"""`ts`: when it happened, on the server's clock."""

from dataclasses import replace

from lambdas.collect.request import Request
from lambdas.collect.settings import Settings
from lambdas.common.event import Event


def time(event: Event, request: Request, settings: Settings) -> Event:
    """The time between creating and sending is the client's to know, whatever its clock shows; where the two
    make no sense together (created after it was sent) the event happened just now, never in the future."""
    if event.created_at is None or event.sent_at is None:
        return replace(event, ts=event.received_at)
    happened = event.received_at - (event.sent_at - event.created_at)
    return replace(event, ts=max(0, min(happened, event.received_at)))
