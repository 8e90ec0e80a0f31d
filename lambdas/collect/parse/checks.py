"""The checks that every wire format shares: text, JSON, and what a JSON value may hold."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final

from lambdas.collect.limits import DEPTH, KEY_CHARACTERS
from lambdas.collect.reasons import Reason, Rejected
from lambdas.collect.request import scrub

# Python turns no longer text into an int (sys.int_info), and no one means such a number.
_DIGITS: Final = 1_000
_DETAIL_CHARACTERS: Final = 500


def decode(body: bytes) -> str | Rejected:
    """The body as text, without the byte order mark some editors put in front."""
    try:
        return body.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return Rejected(Reason.INVALID_UTF8, f"body: not UTF-8 at byte {error.start}")


def load_json(text: str, field: str = "body") -> Any | Rejected:
    """The JSON value in `text`. Of repeated keys the last wins. NaN, Infinity and 1e999 come out as floats
    that are not finite, for `find_problem` to name."""
    try:
        return json.loads(text)
    except RecursionError:
        return Rejected(Reason.TOO_DEEP, f"{field}: nested deeper than {DEPTH}")
    except json.JSONDecodeError as error:
        return Rejected(Reason.INVALID_JSON, f"{field}: not JSON at character {error.pos}: {error.msg}")
    except ValueError:
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) <= _DIGITS else math.inf)


def find_problem(value: dict[str, Any], path: str = "") -> Rejected | None:
    """The first thing in `value`, at any depth, that a raw line may not hold; `value` is at depth 0."""
    stack: list[tuple[Any, int, str]] = [(value, 0, path)]
    while stack:
        node, depth, where = stack.pop()
        if depth > DEPTH:
            return _rejected(Reason.TOO_DEEP, where, f"nested deeper than {DEPTH}")
        keyed = isinstance(node, dict)
        items: Iterable[tuple[Any, Any]] = node.items() if keyed else enumerate(node)
        for key, child in items:
            if keyed and len(key) > KEY_CHARACTERS:
                length = f"a key of {len(key):,} characters; at most {KEY_CHARACTERS}"
                return _rejected(Reason.KEY_TOO_LONG, join(where, key), length)
            if isinstance(child, float) and not math.isfinite(child):
                return _rejected(Reason.INVALID_NUMBER, join(where, key), "a number that JSON has not got")
            if isinstance(child, dict | list):
                stack.append((child, depth + 1, join(where, key)))
    return None


def join(path: str, key: str | int) -> str:
    """`path` and one step: `props.cart[3].price`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{show(key)}" if path else show(key)


def show(name: str) -> str:
    """A name as a message may repeat it: short, printable."""
    text = name if len(name) <= 64 else f"{name[:64]}…"
    return text if text.isprintable() else ascii(text)[1:-1]


def scrub_deep(value: Any) -> Any:
    """`value` with every lone surrogate replaced, in keys too. Only for what `find_problem` let pass."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {scrub(key): scrub_deep(child) for key, child in value.items()}
    if isinstance(value, list):
        return [scrub_deep(child) for child in value]
    return value


def may_hold_surrogates(text: str) -> bool:
    """Only an escape can bring one into a text that was UTF-8."""
    return "\\ud" in text or "\\uD" in text


def _rejected(reason: Reason, where: str, what: str) -> Rejected:
    return Rejected(reason, f"{where[:_DETAIL_CHARACTERS]}: {what}")
