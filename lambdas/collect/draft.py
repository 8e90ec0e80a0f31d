"""What a client said of one event, checked, before the server adds ids, time and the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Draft:
    """One good event as given. Ids are None where none were given; times are the client's, epoch ms."""

    si: str
    name: str
    api: str
    eid: str | None = None
    sid: str | None = None
    uid: str | None = None
    ots: str | None = None
    otui: str | None = None
    created_at: int | None = None
    sent_at: int | None = None
    seq: int | None = None
    props: Mapping[str, Any] = field(default_factory=dict)
    user: Mapping[str, Any] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)
    campaign: Mapping[str, Any] = field(default_factory=dict)
    device: Mapping[str, Any] = field(default_factory=dict)
    src: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
