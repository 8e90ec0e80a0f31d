"""Names of views and columns from whatever events and properties are called. Pure.

Lower case, words parted by `_`: `itemId` is `item_id`, `Add to cart` is `event_add_to_cart`. What is no ASCII letter
or digit parts words. A name of which nothing is left is `x`; a column that begins with a digit gets a `_` before it; a
name that is taken gets `_2`, `_3` … after it. Names once given stay: the schema file keeps them.
"""

import re
from collections.abc import Collection
from typing import Final

LONGEST: Final = 100

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAP: Final = re.compile(r"[^a-z0-9]+")


def words(name: str) -> str:
    """`itemId` -> `item_id`."""
    return _GAP.sub("_", _HUMP.sub("_", name).lower()).strip("_")[:LONGEST].strip("_") or "x"


def view_name(event: str, taken: Collection[str]) -> str:
    return _free(f"event_{words(event)}", taken)


def column_name(name: str, taken: Collection[str], reserved: Collection[str]) -> str:
    """`reserved` are columns that every view has: a property of such a name is `props_` and the name."""
    plain = words(name)
    if plain in reserved:
        plain = f"props_{plain}"
    return _free(f"_{plain}" if plain[0].isdigit() else plain, {*taken, *reserved})


def _free(name: str, taken: Collection[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
