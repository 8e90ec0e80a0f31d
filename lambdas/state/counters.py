"""Counters: `item-type=camera[+257]` adds 257 to bucket `camera` of counter `item-type`.

Signs and decimals both ways, several buckets in one value (`camera[+257],lens[-1.5]`). The original documents
the form and not its bounds; here a step has at most 15 digits before the point and 9 after. What is not of
this form is a plain value.
"""

import re
from typing import Final

# Sums are kept in units of 10^-9: whole numbers, so that no order of adding changes them.
SCALE: Final = 10**9
_DECIMALS: Final = 9

_STEP: Final = re.compile(r"([^\[\]]*)\[([+-])(\d{1,15})(?:\.(\d{1,9}))?\]", re.ASCII)


def read_steps(value: object) -> list[tuple[str, int]]:
    """Buckets and what to add to each, in units of 10^-9; nothing when `value` is plain."""
    if not isinstance(value, str) or not value.rstrip().endswith("]"):
        return []
    steps: list[tuple[str, int]] = []
    text = value.strip()
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if not match:
            return []
        bucket, sign, whole, decimals = match.groups()
        if steps:
            bucket = bucket.lstrip(" ,;")
        units = int(whole) * SCALE + int((decimals or "").ljust(_DECIMALS, "0"))
        steps.append((bucket.strip(), -units if sign == "-" else units))
        at = match.end()
    return steps


def write_sum(units: int) -> str:
    """The exact decimal: `257`, `-1.5`."""
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), SCALE)
    decimals = f"{rest:0{_DECIMALS}d}".rstrip("0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def read_sum(text: str) -> int:
    """The inverse of `write_sum`."""
    whole, _, decimals = text.lstrip("-").partition(".")
    units = int(whole) * SCALE + int(decimals.ljust(_DECIMALS, "0"))
    return -units if text.startswith("-") else units


def as_number(units: int) -> int | float:
    """For JSON that people read: a whole number where it is one."""
    return units // SCALE if units % SCALE == 0 else units / SCALE
