"""Who, and which session: Opentracker's id rules (the seed "Users, Sessions and Events explained").

si alone: eid is random, sid = uid = eid. sid given: uid = sid. uid given: sid = eid, a new session. Both
given: both kept.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from lambdas.collect.draft import Draft

# <session event count>.<visit start>.<previous event>.<current event>
_OTS: Final = re.compile(r"\d+\.(?P<visit>\d+)\.\d+\.\d+", re.ASCII)
# <random number>.<first visit start>.<previous visit start>.<current visit start>.<sessions>.<events ever>
_OTUI: Final = re.compile(r"(?P<user>\d+\.\d+)\.\d+\.\d+\.\d+\.\d+", re.ASCII)


class Ids(NamedTuple):
    eid: str
    sid: str
    uid: str


def resolve(draft: Draft, new_id: Callable[[], str]) -> Ids:
    """The three ids of an event; `new_id` makes a random UUID."""
    eid = draft.eid or new_id()
    uid = draft.uid or user_of(draft.otui)
    sid = draft.sid or session_of(draft.ots, uid)
    if sid and uid:
        return Ids(eid, sid, uid)
    if sid:
        return Ids(eid, sid, sid)
    if uid:
        return Ids(eid, eid, uid)
    return Ids(eid, eid, eid)


def user_of(otui: str | None) -> str | None:
    """`<random number>.<first visit start>`, which no other visitor has; None when corrupt: start anew."""
    match = _OTUI.fullmatch(otui) if otui else None
    return match["user"] if match else None


def session_of(ots: str | None, uid: str | None) -> str | None:
    """`<user id>.<visit start>`; None when corrupt, and without a user: visits of two start in one second."""
    match = _OTS.fullmatch(ots) if ots and uid else None
    return f"{uid}.{match['visit']}" if match else None
