"""Raw URL events, Opentracker's way in: a query, a form, or a JSON object of the same names.

Names are ASCII without spaces; values are any text in any script. Escapes are read as UTF-8, a value that is
not as Latin-1, which loses no byte; a broken escape stands as it is. Of a repeated name the last value counts
for ids and all reserved names; as a property all are kept, in an array, and its last folds into state.
"""

import re
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from lambdas.collect.draft import Draft
from lambdas.collect.limits import KEY_CHARACTERS
from lambdas.collect.parse.checks import (
    decode,
    find_problem,
    load_json,
    may_hold_surrogates,
    scrub_deep,
    show,
)
from lambdas.collect.parse.fields import Fields
from lambdas.collect.reasons import Reason, Rejected
from lambdas.common.reserved import RESERVED

_NAME: Final = re.compile(r"[\x21-\x7e]+")
_OFF: Final = frozenset({"false", "0", "no"})


def parse_query(query: str, api: str, sites: tuple[str, ...]) -> Draft | Rejected:
    return _draft(collect_pairs(query), api, sites)


def parse_form(query: str, body: bytes, sites: tuple[str, ...]) -> Draft | Rejected:
    """A form; the query of its URL counts as standing before it."""
    text = decode(body)
    if isinstance(text, Rejected):
        return text
    return _draft(collect_pairs(f"{query}&{text.strip()}"), "form", sites)


def parse_json(query: str, body: bytes, sites: tuple[str, ...]) -> Draft | Rejected:
    """One JSON object; its names win over those in the query of its URL."""
    text = decode(body)
    if isinstance(text, Rejected):
        return text
    value = load_json(text)
    if isinstance(value, Rejected):
        return value
    if not isinstance(value, dict):
        return Rejected(Reason.INVALID_EVENT, "body: must be a JSON object")
    problem = find_problem(value)
    if problem:
        return problem
    if may_hold_surrogates(text):
        value = scrub_deep(value)
    return _draft({**collect_pairs(query), **value}, "json", sites)


def collect_pairs(text: str) -> dict[str, str | list[str]]:
    """Names and values of a query or form, in their order; a repeated name has a list."""
    values: dict[str, str | list[str]] = {}
    for piece in text.split("&"):
        if not piece:
            continue
        name, _, value = piece.partition("=")
        key, item = _unescape(name), _unescape(value)
        earlier = values.get(key)
        if earlier is None:
            values[key] = item
        elif isinstance(earlier, list):
            earlier.append(item)
        else:
            values[key] = [earlier, item]
    return values


def _unescape(text: str) -> str:
    octets = unquote_to_bytes(text.replace("+", " "))
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _draft(values: dict[str, Any], api: str, sites: tuple[str, ...]) -> Draft | Rejected:
    for name in values:
        problem = _check_name(name)
        if problem:
            return problem
    last = {name: _last(value, api) for name, value in values.items() if name in RESERVED}
    fields = Fields(last)
    draft = Draft(
        si=fields.site(sites),
        eid=fields.eid(),
        sid=fields.id("sid"),
        uid=fields.id("uid"),
        ots=fields.id("ots"),
        otui=fields.id("otui"),
        name=fields.title("ti"),
        api=api,
        props={key: value for key, value in values.items() if key not in RESERVED or RESERVED[key].in_props},
        user={"email": last["email"]} if last.get("email") else {},
        device={"ua": str(last["browser"])} if last.get("browser") else {},
        flags=_flags(last),
        src={"api": api},
    )
    return fields.problem or draft


def _check_name(name: str) -> Rejected | None:
    if len(name) > KEY_CHARACTERS:
        return Rejected(
            Reason.KEY_TOO_LONG, f"{show(name)}: a name of {len(name):,} characters; at most {KEY_CHARACTERS}"
        )
    if not _NAME.fullmatch(name):
        return Rejected(Reason.INVALID_NAME, f'property "{show(name)}": names are ASCII without spaces')
    return None


def _last(value: Any, api: str) -> Any:
    return value[-1] if isinstance(value, list) and value and api != "json" else value


def _flags(values: dict[str, Any]) -> tuple[str, ...]:
    given = {
        "proxy": "proxy" in values,
        "no_increment": "increment" in values and _is_off(values["increment"]),
        "no_state": "no_state" in values and not _is_off(values["no_state"]),
    }
    return tuple(flag for flag, on in given.items() if on)


def _is_off(value: Any) -> bool:
    return str(value).strip().lower() in _OFF
