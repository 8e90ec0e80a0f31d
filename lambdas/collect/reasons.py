"""Why something was refused: a closed list, the same in the answer and in the bad row."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What a bad row may give as its reason; docs/reference/http.md explains each, checked by a test."""

    MISSING_SITE = "missing_site"
    UNKNOWN_SITE = "unknown_site"
    INVALID_BASE64 = "invalid_base64"
    INVALID_UTF8 = "invalid_utf8"
    INVALID_JSON = "invalid_json"
    INVALID_BATCH = "invalid_batch"
    INVALID_EVENT = "invalid_event"
    INVALID_FIELD = "invalid_field"
    INVALID_NAME = "invalid_name"
    INVALID_NUMBER = "invalid_number"
    KEY_TOO_LONG = "key_too_long"
    TOO_DEEP = "too_deep"
    BODY_TOO_LARGE = "body_too_large"
    SHARED_TOO_LARGE = "shared_too_large"
    TOO_MANY_EVENTS = "too_many_events"
    UNSUPPORTED_CONTENT_TYPE = "unsupported_content_type"
    WRONG_METHOD = "wrong_method"
    UNKNOWN_PATH = "unknown_path"


# The answer when nothing of a request was good. What is not here is 400.
STATUS = {
    Reason.UNKNOWN_SITE: 403,
    Reason.UNKNOWN_PATH: 404,
    Reason.WRONG_METHOD: 405,
    Reason.BODY_TOO_LARGE: 413,
    Reason.SHARED_TOO_LARGE: 413,
    Reason.TOO_MANY_EVENTS: 413,
    Reason.UNSUPPORTED_CONTENT_TYPE: 415,
}


@dataclass(frozen=True, slots=True)
class Rejected:
    """One event, or a whole request that held no readable event, refused.

    `detail` names the field and never repeats a value. `index` is the event's place in its batch, and `body`
    then a batch of that event alone, so that a replay of the bad row loads exactly it.
    """

    reason: Reason
    detail: str
    index: int | None = None
    body: bytes | None = None

    @property
    def status(self) -> int:
        return STATUS.get(self.reason, 400)
