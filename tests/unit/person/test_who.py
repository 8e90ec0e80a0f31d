"""Whose a bad row is: by the ids in it, however they were written."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.person.who import Person

UID = "4454d621-e056-4afc-bb5b-063a3f98e4a7"


def row(body: str | bytes = "", query: str = "") -> bytes:
    request: dict[str, Any] = {"method": "POST", "path": "/", "query": query, "headers": {}}
    request |= (
        {"body": body, "base64": False}
        if isinstance(body, str)
        else {"body": base64.b64encode(body).decode(), "base64": True}
    )
    return json.dumps({"id": "1", "received_at": 1, "reason": "x", "detail": "", "request": request}).encode() + b"\n"


HERS = {
    "a batch": (row(json.dumps({"si": "x", "uid": "17", "events": [{"name": 7}]})), "17"),
    "an event of a batch": (row(json.dumps({"si": "x", "events": [{"uid": "17"}]})), "17"),
    "a number for an id": (row('{"si": "x", "uid": 17, "events": 1}'), "17"),
    "a session of nobody else": (row(query="si=x&sid=17&bad%20name=1"), "17"),
    "a query": (row(query="uid=17"), "17"),
    "a query, escaped": (row(query="uid=a%2Fb"), "a/b"),
    "a form": (row("si=x&uid=17&a b=1"), "17"),
    "a cookie of Opentracker's": (row(query="si=x&otui=99.1000.1001.1002.3.4"), "99.1000"),
    "the site's own id": (row('{"si": "x", "user": {"user_id": "17"}, "events": [1]}'), "17"),
    "a long id under any key": (row(json.dumps({"anonymousId": UID})), UID),
    "a long id in a text": (row(json.dumps({"si": "x", "events": [{"page": {"url": f"https://x/?u={UID}"}}]})), UID),
    "a long id in the path": (row().replace(b'"/"', f'"/users/{UID}"'.encode()), UID),
    "a long id in a header": (row().replace(b"{}", json.dumps({"referer": f"https://x/{UID}"}).encode()), UID),
    "torn JSON": (row('{"si": "x", "uid": "17", "events": ['), "17"),
    "torn JSON, escaped": (row('{"uid": "\\u0031\\u0037'), "17"),
    "not UTF-8": (row(b'{"uid": "17", "name": "\xff"}'), "17"),
    "no JSON at all": (row("this is 17, hello"), "17"),
    "JSON in a text": (row(json.dumps(json.dumps({"uid": "17"}))), "17"),
    "a line that is no bad row": (b'{"uid": "17"\n', "17"),
}
NOT_HERS = {
    "a number of something": (row('{"si": "x", "uid": "u", "events": [{"seq": 17}]}'), "17"),
    "a text of something": (row('{"si": "x", "uid": "u", "events": [{"props": {"n": "17"}}]}'), "17"),
    "part of another id": (row('{"uid": "17-b", "events": ['), "17"),
    "part of another long id": (row(query=f"si=x&sid={UID}-2"), UID),
    "another one's": (row(query="si=x&uid=18"), "17"),
    "nothing": (row(), "17"),
}


@pytest.mark.parametrize("case", HERS)
def test_a_bad_row_that_names_the_person_is_theirs(case: str) -> None:
    line, uid = HERS[case]
    assert Person(frozenset({uid})).has_bad_row(line)


@pytest.mark.parametrize("case", NOT_HERS)
def test_a_bad_row_that_does_not_is_not(case: str) -> None:
    line, uid = NOT_HERS[case]
    assert not Person(frozenset({uid})).has_bad_row(line)


def test_on_one_site_a_row_of_another_is_not_theirs_and_one_of_no_site_is() -> None:
    person = Person(frozenset({"17"}), "a.example")
    assert person.has_bad_row(row(query="si=a.example&uid=17"))
    assert not person.has_bad_row(row(query="si=b.example&uid=17"))
    assert person.has_bad_row(row(query="uid=17"))


@given(uid=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), escaped=st.booleans())
def test_what_athena_is_asked_for_stands_in_every_row_that_gives_the_id(uid: str, escaped: bool) -> None:
    person = Person(frozenset({uid}))
    line = row(json.dumps({"si": "x", "uid": uid, "events": 1}, ensure_ascii=escaped))
    assert person.has_bad_row(line)
    request = json.dumps(json.loads(line)["request"])
    assert all(word in request for word in person.words)
