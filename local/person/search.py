"""Where a person's lines and rows lie, asked of Athena."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from local.person import lines
from local.person.who import UNDELIVERED, Person
from local.query.engine import Engine
from local.stack import LocalError
from local.stored.find import by_days, key_of, quote
from local.stored.objects import Objects

# https://docs.aws.amazon.com/athena/latest/ug/service-limits.html: 262,144 bytes a query.
MOST_IDS = 200


@dataclass(frozen=True)
class Found:
    """Lines or rows by the object that holds them; `sessions`: the site and session id of each."""

    objects: Counter[str] = field(default_factory=Counter)
    sessions: frozenset[tuple[str, str]] = frozenset()


def find(engine: Engine, person: Person, table: str) -> Found:
    """In `raw` or `events`. Raises QueryError, as the others here do."""
    select = f'SELECT "$path", si, sid, count(*) FROM {table} WHERE {_theirs(person)} AND '  # noqa: S608 - quoted
    objects: Counter[str] = Counter()
    sessions: set[tuple[str, str]] = set()
    for path, si, sid, count in by_days(engine, lambda days: f"{select}{days} GROUP BY 1, 2, 3", *_days_of(table)):
        objects[key_of(path)] += int(count or 0)
        sessions.add((si or "", sid or ""))
    return Found(objects, frozenset(sessions))


def undelivered(objects: Objects, person: Person) -> Found:
    """In what Firehose could not write, where Athena does not look. Normally there is nothing."""
    keys = objects.keys(UNDELIVERED)
    raw = [key for key in keys if person.whose(key) == person.has_line]
    found = objects.read_all(raw, lambda file: lines.read(file, person.has_line))
    return Found(Counter(keys), frozenset((event["si"], event["sid"]) for event in map(json.loads, found)))


def maybe_in_bad(engine: Engine, person: Person) -> list[str]:
    """Objects with bad rows that may be theirs; whether one is, its text tells."""
    known = [f"strpos(request, {quote(word)}) > 0" for word in person.words]
    # What cannot be seen from outside: bodies in base64, and rows that are none.
    condition = " OR ".join([*known, "request IS NULL", "json_extract_scalar(request, '$.base64') = 'true'"])
    if not all(person.words):
        condition = "true"
    select = f'SELECT "$path" FROM bad WHERE ({condition}) AND '  # noqa: S608 - quoted
    return sorted({key_of(path) for (path,) in by_days(engine, lambda days: f"{select}{days} GROUP BY 1")})


def visitor_ids(engine: Engine, tables: Iterable[str], user_id: str, si: str | None) -> frozenset[str]:
    """The visitor ids that `identify` was ever called for with this id of the site's own. Raises LocalError."""
    site = f" AND si = {quote(si)}" if si is not None else ""
    identified = f"""json_extract_scalar("user", '$.user_id') = {quote(user_id)}{site}"""

    def named_in(table: str) -> set[str]:
        select = f"SELECT DISTINCT uid FROM {table} WHERE {identified} AND "  # noqa: S608 - quoted
        return {uid for (uid,) in by_days(engine, lambda days: select + days, *_days_of(table)) if uid}

    found = frozenset[str]().union(*map(named_in, tables))
    if not found:
        raise LocalError("No event names this USER_ID.")
    if len(found) > MOST_IDS:
        raise LocalError(f"This USER_ID was given to {len(found):,} visitors: name them by UID.")
    return found


def _days_of(table: str) -> tuple[date | None, date | None]:
    """Raw lines lie by the day they arrived, rows of `events` by the day they happened, which may be any."""
    return (date.min, date.max) if table == "events" else (None, None)


def _theirs(person: Person) -> str:
    uids = f"uid IN ({', '.join(quote(uid) for uid in sorted(person.uids))})"
    if person.si is None:
        return uids
    # So the partitions of `events` name a site that is not plain ASCII (lambdas/lake/sql.py).
    plain = re.fullmatch("[ -~]+", person.si)
    sites = [quote(person.si), *([] if plain else [f"substr(url_encode({quote(person.si)}), 1, 255)"])]
    return f"{uids} AND si IN ({', '.join(sites)})"
