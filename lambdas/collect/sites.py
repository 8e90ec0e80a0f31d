"""The allow-list of sites: host names, each of which covers its subdomains; an empty list allows any."""

from urllib.parse import urlsplit


def covers(sites: tuple[str, ...], host: str) -> bool:
    """Whether `host`, with or without a port, is one of `sites` or below one."""
    if not sites:
        return True
    name = without_port(host)
    return any(name == site or name.endswith(f".{site}") for site in map(without_port, sites))


def without_port(host: str) -> str:
    name, colon, port = host.strip().lower().rpartition(":")
    return name if colon and port.isdigit() else host.strip().lower()


def host_of(origin: str) -> str:
    """The host of an `Origin` header; "" for `null` and for what is no origin."""
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""
