"""Feature tables know at a moment what had arrived by then, and nothing else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.event import Event
from local.query import shipped
from tests.builders import DAY, SITE, event
from tests.unit.lake.test_views import ADVERT, CHROME, seen
from tests.unit.lake.world import World, at

NOVEMBER: dict[str, Any] = {"si": SITE, "from": "2026-11-01", "to": "2026-11-30"}
CUTOFF = "2026-11-15 00:00"
USERS = NOVEMBER | {"goal": "purchase", "cutoff": CUTOFF, "horizon": "7"}
SESSIONS = NOVEMBER | {"goal": "purchase", "minutes": "10"}

Row = dict[str, str | None]


def table(lake: World, name: str, **given: Any) -> list[Row]:
    result = lake.answer(f"features/{name}", **given)
    return [dict(zip([column.name for column in result.columns], row, strict=True)) for row in result.rows]


def features(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("label")}


def test_a_visitor_is_what_was_known_at_the_cutoff(lake: World) -> None:
    agent = {"ua": CHROME, "lang": "nl"}
    lake.hold(
        [
            # Saturday evening; a visit by e-mail, with an order.
            seen("2026-11-07 19:00", path="/", sid="a", campaign=ADVERT, device=agent, geo={"country": "NL"}),
            seen("2026-11-07 19:05", "add_to_cart", sid="a", campaign=ADVERT, props={"value": 20}),
            seen("2026-11-07 19:10", "purchase", sid="a", campaign=ADVERT, props={"value": 20}),
            # Four and a half days before the cut-off.
            seen("2026-11-10 12:00", path="/tea", sid="b", user={"user_id": "kim"}),
            seen("2026-11-10 12:00:30", "engagement", sid="b", props={"seconds": 30}),
            # After it: two of them within the horizon.
            seen("2026-11-15 00:00", "purchase", sid="c", props={"value": 99}),
            seen("2026-11-21 23:59", "purchase", sid="d", props={"value": 99}),
            seen("2026-11-22 00:00", "purchase", sid="e", props={"value": 99}),
            # Happened before, arrived after.
            event(9999, name="add_to_cart", sid="f", ts=at("2026-11-14 10:00"), received_at=at("2026-11-15 10:00")),
            # Came later than the cut-off, or not as a person.
            seen("2026-11-16 10:00", "purchase", uid="new"),
            seen("2026-11-10 10:00", uid="bot", flags=("bot",)),
        ]
    )
    [row] = table(lake, "users", **USERS)
    assert (row["uid"], row["cutoff"], row["label"], row["label_events"]) == (
        *("u1", "2026-11-15 00:00:00.000", "true", "2"),
    )
    counts = "active_days 2,sessions 2,sessions_7d 1,events 5,events_7d 2,page_views 2,pages 2,engaged_seconds 30.0"
    shop = "item_views 0,cart_adds 1,checkouts 0,purchases 1,revenue 20.0,goals 1,clicks 0,errors 0"
    shares = "evening_share 0.6,weekend_share 0.6,first_channel email,last_channel email,identified true"
    last = "country NL,lang nl,browser Chrome,os Linux,device_type desktop"
    for told in ",".join([counts, shop, shares, last]).split(","):
        name, _, value = told.partition(" ")
        assert (name, row[name]) == (name, value)
    assert float(row["age_days"] or 0) == pytest.approx(7 + 5 / 24)
    assert float(row["recency_days"] or 0) == pytest.approx(4.5 - 30 / 86400)
    assert float(row["recency_goal_days"] or 0) == pytest.approx(7 + (5 - 1 / 6) / 24)


def test_a_session_is_what_was_known_some_minutes_into_it(lake: World) -> None:
    lake.hold(
        [
            seen("2026-11-09 10:00", "purchase", sid="before"),
            # Over midnight; ten minutes end at 00:05.
            seen("2026-11-09 23:55", path="/tea", sid="a", device={"ua": CHROME}),
            seen("2026-11-09 23:58", "add_to_cart", sid="a", props={"value": 12.5}),
            seen("2026-11-10 00:01", "engagement", sid="a", props={"seconds": 60, "scroll": 80}),
            seen("2026-11-10 00:05", "begin_checkout", sid="a"),
            seen("2026-11-10 00:06", "purchase", sid="a"),
            # One that had bought by then is no row; another that does not buy.
            seen("2026-11-10 09:00", path="/", sid="quick", uid="u2"),
            seen("2026-11-10 09:03", "purchase", sid="quick", uid="u2"),
            seen("2026-11-11 09:00", path="/", sid="b"),
        ]
    )
    rows = {str(row["sid"]): row for row in table(lake, "sessions", **SESSIONS)}
    assert {sid: row["label"] for sid, row in rows.items()} == {"a": "true", "b": "false"}
    one = rows["a"]
    told = (
        "cutoff 2026-11-10 00:05:00.000,label_events 1,events 3,page_views 1,pages 1,active_seconds 360.0,"
        "idle_seconds 240.0,engaged_seconds 60.0,scroll 80.0,cart_adds 1,cart_value 12.5,checkouts 0,entry_path /tea,"
        "channel direct,browser Chrome,hour 0,weekday 2,earlier_sessions 1,earlier_goals 1"
    )
    for pair in told.split(","):
        name, _, value = pair.partition(" ")
        assert (name, one[name]) == (name, value)
    assert float(one["days_since_session"] or 0) == pytest.approx((13 + 55 / 60) / 24)
    assert (rows["b"]["earlier_sessions"], rows["b"]["earlier_goals"]) == ("2", "2")


MIDDLE = at(CUTOFF)
EVENT = st.builds(
    dict,
    uid=st.sampled_from(["u1", "u2"]),
    visit=st.sampled_from(["a", "b", "c"]),
    name=st.sampled_from(
        ["page_view", "engagement", "add_to_cart", "begin_checkout", "purchase", "click", "error", "view_item"]
    ),
    received_at=st.integers(MIDDLE - 40 * 60_000, MIDDLE + 40 * 60_000),
    waited=st.sampled_from([0, 0, 500, 600_000, 2 * DAY]),
    channel=st.sampled_from(["direct", "email", "search"]),
    country=st.sampled_from([None, "NL", "DE"]),
    user=st.sampled_from([{}, {"user_id": "kim"}]),
    path=st.sampled_from(["/", "/tea"]),
)


def made(sent: list[dict[str, Any]]) -> list[Event]:
    return [
        event(
            number,
            uid=one["uid"],
            sid=f"{one['uid']}{one['visit']}",
            name=one["name"],
            ts=one["received_at"] - one["waited"],
            received_at=one["received_at"],
            seq=number,
            page={"path": one["path"]},
            campaign={"channel": one["channel"]},
            geo={"country": one["country"]},
            user=one["user"],
            props={"seconds": number, "scroll": number, "value": number},
        )
        for number, one in enumerate(sent, 1)
    ]


@settings(max_examples=10)
@given(st.lists(EVENT, min_size=1, max_size=20))
def test_no_feature_of_a_visitor_changes_by_what_arrives_later(lake: World, sent: list[dict[str, Any]]) -> None:
    events = made(sent)
    lake.hold([one for one in events if one.received_at < MIDDLE])
    before = {row["uid"]: features(row) for row in table(lake, "users", **USERS)}
    lake.hold(events)
    after = {row["uid"]: features(row) for row in table(lake, "users", **USERS)}
    assert after == before


@settings(max_examples=10)
@given(st.lists(EVENT, min_size=1, max_size=20), st.integers(0, 5))
def test_no_feature_of_a_session_changes_by_what_arrives_later(
    lake: World, sent: list[dict[str, Any]], choice: int
) -> None:
    events = made(sent)
    lake.hold(events)
    rows = sorted(table(lake, "sessions", **SESSIONS), key=lambda row: str(row["sid"]))
    if not rows:
        return
    row = rows[choice % len(rows)]
    lake.hold([one for one in events if one.received_at < at(str(row["cutoff"]))])
    [then] = [one for one in table(lake, "sessions", **SESSIONS) if one["sid"] == row["sid"]]
    assert features(then) == features(row)
    assert then["label"] == "false"


@pytest.mark.parametrize(("table_name", "given"), [("users", USERS), ("sessions", SESSIONS)])
def test_the_header_is_true(lake: World, table_name: str, given: dict[str, str]) -> None:
    lake.hold([])
    question = shipped.load(table_name, "features")
    found = lake.answer(f"features/{table_name}", **given).columns
    assert [(one.name, one.type) for one in found] == [(one.name, one.type) for one in question.columns]
    assert question.scans.endswith(".")
