"""The event every flow shares, and its one written form: a raw line of the contract, version 1.

A line is one JSON object and a newline, UTF-8, with every key present, so that a query never meets a missing
column. `parse_line` is the inverse of `to_line`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

VERSION: Final = 1

# What stands in `name` where a title was due and none came.
NO_TITLE: Final = "NO TITLE"


class LineInvalidError(Exception):
    """Bytes that are no raw line of version 1; the message says what is wrong, never what was in it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as stored. Times are integer milliseconds since the epoch, UTC."""

    eid: str
    si: str
    sid: str
    uid: str
    name: str
    ts: int
    received_at: int
    created_at: int | None = None
    sent_at: int | None = None
    seq: int | None = None
    props: Mapping[str, Any] = field(default_factory=dict)
    user: Mapping[str, Any] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)
    campaign: Mapping[str, Any] = field(default_factory=dict)
    device: Mapping[str, Any] = field(default_factory=dict)
    geo: Mapping[str, Any] = field(default_factory=dict)
    ip: str | None = None
    flags: tuple[str, ...] = ()
    src: Mapping[str, Any] = field(default_factory=dict)
    v: int = VERSION


# The keys of a line in the order they are written, with what each may hold.
_TEXT, _TIME, _TIME_OR_NULL, _OBJECT = "string", "int", "int, null", "object"
COLUMNS: Final[Mapping[str, str]] = {
    "v": _TIME,
    "eid": _TEXT,
    "si": _TEXT,
    "sid": _TEXT,
    "uid": _TEXT,
    "name": _TEXT,
    "ts": _TIME,
    "created_at": _TIME_OR_NULL,
    "sent_at": _TIME_OR_NULL,
    "received_at": _TIME,
    "seq": _TIME_OR_NULL,
    "props": _OBJECT,
    "user": _OBJECT,
    "page": _OBJECT,
    "campaign": _OBJECT,
    "device": _OBJECT,
    "geo": _OBJECT,
    "ip": "string, null",
    "flags": "array",
    "src": _OBJECT,
}

# The fields of the typed objects, all strings: the lake's structs. Others are kept in the line.
STRUCTS: Final[Mapping[str, tuple[str, ...]]] = {
    "page": ("url", "path", "title", "referrer"),
    "campaign": ("source", "medium", "name", "term", "content", "click_id", "channel"),
    "device": ("ua", "lang", "tz", "screen", "viewport"),
    "geo": ("country", "region", "city"),
    "src": ("lib", "ver", "api"),
}

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def to_line(event: Event) -> bytes:
    """`event` as one newline-terminated line.

    Raises ValueError for a value JSON has not got (NaN, a lone surrogate); the parser lets none in.
    """
    values = {name: getattr(event, name) for name in COLUMNS}
    return _ENCODER.encode(values).encode() + b"\n"


def parse_line(line: bytes) -> Event:
    """The event that `line` holds. Keys it does not know are passed over: a later version may add some.

    Raises LineInvalidError.
    """
    try:
        values = json.loads(line)
        if b"\\u" in line:
            json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        # ValueError too for an escaped lone surrogate, which nobody downstream could write.
        raise LineInvalidError("not JSON") from None
    if not isinstance(values, dict):
        raise LineInvalidError("not an object")
    if values.get("v") != VERSION:
        raise LineInvalidError("not version 1")
    wrong = [name for name, kind in COLUMNS.items() if not _fits(values.get(name), kind)]
    if wrong:
        raise LineInvalidError(f"missing or of the wrong type: {', '.join(wrong)}")
    known = {name: values[name] for name in COLUMNS if name in values}
    known["flags"] = tuple(known["flags"])
    return Event(**known)


def _fits(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "int, null":
            return value is None or (isinstance(value, int) and not isinstance(value, bool))
        case "string, null":
            return value is None or isinstance(value, str)
        case "object":
            return isinstance(value, dict)
        case _:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
