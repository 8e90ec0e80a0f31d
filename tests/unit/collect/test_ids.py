"""Who and which session: the seed's four cases, and Opentracker's state cookies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.collect.draft import Draft
from lambdas.collect.ids import resolve
from tests.builders import SITE, eid
from tests.fakes import FakeIds

OTS = "3.1700000100.1700000200.1700000300"
OTUI = "8675309.1600000000.1650000000.1700000100.4.17"
NEW = eid(1)


def draft(**ids: str | None) -> Draft:
    return Draft(si=SITE, name="x", api="url", **ids)  # type: ignore[arg-type]  # only texts come here


@pytest.mark.parametrize(
    ("given_ids", "sid", "uid"),
    [
        ({}, NEW, NEW),
        ({"sid": "a session id given"}, "a session id given", "a session id given"),
        ({"uid": "a user id given"}, NEW, "a user id given"),
        ({"sid": "1234567890", "uid": "123456"}, "1234567890", "123456"),
        ({"otui": OTUI}, NEW, "8675309.1600000000"),
        ({"ots": OTS, "otui": OTUI}, "8675309.1600000000.1700000100", "8675309.1600000000"),
        ({"ots": OTS, "otui": OTUI, "sid": "s"}, "s", "8675309.1600000000"),
        ({"ots": OTS, "otui": OTUI, "uid": "u"}, "u.1700000100", "u"),
        ({"ots": OTS, "otui": OTUI, "sid": "s", "uid": "u"}, "s", "u"),
        # Two visitors may begin a visit in the same second: without a user it names no session.
        ({"ots": OTS}, NEW, NEW),
        # Corrupt: start anew.
        ({"otui": OTUI + ".9"}, NEW, NEW),
        ({"otui": "8675309.1600000000.1650000000.1700000100.4"}, NEW, NEW),
        ({"otui": "8675309.x.1650000000.1700000100.4.17"}, NEW, NEW),
        ({"ots": "3.1700000100.1700000200", "otui": OTUI}, NEW, "8675309.1600000000"),
        ({"ots": "٣.1.1.1", "otui": OTUI}, NEW, "8675309.1600000000"),
    ],
)
def test_the_rules(given_ids: dict[str, str], sid: str, uid: str) -> None:
    assert resolve(draft(**given_ids), FakeIds()) == (NEW, sid, uid)


GIVEN = st.none() | st.text(min_size=1) | st.sampled_from([OTS, OTUI])


@given(st.none() | st.uuids().map(str), GIVEN, GIVEN, GIVEN, GIVEN)
def test_what_is_given_is_kept_and_nothing_is_ever_empty(
    given_eid: str | None, sid: str | None, uid: str | None, ots: str | None, otui: str | None
) -> None:
    ids = resolve(draft(eid=given_eid, sid=sid, uid=uid, ots=ots, otui=otui), FakeIds())
    assert all(ids)
    assert ids.eid == (given_eid or NEW)
    assert sid in (None, ids.sid)
    assert uid in (None, ids.uid)
    assert ids == resolve(draft(eid=given_eid, sid=sid, uid=uid, ots=ots, otui=otui), FakeIds())
