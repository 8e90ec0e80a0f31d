"""The one cookie the collector sets: the visitor's id kept, and the batch confirmed.

Safari forgets a cookie that a script has set after seven days, and one that an answer has set it does not: the
answers to batches, which are given anyway, set the id once more. A page that is left while its last batch is under
way never reads the answer, but its browser takes the cookie: the next page sees what has arrived and does not send
it again.

It has a name of its own, `<prefix>k`, beside the tracker's `<prefix>id`: an answer that comes late cannot undo a
reset. Its value is the browser's own id cookie, mirrored, and never what a body says: a stranger's page can give
nobody an id.
"""

import re
from collections.abc import Sequence
from typing import Final

from lambdas.collect.request import Request
from lambdas.collect.settings import Settings
from lambdas.common.event import Event

TWO_YEARS: Final = 63_072_000
_ID: Final = re.compile(r"[\w-]{1,64}", re.ASCII)


def keeper(request: Request, events: Sequence[Event], settings: Settings) -> str | None:
    """A Set-Cookie value `<uid>.<sent_at of the batch>`; None without a `cookie_domain` or an id that fits."""
    uid = request.cookies.get(f"{settings.cookie_prefix}id", "")
    if not settings.cookie_domain or not _ID.fullmatch(uid):
        return None
    own = next((event for event in events if event.uid == uid and event.sent_at is not None), None)
    if own is None:
        return None
    attributes = ["Path=/", f"Max-Age={TWO_YEARS}", "SameSite=Lax"]
    if settings.cookie_domain != HOST_ONLY:
        attributes.append(f"Domain={settings.cookie_domain}")
    if request.headers.get("x-forwarded-proto") == "https":
        attributes.append("Secure")
    return "; ".join([f"{settings.cookie_prefix}k={uid}.{own.sent_at}", *attributes])


# The collector's own host, where site and collector share it: an address or "localhost" takes no Domain.
HOST_ONLY: Final = "host"
