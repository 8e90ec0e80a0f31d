"""What one event says to a record: properties, segments and counts, read from its props once. Pure.

`brand!=Panasonic` sets property `brand` and puts Panasonic into the segment of that name.
`item-type=camera[+257]` counts, and sets no property. Names reserved in raw URL events that are about the
sending (`proxy`, `ots`, …) stay out; see `lambdas.common.reserved`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from lambdas.common.event import Event
from lambdas.common.reserved import RAW_APIS, RESERVED
from lambdas.state.counters import read_steps

# Bytes of one property's value as JSON; a larger one is left out of the record.
VALUE_BYTES: Final = 32_768
# Bytes as JSON of a segment and its value, of a counter and its bucket; larger ones are left out.
ENTRY_BYTES: Final = 256

# Where an array can only come from a name that was given several times: its last value is the property's.
_REPEATING: Final = RAW_APIS - {"json"}

Entry = tuple[str, str]


@dataclass(slots=True)
class Given:
    """`truncated`: something was too large for any record."""

    props: dict[str, Any] = field(default_factory=dict)
    segments: list[Entry] = field(default_factory=list)
    counts: list[tuple[Entry, int]] = field(default_factory=list)
    truncated: bool = False


def read(event: Event) -> Given:
    given = Given()
    counting = "proxy" not in event.flags and "no_increment" not in event.flags
    for name, values in _properties(event):
        segment = name.endswith("!") and len(name) > 1
        plain = name[:-1] if segment else name
        steps: list[tuple[str, int]] = []
        for value in values:
            steps = read_steps(value)
            if counting:
                given.counts += [((plain, bucket), units) for bucket, units in steps]
            if segment:
                given.segments += [(plain, text) for text in [bucket for bucket, _ in steps] or _texts(value)]
        if values and not steps:
            given.props[plain] = values[-1]
    _leave_out_large(given)
    return given


def _properties(event: Event) -> Iterator[tuple[str, list[Any]]]:
    """Names and all their values; one each but for what was given several times."""
    api = event.src.get("api")
    for name, value in event.props.items():
        if api in RAW_APIS and name in RESERVED and not RESERVED[name].in_state:
            continue
        yield name, value if api in _REPEATING and isinstance(value, list) else [value]


def _texts(value: Any) -> list[str]:
    """What of a value can stand in a set of texts: itself, or each of an array."""
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if value is None or isinstance(value, dict):
        return []
    return [value if isinstance(value, str) else json.dumps(value)]


def _leave_out_large(given: Given) -> None:
    props = {name: value for name, value in given.props.items() if fits(value)}
    segments = [entry for entry in given.segments if _entry_fits(entry)]
    counts = [(entry, units) for entry, units in given.counts if _entry_fits(entry)]
    given.truncated = (len(props), len(segments), len(counts)) < (
        len(given.props),
        len(given.segments),
        len(given.counts),
    )
    given.props, given.segments, given.counts = props, segments, counts


def fits(value: Any) -> bool:
    """Whether a property's value is small enough for a record."""
    if isinstance(value, str):
        # At most six bytes a character (`\\u0000`): most texts need no second look.
        return len(value) * 6 < VALUE_BYTES or json_bytes(value) <= VALUE_BYTES
    return not isinstance(value, dict | list) or json_bytes(value) <= VALUE_BYTES


def json_bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _entry_fits(entry: Entry) -> bool:
    return sum(map(json_bytes, entry)) <= ENTRY_BYTES
