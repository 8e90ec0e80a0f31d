"""The everyday queries over events made by hand."""

import re
from typing import Any

import pytest

from lambdas.common.event import Event
from local.query import shipped
from local.query.engine import QueryError
from local.query.shipped import Question
from tests.builders import SITE
from tests.unit.lake.test_views import ADVERT, CHROME, SAFARI, seen
from tests.unit.lake.world import Rows, World

QUESTIONS = shipped.load_all()
NOVEMBER: dict[str, Any] = {"si": SITE, "from": "2026-11-01", "to": "2026-11-30"}


def bought(when: str, order: str, value: Any, **changes: Any) -> Event:
    items = [{"item_id": "sencha", "name": "Sencha", "price": 8.5, "quantity": 2}, {"item_id": "cup", "price": 4}]
    props = {"order_id": order, "value": value, "currency": "EUR", "items": items, "linking_id": order}
    return seen(when, "purchase", props=props, **changes)


SHOP = [
    # A visitor by e-mail who buys, is told twice of it, and comes back the day after.
    seen("2026-11-10 10:00", path="/", seq=1, campaign=ADVERT, device={"ua": CHROME}, geo={"country": "NL"}),
    seen("2026-11-10 10:02", path="/tea", seq=2, campaign=ADVERT, device={"ua": CHROME}),
    seen("2026-11-10 10:03", "begin_checkout", seq=4, props={"linking_id": "o1"}, device={"ua": CHROME}),
    bought("2026-11-10 10:05", "o1", 21.0, seq=5, campaign=ADVERT, device={"ua": CHROME}),
    bought("2026-11-10 10:05", "o1", 21.0, seq=6, campaign=ADVERT, device={"ua": CHROME}),
    seen("2026-11-11 10:00", path="/tea", sid="s2", seq=7, device={"ua": CHROME}),
    # One who looks at a page and leaves; one who begins and does not buy.
    seen("2026-11-10 12:00", path="/tea", uid="u2", sid="s3", device={"ua": SAFARI}, geo={"country": "DE"}),
    seen("2026-11-11 09:00", path="/tea", uid="u3", sid="s4"),
    seen("2026-11-11 09:01", "begin_checkout", uid="u3", sid="s4", props={"linking_id": "o2"}),
    seen("2026-11-11 09:02", "error", uid="u3", sid="s4", props={"message": "x is not defined", "source": "/a.js"}),
    *(
        seen("2026-11-11 09:02", "web_vital", path="/tea", uid="u3", sid="s4", props=props)
        for props in (
            {"metric": "LCP", "value": 900, "rating": "good"},
            {"metric": "LCP", "value": 900, "rating": "poor"},
        )
    ),
    # None of these is of the site, the month, or a person.
    seen("2026-11-10 10:00", path="/tea", si="another.example", uid="u9", sid="s9"),
    seen("2026-10-31 10:00", path="/tea", uid="u8", sid="s8"),
    seen("2026-11-10 10:00", path="/tea", uid="u7", sid="s7", flags=("bot",)),
]

ANSWERS: dict[str, tuple[dict[str, Any], Rows]] = {
    "traffic": (
        {},
        [
            ("2026-11-10", "2", "2", "3", "0.5", "300.0", "0.0"),
            ("2026-11-11", "2", "2", "2", "0.5", "120.0", "0.0"),
        ],
    ),
    "top_pages": ({}, [("/tea", "4", "4", "3"), ("/", "1", "1", "1")]),
    "landing_pages": ({}, [("/tea", "3", str(2 / 3), "1.0"), ("/", "1", "0.0", "2.0")]),
    "channels": (
        {"goal": "purchase"},
        [("direct", "3", "3", "0", "0.0"), ("email", "1", "1", "1", "1.0")],
    ),
    "campaigns": ({}, [("news", "email", "spring", "1", "1", "0.0")]),
    "devices": (
        {},
        [
            ("desktop", "Linux", "Chrome", "2", "1"),
            ("mobile", "iOS", "Safari", "1", "1"),
            (None, None, None, "1", "1"),
        ],
    ),
    "countries": ({}, [(None, "2", "2"), ("DE", "1", "1"), ("NL", "1", "1")]),
    "events_by_name": (
        {},
        [
            ("page_view", "5", "4", "3"),
            ("begin_checkout", "2", "2", "2"),
            ("purchase", "2", "1", "1"),
            ("web_vital", "2", "1", "1"),
            ("error", "1", "1", "1"),
        ],
    ),
    "active_visitors": (
        {},
        [("2026-11-10", "2", "2", "1.0"), ("2026-11-11", "2", "3", str(2 / 3))],
    ),
    "revenue": ({}, [("2026-11-10", "EUR", "1", "1", "21.0", "21.0")]),
    "products": ({}, [("sencha", "Sencha", "1", "2.0", "17.0"), ("cup", None, "1", "1.0", "4.0")]),
    "vitals_p75": ({}, [("LCP", "/tea", "2", "900.0", "0.5")]),
    "funnel": (
        {"step1": "page_view", "step2": "begin_checkout", "step3": "purchase", "step4": "", "step5": "", "hours": "1"},
        [
            ("1", "page_view", "3", "1.0", None, "0.0"),
            ("2", "begin_checkout", "2", str(2 / 3), str(2 / 3), "60.0"),
            ("3", "purchase", "1", str(1 / 3), "0.5", "180.0"),
        ],
    ),
    "abandoned": (
        {"begin": "begin_checkout", "end": "purchase"},
        [("2026-11-10", "1", "1", "0.0", "120.0"), ("2026-11-11", "1", "0", "1.0", None)],
    ),
    "conversions": ({"goal": "purchase"}, [("email", "2", "2")]),
    "loss_of_days": ({}, [("Chrome", "1", "6", "1", str(1 / 7))]),
    "errors": ({}, [("x is not defined", "/a.js", "1", "1", None)]),
    "visitor": (
        {"uid": "u2"},
        [("2026-11-10 12:00:00.000", "s3", None, "page_view", "/tea", "{}")],
    ),
}


