"""State ↔ DynamoDB item.

The record stands as one JSON text in `doc`, so that DynamoDB's numbers (38 digits, no 10^999) and types set
no bounds; deflated where that saves a write unit. Beside it the ids and the time, for people who look at the table.
Marks of seen events are binary: they are the bulk of many records, and base64 would make a third more of them.
"""

import json
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from lambdas.state.counters import read_sum, write_sum
from lambdas.state.record import Cell, Floor, Key, Last, Stamp, State
from lambdas.state.seen import pack, unpack

# Bytes of the text in `doc`. DynamoDB takes 400 KB an item: the rest holds marks, ids and key, 50 KB at most.
DOC_BYTES: Final = 350_000
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
_WRITE_UNIT_BYTES: Final = 1_024
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_PK_BYTES: Final = 2_048

Item = dict[str, Any]


def pk(key: Key) -> str:
    """`session#<site>#<session>`, `#` and `%` escaped so that no two keys meet; a longer one by its hash."""
    text = "#".join((key.kind.value, _escape(key.si), _escape(key.id)))
    if len(text.encode()) <= _PK_BYTES:
        return text
    return f"{key.kind.value}#{sha256(text.encode()).hexdigest()}"


def doc_of(state: State) -> str:
    """The JSON text, the same for the same record however it came about."""
    at = state.last.stamp
    doc = {
        "props": {name: cell.value for name, cell in state.props.items()},
        "user": {name: cell.value for name, cell in state.user.items()},
        "segments": state.nested_segments(),
        "counters": {
            name: {bucket: write_sum(units) for bucket, units in sums.items()}
            for name, sums in state.nested_counters().items()
        },
        "sessions": dict(state.sessions),
        "first_seen": state.first_seen,
        "seq": at.seq,
        "older": _older({"props": state.props, "user": state.user}, at),
        "floor": [*state.floor.stamp, state.floor.group, state.floor.name] if state.floor else None,
        "truncated": state.truncated,
    }
    return json.dumps(
        {name: value for name, value in doc.items() if value or name in ("first_seen", "seq")},
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )


def encode(state: State, doc: str, version: int, expires: int) -> Item:
    """`expires` in epoch seconds."""
    item: Item = {
        "pk": {"S": pk(state.key)},
        "expires_at": {"N": str(expires)},
        "version": {"N": str(version)},
        "unixtimestamp": {"N": str(state.last.stamp.ts)},
        "si": {"S": state.key.si},
        "sid": {"S": state.last.sid},
        "uid": {"S": state.last.uid},
        "eid": {"S": state.last.eid},
        "doc": {"S": doc},
        "marks": {"B": pack(state.seen)},
    }
    size = _size(item)
    if size <= _WRITE_UNIT_BYTES:
        return item
    deflated = zlib.compress(doc.encode(), 6)
    saved = len(doc.encode()) - len(deflated)
    if _units(size - saved) < _units(size):
        item["doc"] = {"B": deflated}
    return item


def text_of(item: Mapping[str, Any]) -> str:
    """The JSON text of an item's record. Raises KeyError, ValueError for what `encode` has not made."""
    doc = item["doc"]
    if "B" not in doc:
        return str(doc["S"])
    try:
        return zlib.decompress(doc["B"]).decode()
    except zlib.error:
        raise ValueError("the text cannot be inflated") from None


def decode(key: Key, item: Mapping[str, Any]) -> State:
    """Raises KeyError, ValueError for what `encode` has not made."""
    doc = json.loads(text_of(item))
    stamp = Stamp(int(item["unixtimestamp"]["N"]), doc["seq"])
    older = doc.get("older", {})
    floor = doc.get("floor")
    return State(
        key=key,
        last=Last(stamp, item["eid"]["S"], item["sid"]["S"], item["uid"]["S"]),
        first_seen=doc["first_seen"],
        props=_cells(doc.get("props", {}), older.get("props", []), stamp),
        user=_cells(doc.get("user", {}), older.get("user", []), stamp),
        sessions=doc.get("sessions", {}),
        segments=frozenset((name, value) for name, values in doc.get("segments", {}).items() for value in values),
        counters={
            (name, bucket): read_sum(text)
            for name, sums in doc.get("counters", {}).items()
            for bucket, text in sums.items()
        },
        seen=unpack(item["marks"]["B"]),
        floor=Floor(Stamp(floor[0], floor[1]), floor[2], floor[3]) if floor else None,
        truncated=doc.get("truncated", False),
    )


def _older(groups: Mapping[str, Mapping[str, Cell]], newest: Stamp) -> dict[str, list[list[Any]]]:
    """The stamps of properties, by stamp; those that the newest event set are not listed: most, mostly."""
    listed: dict[str, list[list[Any]]] = {}
    for group, cells in groups.items():
        names: dict[Stamp, list[str]] = {}
        for name, cell in sorted(cells.items()):
            if cell.stamp != newest:
                names.setdefault(cell.stamp, []).append(name)
        if names:
            listed[group] = [[*stamp, names[stamp]] for stamp in sorted(names)]
    return listed


def _cells(values: Mapping[str, Any], older: list[list[Any]], newest: Stamp) -> dict[str, Cell]:
    stamps = {name: Stamp(ts, seq) for ts, seq, names in older for name in names}
    return {name: Cell(stamps.get(name, newest), value) for name, value in values.items()}


def _size(item: Item) -> int:
    """As DynamoDB counts, or a few bytes more: of a number at least each two digits are a byte."""
    return sum(
        len(name) + (len(value.encode()) if kind == "S" else len(value))
        for name, typed in item.items()
        for kind, value in typed.items()
    )


def _units(size: int) -> int:
    return -(-size // _WRITE_UNIT_BYTES)


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("#", "%23")
