"""The reserved names of a raw URL event, in one table: what each does beyond being a property.

They are Opentracker's (the pages "Users, Sessions and Events explained" and "Javascript Implementation"), and
they belong to its way in alone: query, form, pixel and JSON at the root. A batch has keys of its own for the
same things, and its `props` reserve nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reserved:
    """`in_props`: kept among the raw line's `props`, as sent. `in_state`: and a property of the records."""

    effect: str
    in_props: bool
    in_state: bool


RESERVED: Final[Mapping[str, Reserved]] = {
    "si": Reserved("Site; required. Column `si`.", in_props=False, in_state=False),
    "sid": Reserved("Session id; overrides the one in `ots`. Column `sid`.", in_props=False, in_state=False),
    "uid": Reserved("User id; overrides the one in `otui`. Column `uid`.", in_props=False, in_state=False),
    "eid": Reserved(
        "Event id, a UUID, so that a retry is the same event; made here when not given. Column `eid`.",
        in_props=False,
        in_state=False,
    ),
    "ots": Reserved(
        "Opentracker's session cookie; with a user id, its visit start names the session.",
        in_props=True,
        in_state=False,
    ),
    "otui": Reserved(
        "Opentracker's user cookie; its random number and first visit start name the user.",
        in_props=True,
        in_state=False,
    ),
    "proxy": Reserved(
        "Given at all: not sent from the visitor's own machine, so flag `proxy`, no geography, address or "
        "user agent from the request, and counters do not count.",
        in_props=True,
        in_state=False,
    ),
    "increment": Reserved(
        "`false`, `0` or `no`: flag `no_increment`, counters do not count.", in_props=True, in_state=False
    ),
    "no_state": Reserved(
        "Anything but `false`, `0` or `no`: flag `no_state`, the event is stored and session and user stay "
        "as they are.",
        in_props=True,
        in_state=False,
    ),
    "ti": Reserved("Title: column `name`; empty or absent gives `NO TITLE`.", in_props=True, in_state=True),
    "email": Reserved("Also `user.email`, and so part of the user record.", in_props=True, in_state=True),
    "browser": Reserved("User agent to record instead of the request's: `device.ua`.", in_props=True, in_state=True),
}

# `src.api` of the ways in that the table above belongs to.
RAW_APIS: Final = frozenset({"url", "pixel", "form", "json"})
