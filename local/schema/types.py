"""Which type a property has, from the kinds of its values. Pure.

A property's type only ever widens: `bigint` to `double`, `date` to `timestamp`, and anything to `varchar`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Type(StrEnum):
    """Of a view's column, by Athena's name. `varchar` holds text, and arrays and objects as JSON text."""

    BOOLEAN = "boolean"
    BIGINT = "bigint"
    DOUBLE = "double"
    DATE = "date"
    TIMESTAMP = "timestamp"
    VARCHAR = "varchar"


# Within a family the wider type holds every value of the narrower one; between families only text does.
_FAMILIES: Final = ((Type.BOOLEAN,), (Type.BIGINT, Type.DOUBLE), (Type.DATE, Type.TIMESTAMP), (Type.VARCHAR,))

# A family with fewer of a property's values than this does not decide its type: one odd value in a hundred is null in a
# column of numbers, where text would have made each number text.
LEAST_SHARE: Final = 0.01


def widen(one: Type, other: Type) -> Type:
    """The narrowest type that holds what either holds."""
    family = next((family for family in _FAMILIES if one in family and other in family), None)
    return max(one, other, key=family.index) if family else Type.VARCHAR


def infer(counts: Mapping[Type, int]) -> tuple[Type | None, dict[Type, int]]:
    """The type for values of which so many are of each type, and those too few to decide; None where there is none."""
    total = sum(counts.values())
    found: Type | None = None
    odd: dict[Type, int] = {}
    for family in _FAMILIES:
        seen = {kind: counts[kind] for kind in family if counts.get(kind)}
        if not seen:
            continue
        if sum(seen.values()) < LEAST_SHARE * total:
            odd |= seen
            continue
        for kind in seen:
            found = widen(found, kind) if found else kind
    # In a column of text nothing is odd.
    return found, {} if found is Type.VARCHAR else odd
