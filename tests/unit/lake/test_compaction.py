"""Raw lines into `events`: each event once, whatever goes wrong, and everything seen at every moment."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.lake import sql
from lambdas.lake.compaction import CompactionError
from tests.unit.lake.duck import COLUMNS, Lake, Line, duck, until_done

FIRST = datetime(2026, 11, 10, tzinfo=UTC)
DAY_MS = 86_400_000
LAST_DAY = 4


def day(number: int) -> str:
    return str((FIRST + timedelta(days=number)).date())


def ms(number: float) -> int:
    return int((FIRST + timedelta(days=number)).timestamp() * 1000)


def night(number: int) -> float:
    """When the day `number` is compacted."""
    return (FIRST + timedelta(days=number + 1, hours=1, minutes=30)).timestamp()


def line(eid: str, arrived: float, happened: float | None = None, si: str = "shop") -> Line:
    return Line(eid, si, ms(arrived if happened is None else happened), ms(arrived), day(int(arrived)))


@st.composite
def arrivals(draw: st.DrawFn) -> Sequence[tuple[int, Line]]:
    """Lines with the day they are delivered on. A few events, sent once or more, some of them late or very late."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        happened = draw(st.floats(-0.5, LAST_DAY))
        si = draw(st.sampled_from(["shop", "it's", "müller"]))
        lag = draw(st.sampled_from([0.0, 0.001, 0.4, 1.0, 2.5, 40.0]))
        for copy in range(draw(st.integers(1, 3))):
            arrived = min(max(happened, 0) + copy * draw(st.floats(0, 1.2)), LAST_DAY + 0.9)
            # Copies differ by what their ways through the network did; across midnight too.
            at = happened - lag + copy * draw(st.sampled_from([0.0, 0.0005]))
            held_back = draw(st.sampled_from([0, 0, 0, 1, 2]))
            found.append((int(arrived) + held_back, line(f"e{number}", arrived, at, si)))
    return found


@settings(max_examples=25, deadline=None)
@given(
    arrivals(),
    st.integers(0, 2**32),
    st.sets(st.integers(0, LAST_DAY + 2)),
    st.booleans(),
    st.sampled_from([1, 2, sql.MOST_LINES]),
)
def test_each_event_is_in_events_once_and_seen_once(
    lines: Sequence[tuple[int, Line]], seed: int, outages: set[int], asks: bool, most_lines: int
) -> None:
    """Nights pass, some without a compaction; steps crash, queries fail and leave a part of their files; a day is one
    INSERT or many."""
    with patch.object(sql, "MOST_LINES", most_lines):
        each_event_is_there_once(lines, seed, outages, asks)


def each_event_is_there_once(lines: Sequence[tuple[int, Line]], seed: int, outages: set[int], asks: bool) -> None:
    lake = Lake(night(-1), random.Random(seed))
    lake.db.execute(duck(sql.all_events(COLUMNS, day(0))))
    # A copy that is sent again so much later is seen twice until the night (docs/reference/lake.md).
    old = {it.eid for _, it in lines if it.received_at - it.ts > 3 * DAY_MS}

    def look() -> None:
        seen = Counter(eid for (eid,) in lake.rows_of("all_events"))
        assert [eid for eid, count in seen.items() if count > 1 and eid not in old] == []
        assert in_time <= seen.keys()
        stored = Counter(eid for (eid,) in lake.rows_of("events"))
        assert [eid for eid, count in stored.items() if count > 1] == []

    in_time: set[str] = set()
    for number in range(LAST_DAY + 4):
        lake.now = night(number) - DAY_MS / 1000 / 2
        delivered = [it for at, it in lines if at == number]
        lake.deliver(delivered)
        in_time |= {it.eid for it in delivered if it.day == day(number)}
        look()
        compaction = lake.compaction()
        if asks and number % 2:
            lake.chance, chance = None, lake.chance
            compaction.ask(day(number))
            lake.chance = chance
            until_done(lake, compaction, look)
        if number not in outages or number > LAST_DAY + 2:
            lake.now = night(number)
            until_done(lake, compaction, look)
    assert [eid for (eid,) in lake.rows_of("events")] == sorted({it.eid for _, it in lines})
    assert lake.rows_of("all_events") == lake.rows_of("events")
    before = lake.rows_of("files", "*"), lake.kept
    lake.chance = None
    until_done(lake, lake.compaction())
    assert (lake.rows_of("files", "*"), lake.kept) == before


def test_an_event_lies_in_the_day_it_happened_however_late_it_came() -> None:
    lake = Lake(night(0))
    lake.deliver([line("a", 0.5), line("b", 0.6, -200), line("c", 0.9, -0.1)])
    until_done(lake, lake.compaction())
    assert lake.rows_of("events", "eid, dt") == [("a", day(0)), ("b", day(-200)), ("c", day(-1))]


def test_of_copies_the_first_to_arrive_counts() -> None:
    lake = Lake(night(2))
    lake.deliver([line("a", 1.5, 0.4999), line("a", 0.7, 0.5), line("a", 0.8, 0.5001)])
    until_done(lake, lake.compaction())
    assert lake.rows_of("events", "eid, ts") == [("a", ms(0.5))]


def test_nothing_to_do_asks_athena_nothing() -> None:
    lake = Lake(night(0))
    until_done(lake, lake.compaction())
    lake.deliver([line("a", 0.5)])
    until_done(lake, lake.compaction())
    asked = len(lake.queries)
    for number in range(1, 9):
        lake.now = night(number)
        until_done(lake, lake.compaction())
    assert asked
    assert len(lake.queries) == asked


