"""The schema: which views there are, with which columns; and what becomes of it when other things are seen. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from local.schema import names
from local.schema.types import Type, infer, widen

# What every event has, before its own properties; names of view visitor_events.
ENVELOPE: Final = (
    *("si", "dt", "time", "eid", "sid", "uid", "user_id", "account_id"),
    *("url", "path", "channel", "country", "browser", "device_type", "props"),
)

# Names that a page makes up anew for each visitor would otherwise be views and columns without end.
MOST_EVENTS: Final = 300
MOST_PROPERTIES: Final = 150

VERSION: Final = 1


class SchemaInvalidError(Exception):
    """A file that is no schema of this version; the message says so in one sentence."""


@dataclass(frozen=True)
class Property:
    """A typed column; `gone` while no event has the property."""

    column: str
    type: Type
    gone: bool = False


@dataclass(frozen=True)
class EventView:
    """One event name's view; `properties` in the order of its columns, the oldest first."""

    view: str
    properties: Mapping[str, Property] = field(default_factory=dict)
    gone: bool = False


Schema = Mapping[str, EventView]


@dataclass(frozen=True)
class Seen:
    """What events of one name had: how many there were, and for each property how many values of each type."""

    events: int
    properties: Mapping[str, Mapping[Type, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """`what` of the list in docs/reference/views.md; `name` is empty for the event itself."""

    what: str
    event: str
    name: str = ""
    detail: str = ""


def merge(schema: Schema, seen: Mapping[str, Seen]) -> tuple[Schema, list[Change]]:
    """The schema that has a place for all that was seen, and what is other than before.

    Whatever `schema` has stays, in its place and under its name; types only widen.
    """
    changes: list[Change] = []
    merged: dict[str, EventView] = {}
    for event, view in schema.items():
        if event in seen:
            if view.gone:
                changes.append(Change("back", event))
            merged[event] = _merged(event, replace(view, gone=False), seen[event], changes)
        else:
            if not view.gone:
                changes.append(Change("vanished", event))
            merged[event] = replace(view, gone=True)
    fresh = sorted(seen.keys() - schema.keys(), key=lambda event: (-seen[event].events, event))
    room = max(0, MOST_EVENTS - len(merged))
    for event in fresh[:room]:
        view = EventView(names.view_name(event, {known.view for known in merged.values()}))
        changes.append(Change("new", event, detail=view.view))
        merged[event] = _merged(event, view, seen[event], changes)
    changes += (Change("left out", event, detail=f"more than {MOST_EVENTS} event names") for event in fresh[room:])
    return merged, changes


def _merged(event: str, view: EventView, seen: Seen, changes: list[Change]) -> EventView:
    found = {name: infer(counts) for name, counts in seen.properties.items()}
    properties: dict[str, Property] = {}
    for name, known in view.properties.items():
        kind, odd = found.get(name, (None, {}))
        if kind is None:
            if not known.gone:
                changes.append(Change("vanished", event, name))
            properties[name] = replace(known, gone=True)
            continue
        if known.gone:
            changes.append(Change("back", event, name))
        wider = widen(known.type, kind)
        if wider != known.type:
            changes.append(Change("type", event, name, f"{known.type} → {wider}"))
        properties[name] = replace(known, type=wider, gone=False)
        if wider is not Type.VARCHAR:
            changes += _odd(event, name, odd)
    fresh = [name for name, (kind, _) in found.items() if kind and name not in view.properties]
    fresh.sort(key=lambda name: (-sum(seen.properties[name].values()), name))
    room = max(0, MOST_PROPERTIES - len(properties))
    for name in fresh[:room]:
        kind, odd = found[name]
        assert kind
        column = names.column_name(name, {known.column for known in properties.values()}, ENVELOPE)
        properties[name] = Property(column, kind)
        changes.append(Change("new", event, name, f"{column} {kind}"))
        changes += _odd(event, name, odd)
    changes += (Change("left out", event, name, f"more than {MOST_PROPERTIES} properties") for name in fresh[room:])
    return replace(view, properties=properties)


def _odd(event: str, name: str, odd: Mapping[Type, int]) -> Iterable[Change]:
    for kind, count in odd.items():
        yield Change("odd", event, name, f"{count:,} of type {kind} are null in the view")


def dump(schema: Schema) -> str:
    """The schema as it is kept: JSON, a property a line, so that two of them can be compared by eye."""
    lines = []
    for event, view in schema.items():
        head = {"view": view.view} | ({"gone": True} if view.gone else {})
        rows = [
            f"      {json.dumps(name, ensure_ascii=False)}: "
            + json.dumps({"column": one.column, "type": one.type} | ({"gone": True} if one.gone else {}))
            for name, one in view.properties.items()
        ]
        inner = ",\n".join(rows)
        lines.append(
            f"    {json.dumps(event, ensure_ascii=False)}: {json.dumps(head)[:-1]}, "
            + (f'"properties": {{\n{inner}\n    }}}}' if rows else '"properties": {}}')
        )
    body = ",\n".join(lines)
    return f'{{\n  "version": {VERSION},\n  "events": {{\n{body}\n  }}\n}}\n'


def load(text: str) -> Schema:
    """The inverse of `dump`. Raises SchemaInvalidError."""
    try:
        given = json.loads(text)
        if given["version"] != VERSION:
            raise SchemaInvalidError(
                f"The schema file is of version {given['version']}: this Penstock reads {VERSION}."
            )
        return {
            event: EventView(
                view["view"],
                {
                    name: Property(one["column"], Type(one["type"]), one.get("gone", False))
                    for name, one in view["properties"].items()
                },
                view.get("gone", False),
            )
            for event, view in given["events"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SchemaInvalidError(
            "The schema file is damaged: restore an earlier version of it, or delete it."
        ) from None
