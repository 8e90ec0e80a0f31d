"""Reads the known fields of one event, whatever the wire format; notes the first that is wrong."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from lambdas.collect.limits import FLAG_CHARACTERS, FLAGS, ID_CHARACTERS, INTEGER, SITE_CHARACTERS
from lambdas.collect.reasons import Reason, Rejected
from lambdas.collect.sites import covers
from lambdas.common.event import NO_TITLE, STRUCTS

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


class Fields:
    """One event's values by key. Every getter gives a usable value; `problem` is the first fault, or None."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.problem: Rejected | None = None

    def site(self, sites: tuple[str, ...]) -> str:
        si = self._id("si", SITE_CHARACTERS)
        if si is None:
            self._note(Reason.MISSING_SITE, "si: required")
            return ""
        if not covers(sites, si):
            self._note(Reason.UNKNOWN_SITE, "si: not one of this collector's sites")
        return si

    def id(self, key: str) -> str | None:
        """Any text, a whole number too; empty is the same as not given."""
        return self._id(key, ID_CHARACTERS)

    def eid(self) -> str | None:
        eid = self._id("eid", ID_CHARACTERS)
        if eid is not None and not _UUID.fullmatch(eid):
            self._note(Reason.INVALID_FIELD, "eid: must be a UUID")
        return eid.lower() if eid else None

    def title(self, key: str) -> str:
        value = self._values.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = json.dumps(value)
        if not isinstance(value, str | None):
            self._note(Reason.INVALID_FIELD, f"{key}: must be text")
            return NO_TITLE
        return value if value and value.strip() else NO_TITLE

    def integer(self, key: str) -> int | None:
        """Browsers give fractions of a millisecond: cut off."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < INTEGER:
            self._note(Reason.INVALID_FIELD, f"{key}: must be a number from 0 to 2^53")
            return None
        return int(value)

    def object(self, key: str) -> dict[str, Any]:
        value = self._values.get(key)
        if not isinstance(value, dict | None):
            self._note(Reason.INVALID_FIELD, f"{key}: must be an object")
            return {}
        return value or {}

    def struct(self, key: str) -> dict[str, Any]:
        """The lake knows the fields of these objects as text, so that text is what they become."""
        value = self.object(key)
        return {
            name: _as_text(item) if name in STRUCTS[key] else item for name, item in value.items() if item is not None
        }

    def flags(self) -> tuple[str, ...]:
        value = self._values.get("flags")
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(flag, str) for flag in value):
            self._note(Reason.INVALID_FIELD, "flags: must be an array of strings")
            return ()
        if len(value) > FLAGS or any(len(flag) > FLAG_CHARACTERS for flag in value):
            self._note(Reason.INVALID_FIELD, f"flags: at most {FLAGS} of {FLAG_CHARACTERS} characters")
        return tuple(dict.fromkeys(value))

    def _id(self, key: str, longest: int) -> str | None:
        value = self._values.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str | None):
            self._note(Reason.INVALID_FIELD, f"{key}: must be text")
            return None
        if value and len(value) > longest:
            self._note(Reason.INVALID_FIELD, f"{key}: {len(value):,} characters; at most {longest}")
        return value or None

    def _note(self, reason: Reason, detail: str) -> None:
        self.problem = self.problem or Rejected(reason, detail)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
