"""Which records a request asks for, and the answer made of them. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from lambdas.state.record import Key, Kind, State

Response = dict[str, Any]
Read = Callable[[Sequence[Key]], Mapping[Key, State]]

# Lambda answers with 6 MB at most; a hundred sessions of 350 KB would be 35.
ANSWER_BYTES: Final = 5_000_000

# Route keys as API Gateway names them. `+`: ids may hold slashes.
SESSION: Final = "GET /session/{sid+}"
USER: Final = "GET /user/{uid+}"
USER_SESSIONS: Final = "GET /user/{uid}/sessions"
ROUTES: Final = (SESSION, USER, USER_SESSIONS)


def answer(event: Mapping[str, Any], read: Read) -> Response:
    """API Gateway's payload 2.0 in and out. Raises what `read` raises."""
    route = event.get("routeKey")
    asked = dict(parse_qsl(event.get("rawQueryString") or ""))
    given = event.get("pathParameters") or {}
    # API Gateway decodes every escape of a path but this one.
    ids = {name: value.replace("%25", "%") for name, value in given.items() if isinstance(value, str)}
    si = asked.get("si")
    if route not in ROUTES:
        return respond(404, {"error": "unknown_path", "detail": "path: nothing is here"})
    if not si:
        return respond(400, {"error": "missing_site", "detail": "si: required"})
    if route == SESSION:
        return _record(Key(Kind.SESSION, si, ids.get("sid", "")), read)
    key = Key(Kind.USER, si, ids.get("uid", ""))
    return _record(key, read) if route == USER else _sessions(key, read)


def respond(status: int, body: Mapping[str, Any], **headers: str) -> Response:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store", **headers},
        "body": json.dumps(body, ensure_ascii=False),
        "isBase64Encoded": False,
    }


def _record(key: Key, read: Read) -> Response:
    state = read([key]).get(key)
    return respond(200, state.view()) if state else _unknown(key)


def _sessions(key: Key, read: Read) -> Response:
    """The records of the user's sessions that still live, newest first."""
    user = read([key]).get(key)
    if not user:
        return _unknown(key)
    keys = [Key(Kind.SESSION, key.si, sid) for sid in sorted(user.sessions, key=lambda sid: -user.sessions[sid])]
    living = read(keys) if keys else {}
    shown: list[dict[str, Any]] = []
    room = ANSWER_BYTES
    for view in (living[one].view() for one in keys if one in living):
        room -= len(json.dumps(view, ensure_ascii=False).encode())
        if room < 0:
            return respond(200, {"uid": key.id, "sessions": shown, "truncated": True})
        shown.append(view)
    return respond(200, {"uid": key.id, "sessions": shown})


def _unknown(key: Key) -> Response:
    return respond(404, {"error": "not_found", "detail": f"{key.kind.value}: unknown or expired"})