MIDNIGHT = [
    seen("2026-11-10 23:59", path="/", campaign=ADVERT, device={"ua": CHROME}, geo={"country": "NL"}),
    seen("2026-11-11 00:01", path="/tea", device={"ua": SAFARI}, geo={"country": "BE"}),
]
ONE_SESSION: dict[str, Rows] = {
    "countries": [("NL", "1", "1")],
    "devices": [("desktop", "Linux", "Chrome", "1", "1")],
    "campaigns": [("news", "email", "spring", "1", "1", "0.0")],
    "landing_pages": [("/", "1", "0.0", "2.0")],
}


@pytest.mark.parametrize("query", ONE_SESSION)
def test_a_session_over_midnight_is_one_where_days_are_not_told_apart(lake: World, query: str) -> None:
    lake.hold(MIDNIGHT)
    assert list(lake.answer(f"queries/{query}", **NOVEMBER).rows) == ONE_SESSION[query]


def test_an_order_with_an_item_twice_is_one_order_of_it(lake: World) -> None:
    items = [{"item_id": "cup", "price": 4}, {"item_id": "cup", "price": 4, "quantity": 2}]
    lake.hold([seen("2026-11-10 10:00", "purchase", props={"order_id": "o1", "items": items})])
    assert list(lake.answer("queries/products", **NOVEMBER).rows) == [("cup", None, "1", "3.0", "12.0")]


@pytest.mark.parametrize("query", ANSWERS)
def test_the_shop_is_asked(lake: World, query: str) -> None:
    lake.hold(SHOP)
    given, rows = ANSWERS[query]
    assert list(lake.answer(f"queries/{query}", **NOVEMBER, **given).rows) == rows


def test_retention_is_asked_for_weeks_that_are_over(lake: World) -> None:
    lake.hold([seen("2026-01-06 10:00"), seen("2026-01-14 10:00", uid="u2"), seen("2099-01-06 10:00")])
    result = lake.answer("queries/retention_by_week", si=SITE, cohort_by="first visit")
    assert list(result.rows) == [
        ("2026-01-05", "0", "1", "1", "1.0"),
        ("2026-01-05", "1", "1", "0", "0.0"),
        ("2026-01-12", "0", "1", "1", "1.0"),
    ]


def test_every_query_is_among_those_asked_here() -> None:
    assert {question.name for question in QUESTIONS} == {*ANSWERS, "retention_by_week"}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_header_is_true(lake: World, question: Question) -> None:
    lake.hold([])
    given = {one.name: "x" if one.type == "varchar" else "1" for one in question.parameters}
    given |= {name: "2026-11-01" for name in ("from", "to") if name in given}
    found = lake.answer(f"queries/{question.name}", **given).columns
    assert [(one.name, one.type) for one in found] == [(one.name, one.type) for one in question.columns]
    assert question.sql.count("?") == len(question.parameters)
    assert re.search(rf"\bFROM {question.reads}\b", question.sql)
    assert question.scans.endswith(".")
    # The partitions are named where the view is read, or the header says that all are.
    assert ("si = ? AND dt BETWEEN ? AND ?" in question.sql) == question.scans.startswith(
        "the days asked for of one site"
    )


WRONG = [
    ("trafic", {}, "There is no query 'trafic'. Did you mean 'traffic'?"),
    ("../views/users", {}, "There is no query"),
    ("traffic", {"si": "x", "form": "2026-11-01"}, "traffic has no parameter 'form'. Did you mean 'from'?"),
    ("traffic", {"si": "x", "from": "2026-11-01"}, "traffic needs to (Last day, UTC, YYYY-MM-DD)."),
    ("funnel", {f"step{n}": "x" for n in range(1, 6)} | NOVEMBER | {"hours": "1 OR 1"}, "hours=1 OR 1 is no number."),
]


@pytest.mark.parametrize(("name", "given", "message"), WRONG)
def test_what_is_wrong_with_a_question_is_said(name: str, given: dict[str, str], message: str) -> None:
    with pytest.raises(QueryError, match=re.escape(message)):
        shipped.load(name).literals(given)


def test_a_parameter_is_text_whatever_is_in_it(lake: World) -> None:
    lake.hold(SHOP)
    given = NOVEMBER | {"si": "x' OR '1' = '1"}
    assert lake.answer("queries/top_pages", **given).rows == ()