def test_a_day_is_left_alone_until_an_hour_after_its_end() -> None:
    lake = Lake((FIRST + timedelta(days=1, minutes=59)).timestamp())
    lake.deliver([line("a", 0.5)])
    until_done(lake, lake.compaction())
    assert lake.rows_of("events") == []
    lake.now += 60
    until_done(lake, lake.compaction())
    assert lake.rows_of("events") == [("a",)]


def test_a_day_that_is_asked_for_is_done_though_it_goes_on() -> None:
    lake = Lake((FIRST + timedelta(hours=12)).timestamp())
    lake.deliver([line("a", 0.1)])
    compaction = lake.compaction()
    compaction.ask(day(0))
    until_done(lake, compaction)
    assert lake.rows_of("events") == [("a",)]
    lake.deliver([line("a", 0.6, 0.1), line("b", 0.6)])
    assert lake.rows_of("all_events") == [("a",), ("b",)]
    lake.now = night(0)
    until_done(lake, lake.compaction())
    assert lake.rows_of("events") == [("a",), ("b",)]


def test_more_partitions_than_athena_writes_at_once_are_several_inserts() -> None:
    lake = Lake(night(0))
    lake.deliver(line(f"e{number}", 0.5, -number) for number in range(250))
    until_done(lake, lake.compaction())
    assert len(lake.rows_of("events")) == 250
    inserts = [statement for statement in lake.statements if statement.startswith("INSERT")]
    assert len(inserts) == 3


def test_a_large_site_is_written_hours_by_hours_and_small_ones_at_once() -> None:
    lake = Lake(night(0))
    lake.deliver(line(f"large{number}", number / 25, si="large") for number in range(25))
    lake.deliver(line(f"small{number}", number / 9, si=f"small{number % 3}") for number in range(9))
    with patch.object(sql, "MOST_LINES", 10):
        until_done(lake, lake.compaction())
    assert len(lake.rows_of("events")) == 34
    inserts = [statement for statement in lake.statements if statement.startswith("INSERT")]
    of_large = [re.findall(r"raw\.hour BETWEEN '(\d\d)' AND '(\d\d)'", text) for text in inserts if "'large'" in text]
    assert of_large == [[("00", "07")], [("08", "15")], [("16", "23")]]
    (of_small,) = [text for text in inserts if "'small0'" in text]
    assert "'small2'" in of_small
    assert "hour" not in of_small


def test_lines_are_shared_out_over_inserts() -> None:
    planned = [("a", day(0), "03", "900000"), ("b", day(0), "00", "600000"), ("b", day(0), "23", "600000")]
    planned += [("c", day(0), "07", "3000000"), ("d", day(0), "07", "200000"), (None, day(0), "07", "1")]
    assert sql.slices(planned) == [
        sql.Slice([("b", day(0))], ("00", "00")),
        sql.Slice([("b", day(0))], ("23", "23")),
        sql.Slice([("c", day(0))], ("07", "07")),
        sql.Slice([("a", day(0))]),
        sql.Slice([("d", day(0))]),
    ]


def test_a_client_that_claims_any_time_makes_no_statement_too_long() -> None:
    """Athena takes 262,144 characters: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html"""
    days = [day(-number * 9) for number in range(2300)]  # back to 1970, as far apart as is worst
    assert len(sql.all_events(COLUMNS, day(0), days)) < 262_144
    partitions = [("s" * 255, each) for each in days[: sql.MOST_PARTITIONS]]
    assert len(sql.insert(COLUMNS, day(0), sql.Slice(partitions))) < 262_144


def test_a_site_that_no_partition_can_be_named_by_is_encoded() -> None:
    lake = Lake(night(0))
    lake.deliver([line("a", 0.5, si="müller/x.de"), line("b", 0.5, si="it's/50%"), line("c", 0.5, si="ü" * 255)])
    assert lake.rows_of("raw")
    until_done(lake, lake.compaction())
    assert [si for _, si in lake.rows_of("events", "eid, si")] == [
        "m%C3%BCller%2Fx.de",
        "it's/50%",
        ("%C3%BC" * 50)[:255],
    ]


def test_a_time_out_of_the_calendar_costs_no_other_event_its_place() -> None:
    lake = Lake(night(0))
    lake.deliver([Line("a", "shop", 2**62, 0, day(0)), Line("b", "shop", -5, 0, day(0)), line("c", 0.5)])
    until_done(lake, lake.compaction())
    assert lake.rows_of("events", "eid, dt") == [("a", "9999-12-31"), ("b", "1970-01-01"), ("c", day(0))]


def test_lines_that_are_no_events_are_left_out() -> None:
    lake = Lake(night(0))
    lake.db.execute(f"INSERT INTO raw VALUES (NULL, NULL, NULL, NULL, NULL, NULL, '{day(0)}', '00')")
    lake.objects[day(0)] = ["torn"]
    until_done(lake, lake.compaction())
    assert lake.rows_of("events") == []
    assert [statement[:6] for statement in lake.statements] == ["SELECT"]


def test_what_fails_again_and_again_is_told_and_taken_up_by_the_next_run() -> None:
    lake = Lake(night(0))
    lake.deliver([line("a", 0.5)])
    lake.fails_with = "no such bucket"
    with pytest.raises(CompactionError, match=f"plan of {day(0)}, failed 3 times. Athena says: no such bucket"):
        lake.compaction().advance()
    lake.fails_with = ""
    until_done(lake, lake.compaction())
    assert lake.rows_of("events") == [("a",)]
