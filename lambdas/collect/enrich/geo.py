"""`geo`: from CloudFront's viewer headers; no address is looked up by us.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
"""

from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from lambdas.collect.request import Request, scrub
from lambdas.collect.settings import Settings
from lambdas.common.event import Event

HEADERS: Final = {
    "country": "cloudfront-viewer-country",
    "region": "cloudfront-viewer-country-region",
    "city": "cloudfront-viewer-city",
}


def geo(event: Event, request: Request, settings: Settings) -> Event:
    """Where the visitor is; nowhere for a proxy, which is not the visitor. Names come percent-encoded."""
    if "proxy" in event.flags:
        return event
    found = {
        field: scrub(unquote(request.headers[header]))
        for field, header in HEADERS.items()
        if request.headers.get(header)
    }
    return replace(event, geo=found) if found else event
