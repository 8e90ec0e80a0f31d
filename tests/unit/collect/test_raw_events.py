"""Raw URL events, Opentracker's way in: the three forms of it, escapes, repeated and reserved names."""

from typing import Any
from urllib.parse import quote

import pytest

from lambdas.collect.handler import answer
from lambdas.common.reserved import RESERVED
from tests.builders import SITE, eid, http_event
from tests.fakes import FakeSink, fake_collector

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def stored(event: dict[str, Any]) -> dict[str, Any]:
    sink = FakeSink()
    response = answer(fake_collector(sink), event)
    assert response["statusCode"] == 200
    (line,) = sink.lines
    return line


def asked(query: str) -> dict[str, Any]:
    return stored(http_event(query=f"si={SITE}&{query}"))


@pytest.mark.parametrize(
    "event",
    [
        http_event(query=f"si={SITE}&message=Please%20track%20me&ti=Hi"),
        http_event(path="", query=f"message=Please+track+me&si={SITE}&ti=Hi"),
        http_event("POST", body=f"si={SITE}&message=Please+track+me&ti=Hi", headers=FORM),
        http_event("POST", body=f"si={SITE}&message=Please+track+me&ti=Hi", headers={"content-type": "text/plain"}),
        http_event("POST", body=f"si={SITE}&message=Please+track+me&ti=Hi"),
        http_event("POST", query=f"si={SITE}&ti=Hi", body="message=Please+track+me", headers=FORM),
        http_event("POST", query=f"si={SITE}&ti=Hi", body='{"message":"Please track me"}', headers=JSON),
        http_event("POST", body=f'{{"si":"{SITE}","message":"Please track me","ti":"Hi"}}'),
        http_event("POST", body=f'\ufeff{{"si":"{SITE}","message":"Please track me","ti":"Hi"}}', headers=JSON),
        http_event("POST", query=f"si={SITE}&message=Please+track+me&ti=Hi"),
        http_event("HEAD", query=f"si={SITE}&message=Please+track+me&ti=Hi"),
        http_event(path="/p.gif", query=f"si={SITE}&message=Please+track+me&ti=Hi"),
    ],
)
def test_the_ways_in_are_one(event: dict[str, Any]) -> None:
    line = stored(event)
    assert (line["si"], line["name"], line["props"]) == (SITE, "Hi", {"message": "Please track me", "ti": "Hi"})


def test_the_answer_is_the_eid_as_text() -> None:
    response = answer(fake_collector(), http_event(query=f"si={SITE}"))
    assert response["body"] == eid(1)
    assert response["headers"]["content-type"] == "text/plain; charset=utf-8"
    assert response["headers"]["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("a+b", "a b"),
        ("a%20b", "a b"),
        ("a%2Bb", "a+b"),
        ("a%00b", "a\0b"),
        ("100%", "100%"),
        ("%zz%4", "%zz%4"),
        ("%E6%97%A5%E6%9C%AC", "日本"),
        ("日本", "日本"),
        ("caf%E9", "café"),  # Latin-1, as old pages send
        ("a=b=c", "a=b=c"),
        ("", ""),
        (quote("\U0001f600" * 2000), "\U0001f600" * 2000),
    ],
)
def test_values_are_any_url_encoded_text(sent: str, value: str) -> None:
    assert asked(f"message={sent}")["props"] == {"message": value}


def test_a_name_without_a_value_and_empty_pieces() -> None:
    assert asked("&a&&b=&")["props"] == {"a": "", "b": ""}


def test_of_repeated_names_all_are_kept_and_the_last_counts() -> None:
    line = asked("a=1&a=2&a=3&sid=x&sid=y&ti=one&ti=two")
    assert line["props"] == {"a": ["1", "2", "3"], "ti": ["one", "two"]}
    assert (line["sid"], line["name"]) == ("y", "two")


def test_json_values_keep_their_types() -> None:
    body = f'{{"si":"{SITE}","sid":1234567890,"price":2.5,"cart":[{{"n":1}}],"gone":null}}'
    line = stored(http_event("POST", body=body, headers=JSON))
    assert line["sid"] == "1234567890"
    assert line["props"] == {"price": 2.5, "cart": [{"n": 1}], "gone": None}


@pytest.mark.parametrize(
    ("query", "name"), [("", "NO TITLE"), ("ti=", "NO TITLE"), ("ti=+", "NO TITLE"), ("ti=A+b", "A b")]
)
def test_the_title_is_the_name(query: str, name: str) -> None:
    assert asked(query)["name"] == name


@pytest.mark.parametrize(
    ("query", "flags"),
    [
        ("proxy=", ["proxy"]),
        ("proxy=false", ["proxy"]),
        ("increment=false", ["no_increment"]),
        ("increment=0", ["no_increment"]),
        ("increment=true", []),
        ("no_state=1", ["no_state"]),
        ("no_state=false", []),
        ("proxy=1&increment=No&no_state=true", ["proxy", "no_increment", "no_state"]),
    ],
)
def test_reserved_names_set_flags_and_stay_as_sent(query: str, flags: list[str]) -> None:
    line = asked(query)
    assert line["flags"] == flags
    assert "&".join(f"{name}={value}" for name, value in line["props"].items()) == query


def test_email_reaches_the_user_and_browser_the_device() -> None:
    line = asked("email=a%40b.c&browser=Lynx")
    assert line["user"] == {"email": "a@b.c"}
    assert line["device"] == {"ua": "Lynx"}
    assert line["props"] == {"email": "a@b.c", "browser": "Lynx"}


def test_reserved_names_without_a_column_stay_among_the_props() -> None:
    query = "&".join(f"{name}={eid(9) if name == 'eid' else 'x'}" for name in RESERVED if name != "si")
    kept = {name for name, reserved in RESERVED.items() if reserved.in_props}
    assert set(asked(query)["props"]) == kept


def test_an_eid_that_is_given_makes_a_retry_the_same_event() -> None:
    line = asked(f"eid={eid(77).upper()}")
    assert (line["eid"], line["sid"], line["uid"]) == (eid(77), eid(77), eid(77))
