"""`ip`: the visitor's address by policy: dropped, its network alone, or kept."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from lambdas.collect.request import Request
from lambdas.collect.settings import Settings
from lambdas.common.event import Event

# What is left of an address is shared by 256 neighbours, or by one customer's whole site.
PREFIX: Final = {4: 24, 6: 48}


def ip(event: Event, request: Request, settings: Settings) -> Event:
    # Beside an address the hash of it would hide nobody.
    if settings.ip == "drop" or "proxy" in event.flags or "cookieless" in event.flags:
        return event
    address = viewer(request)
    return replace(event, ip=apply_policy(address, settings.ip)) if address else event


def apply_policy(address: IPv4Address | IPv6Address, policy: str) -> str:
    """`address` as the policy lets it be stored: `keep` or `truncate`."""
    if policy == "keep":
        return str(address)
    network = ip_network(f"{address}/{PREFIX[address.version]}", strict=False)
    return str(network.network_address)


def viewer(request: Request) -> IPv4Address | IPv6Address | None:
    """From the chain of proxies, or who called the API.

    The chain is read from its end, which CloudFront and API Gateway write: its beginning is whatever the
    client sent. API Gateway's entry is who called it, CloudFront itself; the one before is the viewer.
    """
    caller = _address(request.source_ip)
    chain = [_address(text) for text in request.headers.get("x-forwarded-for", "").split(",")]
    forwarded = next((address for address in reversed(chain) if address and address != caller), None)
    return forwarded or caller


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        # A zone (`%eth0`) is a name of the sender's own network; it says nothing here.
        address = IPv6Address(int(address))
        return address.ipv4_mapped or address
    return address
