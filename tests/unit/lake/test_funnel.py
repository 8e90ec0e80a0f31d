"""The funnel against all the ways a visitor's events could be picked as its steps."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.event import Event
from tests.builders import SITE, event
from tests.unit.lake.test_views import seen
from tests.unit.lake.world import Rows, World, at

NOON = at("2026-11-20 12:00")
MINUTE = 60_000


def funnel(lake: World, steps: list[str], hours: float) -> Rows:
    named = {f"step{place}": name for place, name in enumerate([*steps, "", "", "", ""][:5], 1)}
    given = {"si": SITE, "from": "2026-11-20", "to": "2026-11-20", **named, "hours": str(hours)}
    return list(lake.answer("queries/funnel", **given).rows)


def took(events: list[Event], steps: list[str], minutes: int) -> int | None:
    """Milliseconds of the quickest way through all steps in time; None where there is none."""
    ordered = sorted(events, key=lambda one: (one.ts, one.seq or 0))
    ways = [way[-1].ts - way[0].ts for way in combinations(ordered, len(steps)) if [one.name for one in way] == steps]
    return min((way for way in ways if way <= minutes * MINUTE), default=None)


@settings(max_examples=20)
@given(
    sent=st.lists(st.tuples(st.sampled_from("uv"), st.sampled_from("abc"), st.integers(0, 60)), max_size=14),
    steps=st.lists(st.sampled_from("abc"), min_size=1, max_size=5),
    minutes=st.integers(0, 60),
)
def test_whoever_took_the_steps_in_order_and_in_time_is_counted(
    lake: World, sent: list[tuple[str, str, int]], steps: list[str], minutes: int
) -> None:
    events = [
        event(number, uid=uid, name=name, ts=NOON + minute * MINUTE, seq=number)
        for number, (uid, name, minute) in enumerate(sent, 1)
    ]
    lake.hold(events[::-1])
    expected = [
        sum(took([one for one in events if one.uid == uid], steps[:far], minutes) is not None for uid in "uv")
        for far in range(1, len(steps) + 1)
    ]
    rows = funnel(lake, steps, minutes / 60)
    assert [(name, int(visitors or 0)) for _, name, visitors, *_ in rows] == list(zip(steps, expected, strict=True))


def test_a_second_attempt_counts_when_the_first_was_too_slow(lake: World) -> None:
    lake.hold(
        [
            seen("2026-11-20 08:00", "see"),
            seen("2026-11-20 12:00", "see"),
            seen("2026-11-20 12:20", "buy"),
            seen("2026-11-20 11:00", "buy", uid="u2"),
            seen("2026-11-20 12:00", "see", uid="u2"),
            seen("2026-11-20 12:00", "see", uid="u3", flags=("bot",)),
        ]
    )
    assert funnel(lake, ["see", "buy", "thank"], 1) == [
        ("1", "see", "2", "1.0", None, "0.0"),
        ("2", "buy", "1", "0.5", "0.5", "1200.0"),
        ("3", "thank", "0", "0.0", "0.0", None),
    ]
