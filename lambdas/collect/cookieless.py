"""Visitors of whom nothing is stored: known for one day, by a hash that nobody can make again afterwards.

An event with the flag `cookieless` has no ids of its own. The visitor of the day is a keyed hash of site, address
and user agent; the key is a random salt that all instances share until midnight (UTC) and that is then thrown
away. Nothing tells which visitor of one day is which of another, and nothing leads back to the address. A session
is the visitor's day, and there is no `seq`: nobody counts from request to request.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, NamedTuple
from urllib.parse import unquote

from lambdas.collect.draft import Draft
from lambdas.collect.enrich.ip import viewer
from lambdas.collect.request import Request

# Of the event, given by the client; names the mode.
FLAG: Final = "cookieless"
# Set here: this instance did not get the day's salt, and counts a visitor apart from what the others do.
ALONE: Final = "salt_alone"
# Hexadecimal digits of an id: as many as a UUID has.
_DIGITS: Final = 32
# A character as JSON may write it.
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")


class Salt(NamedTuple):
    """`shared`: by all instances."""

    secret: bytes
    shared: bool


# By the day in UTC as YYYY-MM-DD; None for a day that is over.
Salts = Callable[[str], Salt | None]


def may_be_asked(request: Request) -> bool:
    """Whether a request that was refused may have asked for this; what cannot be read may have."""
    try:
        text = unquote(request.query) + request.body.decode()
    except UnicodeDecodeError:
        return True
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return request.mangled or FLAG in plain


def nameless(draft: Draft, request: Request, received_at: int, salts: Salts) -> Draft:
    """`draft` with the visitor of the day, if it asks for that; `received_at` in epoch ms.

    Without an address (a bad row that is replayed), or for a day that is over, each event stands alone.
    """
    if FLAG not in draft.flags:
        return draft
    draft = replace(draft, uid=None, sid=None, ots=None, otui=None, seq=None)
    address = viewer(request)
    salt = salts(f"{datetime.fromtimestamp(received_at / 1000, UTC):%Y-%m-%d}") if address else None
    if salt is None:
        return draft
    parts = (draft.si, str(address), request.headers.get("user-agent", ""))
    # Unambiguous: neither an address nor a header holds a line's end.
    visitor = hmac.new(salt.secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()[:_DIGITS]
    flags = draft.flags if salt.shared else (*draft.flags, ALONE)
    return replace(draft, uid=visitor, sid=visitor, flags=flags)
