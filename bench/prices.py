"""The one list of prices, quotas and assumptions (prices.toml), and what a number of units costs by it."""

import tomllib
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("prices.toml")


def load() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text())


def charge(price: float | list[list[float]], units: float) -> float:
    """Dollars for `units` of a month at one price, or at tiers of `[up to, price]`."""
    if not isinstance(price, list):
        return price * units
    total, below = 0.0, 0.0
    for up_to, tier in price:
        total += max(0.0, min(units, up_to) - below) * tier
        below = up_to
    return total


def steps(size: float, step: int) -> int:
    """How many steps of `step` bytes are billed for `size` bytes: at least one."""
    return max(1, -(-int(size) // step))
