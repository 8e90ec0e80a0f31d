"""Whose a raw line, an event row or a bad row is. Pure.

An event is the person's whose `uid` it bears. A bad row is no event: it is theirs where its request gives one of their
ids under a key for ids, where a long one stands anywhere in it as a word, and where it cannot be read, any.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

from lambdas.collect.ids import user_of

# Where lines lie in the bucket, those as well that Firehose could not write (infra/raw_store.py).
RAW: Final = "raw/"
UNDELIVERED: Final = "undelivered/"
# Keys whose value is a person's id, at any depth of what a client sent.
_IDS: Final = frozenset({"uid", "sid", "user_id"})
_OTUI: Final = "otui"
_SAFE: Final = re.compile(r"[A-Za-z0-9._-]+")
# A text as long as this is no number of something and no everyday word: it is the id wherever it stands.
_UNLIKELY: Final = 8
# A part of an id that is shorter finds too much to be worth asking for.
_LEAST: Final = 4


@dataclass(frozen=True)
class Person:
    """One person, by the visitor ids that are theirs; `si`: on that site alone, else on all."""

    uids: frozenset[str]
    si: str | None = None

    @cached_property
    def _needles(self) -> tuple[bytes, ...]:
        return tuple(json.dumps(uid, ensure_ascii=False)[1:-1].encode() for uid in sorted(self.uids))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """For each id a text that stands in every bad row which gives it, in whatever way it was encoded; "" where
        there is none."""
        longest = (max(_SAFE.findall(uid), key=len, default="") for uid in sorted(self.uids))
        return tuple(word if len(word) >= _LEAST else "" for word in longest)

    def has_line(self, line: bytes) -> bool:
        """Whether a raw line is an event of theirs."""
        # Most lines need no reading: but for these two escapes there is one way to write a text.
        if not any(text in line for text in (*self._needles, b"\\u", b"\\/")):
            return False
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            return False
        if not isinstance(event, dict) or event.get("uid") not in self.uids:
            return False
        return self.si is None or event.get("si") == self.si

    def whose(self, key: str) -> Callable[[bytes], bool]:
        """What tells a line of theirs in the object `key`."""
        return self.has_line if key.startswith((RAW, UNDELIVERED + RAW)) else self.has_bad_row

    def has_bad_row(self, line: bytes) -> bool:
        """Whether a bad row was sent about them. One that names no site is of any."""
        try:
            request = json.loads(line)["request"]
            query, body, plain = str(request["query"]), str(request["body"]), not request["base64"]
            text = body if plain else base64.b64decode(body).decode("utf-8", "replace")
        except (ValueError, RecursionError, KeyError, TypeError, binascii.Error):
            return self._named_in(line.decode("utf-8", "replace"))
        document = _read(text)
        pairs = [*parse_qsl(query), *_pairs(document)]
        sites = {value for key, value in pairs if key == "si"}
        if self.si is not None and sites and self.si not in sites:
            return False
        if any(self._is_id(key, value) for key, value in pairs) or (document is None and self._named_in(text)):
            return True
        around = [str(request.get("path")), query, *map(str, dict(request.get("headers") or {}).values()), text]
        return self._named_in(" ".join(around), _UNLIKELY)

    def _is_id(self, key: str, value: Any) -> bool:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            return False
        if key == _OTUI:
            return user_of(value) in self.uids
        return value in self.uids and key in _IDS

    def _named_in(self, text: str, least: int = 0) -> bool:
        """Whether an id of at least so many characters is a word of the text."""
        forms = (text, unquote_plus(text), _unescape(text))
        words = [re.compile(rf"(?<![\w-]){re.escape(uid)}(?![\w-])") for uid in self.uids if len(uid) >= least]
        return any(word.search(form) for word in words for form in forms)


def _read(body: str) -> Any:
    """What a body holds, a JSON document or the pairs of a form; None where it is neither, as far as can be told."""
    if not body.strip():
        return {}
    try:
        found = json.loads(body.removeprefix("\ufeff"))
        return found if isinstance(found, dict | list) else None
    except (ValueError, RecursionError):
        form = parse_qsl(body.strip())
        return [{key: value} for key, value in form] if "si" in dict(form) else None


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key of a document with its value, at any depth; an array's elements under the array's own key."""
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        key, node = stack.pop()
        if isinstance(node, dict):
            stack += node.items()
        elif isinstance(node, list):
            stack += ((key, child) for child in node)
        else:
            yield key, node


def _unescape(text: str) -> str:
    """JSON's escapes of characters undone."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text).replace("\\", "")
