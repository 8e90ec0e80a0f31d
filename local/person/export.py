"""All of one person as one JSON document, in the order of the flow: raw lines and bad rows byte for byte as stored."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Any, Final

from local.person import lines, rows, search
from local.person.records import Records, session_pks, shown
from local.person.who import Person
from local.stored.deployed import Deployed
from local.stored.objects import Objects

SECTIONS: Final = ("raw", "events", "state", "bad", "undelivered")


def export(it: Deployed, person: Person, out: IO[bytes]) -> dict[str, int]:
    """Writes the document, a line or row a line; gives the length of each section. Raises QueryError."""
    objects = Objects(it.client("s3"), it.bucket)
    raw = search.find(it.engine, person, "raw")
    events = search.find(it.engine, person, "events") if "events" in it.tables else search.Found()

    undelivered = search.undelivered(objects, person)

    def in_lines(keys: Iterable[str], mine: lines.Mine) -> Iterator[bytes]:
        return objects.read_all(keys, lambda file: map(_as_json, lines.read(file, mine)))

    def in_rows(keys: Iterable[str]) -> Iterator[bytes]:
        return objects.read_all(keys, lambda file: map(_json, rows.read(file, person.uids)))

    records = Records(it.client("dynamodb"), it.state_table)
    state = {item["pk"]["S"]: item for item in records.of(person)}
    others = session_pks(raw.sessions | events.sessions | undelivered.sessions) - state.keys()
    state |= {item["pk"]["S"]: item for item in records.named(others)}
    sections: dict[str, Iterator[bytes]] = {
        "raw": in_lines(sorted(raw.objects), person.has_line),
        "events": in_rows(sorted(events.objects)),
        "state": (_json(shown(state[pk])) for pk in sorted(state)),
        "bad": in_lines(search.maybe_in_bad(it.engine, person) if "bad" in it.tables else (), person.has_bad_row),
        "undelivered": (line for key in sorted(undelivered.objects) for line in in_lines([key], person.whose(key))),
    }
    asked = {"uids": sorted(person.uids), "si": person.si, "stage": it.settings.stage}
    out.write(b'{"asked": ' + _json(asked) + b',\n"exported_at": ' + _json(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"))
    counts = {name: _section(out, name, sections[name]) for name in SECTIONS}
    out.write(b"}\n")
    return counts


def _section(out: IO[bytes], name: str, elements: Iterator[bytes]) -> int:
    out.write(b',\n"' + name.encode() + b'": [')
    count = 0
    for count, element in enumerate(elements, 1):
        out.write((b",\n" if count > 1 else b"\n") + element)
    out.write(b"]")
    return count


def _as_json(line: bytes) -> bytes:
    """The line itself; one that somebody else wrote and that is no JSON as a text."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return _json(line.decode("utf-8", "replace"))
    return line


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
