"""`sessions` and `users` against the same rules written out in Python, over whatever events."""

from collections import defaultdict
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.event import Event
from tests.builders import DAY, event
from tests.unit.lake.world import World, at

MIDNIGHT = at("2026-11-20")
VIEWS = ("page_view", "screen_view")
QUIET = (*VIEWS, "engagement", "web_vital", "error")


SENT = st.builds(
    dict,
    uid=st.sampled_from(["u1", "u2"]),
    visit=st.sampled_from(["a", "b"]),
    name=st.sampled_from([*QUIET, "click", "purchase"]),
    ts=st.integers(MIDNIGHT - DAY // 2, MIDNIGHT + DAY // 2),
    path=st.sampled_from(["/", "/tea", "/bag"]),
    channel=st.sampled_from(["direct", "email", "search"]),
    flags=st.sampled_from([(), (), (), ("proxy",), ("bot",), ("staging",)]),
    seconds=st.integers(0, 100),
)


def made(given: list[dict[str, object]]) -> list[Event]:
    return [
        event(
            number,
            uid=one["uid"],
            sid=f"{one['uid']}{one['visit']}",
            name=one["name"],
            ts=one["ts"],
            seq=number,
            page={"path": one["path"]},
            campaign={"channel": one["channel"]},
            flags=one["flags"],
            props={"seconds": one["seconds"]},
        )
        for number, one in enumerate(given, 1)
    ]


def expected(events: list[Event]) -> list[tuple[str | None, ...]]:
    visits: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for one in sorted(events, key=lambda one: (one.ts, one.seq or 0)):
        if not {"bot", "staging"} & set(one.flags):
            visits[f"{datetime.fromtimestamp(one.ts / 1000, UTC):%Y-%m-%d}", one.sid].append(one)
    rows = []
    for (day, sid), visit in visits.items():
        views = [one for one in visit if one.name in VIEWS]
        paths = [str(one.page["path"]) for one in views]
        channels = [one.campaign["channel"] for one in visit if one.campaign["channel"] != "direct"]
        rows.append(
            (
                day,
                sid,
                str(visit[0].ts),
                str(visit[-1].ts),
                str(float(sum(one.props["seconds"] for one in visit if one.name == "engagement"))),
                str(len(visit)),
                str(len(views)),
                str(len(set(paths))),
                paths[0] if paths else None,
                paths[-1] if paths else None,
                str(len(views) < 2 and all(one.name in QUIET for one in visit)).lower(),
                channels[0] if channels else "direct",
            )
        )
    return sorted(rows)


@settings(max_examples=12)
@given(st.lists(SENT, max_size=25))
def test_a_session_is_what_its_events_say(lake: World, sent: list[dict[str, object]]) -> None:
    events = made(sent)
    lake.hold(events[::-1])
    rows = lake.ask(
        "select dt, sid, cast(cast(to_unixtime(started) * 1000 as bigint) as varchar),"
        " cast(cast(to_unixtime(ended) * 1000 as bigint) as varchar), engaged_seconds, events, page_views, pages,"
        " entry_path, exit_path, bounce, channel from sessions order by dt, sid"
    )
    assert rows == expected(events)
    users = lake.ask("select uid, sessions, events, days from users order by uid")
    people = [one for one in events if not {"bot", "staging"} & set(one.flags)]
    assert users == [
        (
            uid,
            str(len({one.sid for one in people if one.uid == uid})),
            str(sum(one.uid == uid for one in people)),
            str(len({one.ts // DAY for one in people if one.uid == uid})),
        )
        for uid in sorted({one.uid for one in people})
    ]
