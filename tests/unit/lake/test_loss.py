"""`loss` finds exactly the numbers that are missing between those that came."""

import time
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.event import Event
from tests.builders import DAY, event, numbered_eid
from tests.unit.lake.test_views import CHROME
from tests.unit.lake.world import World, at

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"


_numbers = count(1)


def numbered(uid: str, when: str, *numbers: int | None, ua: str = CHROME) -> list[Event]:
    """The visitor's events with these numbers, a second apart, from `when` (UTC) on."""
    begin = at(when)
    return [
        event(next(_numbers), uid=uid, seq=number, ts=begin + place * 1000, device={"ua": ua})
        for place, number in enumerate(numbers)
    ]


def test_a_gap_counts_on_the_day_and_for_the_browser_of_the_event_after_it(lake: World) -> None:
    lake.hold(
        [
            *numbered("whole", "2026-01-01 10:00", 1, 2, 3, 4),
            *numbered("torn", "2026-01-01 10:00", 1, 2, 5),
            *numbered("torn", "2026-01-02 10:00", 8, 9, ua=FIREFOX),
            *numbered("other", "2026-01-02 10:00", 1, 2, 3, 5, ua=FIREFOX),
        ]
    )
    rows = lake.ask("select dt, browser, visitors, arrived, lost, pending, share, largest_gap from loss order by dt")
    assert rows == [
        ("2026-01-01", "Chrome", "2", "7", "2", "0", str(2 / 9), "2"),
        ("2026-01-02", "Firefox", "2", "6", "3", "0", str(3 / 9), "2"),
    ]


def test_numbers_before_the_lake_are_no_loss_but_told(lake: World) -> None:
    lake.hold([*numbered("old", "2026-01-01 10:00", 41, 42), *numbered("new", "2026-01-01 10:00", 1, 2)])
    assert lake.ask("select lost, before_first, largest_gap from loss") == [("0", "40", "0")]


def test_events_without_a_counter_have_no_part_in_it(lake: World) -> None:
    lake.hold(numbered("a", "2026-01-01 10:00", 1, None, 0, -5, 3))
    assert lake.ask("select arrived, lost from loss") == [("2", "1")]


def test_a_number_used_by_two_tabs_is_no_gap(lake: World) -> None:
    lake.hold(numbered("a", "2026-01-01 10:00", 1, 2, 2, 3, 3, 5))
    assert lake.ask("select arrived, lost from loss") == [("6", "1")]


def test_a_number_used_by_two_tabs_hides_no_loss(lake: World) -> None:
    """Two tabs gave 2 and 4 to an event each; of the second two events were lost, one of them with a number left."""
    begin = at("2026-01-01 10:00")
    first = [(1, 0), (2, 1), (3, 2), (4, 3), (6, 4)]
    second = [(2, 0), (7, 3)]  # lost: its second event, with seq 4, and its third, with seq 5
    lake.hold(
        event(0, eid=numbered_eid(load, number), uid="a", seq=seq, ts=begin + seq)
        for load, counted in ((1, first), (2, second))
        for seq, number in counted
    )
    assert lake.ask("select arrived, lost, largest_gap from loss") == [("7", "2", "1")]


def test_a_counter_that_began_anew_is_no_loss_of_its_page(lake: World) -> None:
    counted = [(8, 0), (9, 1), (1, 2), (2, 3)]
    lake.hold(
        event(0, eid=numbered_eid(1, number), uid="a", seq=seq, ts=at("2026-01-01 10:00") + number)
        for seq, number in counted
    )
    assert lake.ask("select arrived, sum(lost), sum(before_first) from loss group by 1") == [("4", "5", "0")]


def test_bots_and_staff_lose_events_like_anybody(lake: World) -> None:
    lake.hold([event(1, seq=1, flags=("bot",)), event(2, seq=3, flags=("staging",))])
    assert lake.ask("select lost from loss") == [("1",)]


def test_a_gap_that_may_still_be_filled_is_pending(lake: World) -> None:
    now = int(time.time() * 1000)
    just_now, long_ago = now - 60_000, now - 2 * DAY
    lake.hold(
        [
            event(number, uid=uid, seq=seq, received_at=when, ts=long_ago)
            for number, (uid, seq, when) in enumerate(
                [("a", 1, long_ago), ("a", 4, just_now), ("b", 1, long_ago), ("b", 3, long_ago)]
            )
        ]
    )
    assert lake.ask("select lost, pending from loss") == [("1", "2")]


VISITOR = st.tuples(
    st.integers(1, 1000),  # the number of the first event in the lake
    st.lists(st.tuples(st.booleans(), st.integers(0, 1), st.integers(1, 2)), max_size=12),  # arrived? day? how often?
)


@settings(max_examples=20)
@given(st.lists(VISITOR, max_size=6))
def test_what_is_missing_between_the_first_and_the_last_is_lost(
    lake: World, visitors: list[tuple[int, list[tuple[bool, int, int]]]]
) -> None:
    events: list[Event] = []
    lost, arrived, before = 0, 0, 0
    for uid, (first, later) in enumerate(visitors):
        days = [0, *sorted(day for _, day, _ in later)]
        there = [(True, 1), *((came, times) for came, _, times in later)]
        numbers = [first + place for place, (came, _) in enumerate(there) if came]
        lost += max(numbers) - min(numbers) + 1 - len(numbers)
        before += first - 1
        for place, (came, times) in enumerate(there):
            for _ in range(times if came else 0):
                arrived += 1
                when = at("2026-01-01 10:00") + days[place] * DAY + place
                events.append(event(len(events), uid=f"u{uid}", seq=first + place, ts=when))
    lake.hold(events[::-1])
    [row] = lake.ask(
        "select coalesce(sum(lost), 0), coalesce(sum(arrived), 0), coalesce(sum(before_first), 0),"
        " coalesce(sum(pending), 0) from loss"
    )
    assert row == (str(lost), str(arrived), str(before), "0")
