"""The fold: any order, any repetition, any way of cutting the stream into batches gives the same records."""

import json
import random as chance
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.event import Event, parse_line, to_line
from lambdas.state import codec
from lambdas.state.fold import (
    COUNTER_ENTRIES,
    SEGMENT_ENTRIES,
    SESSIONS,
    expires_at,
    fold,
    live,
    shrink,
    touched,
)
from lambdas.state.given import VALUE_BYTES
from lambdas.state.record import Key, Kind, State
from lambdas.state.seen import COUNTED, SEEN
from tests.builders import DAY, NOW, SITE, eid, event, numbered_eid

SESSION, USER = Key(Kind.SESSION, SITE, "s1"), Key(Kind.USER, SITE, "u1")

NAMES = st.sampled_from(["a", "b", "plan", "brand!", "item-type", "ti", "ots", "proxy", "email"])
VALUES = st.one_of(
    st.sampled_from(["x", "y", "camera[+1]", "camera[-0.5],lens[+2]", "z[+1]"]),
    st.integers(-3, 3),
    st.none(),
    st.lists(st.sampled_from(["p", "q[+1]"]), max_size=3),
    st.dictionaries(st.sampled_from("kl"), st.integers(0, 2), max_size=2),
)


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """Events of a few sessions of one user, times and counters close enough to collide."""
    count = draw(st.integers(1, 12))
    return [
        event(
            number,
            eid=draw(st.sampled_from([eid(number), numbered_eid(number % 2, number), numbered_eid(number, 0)])),
            sid=draw(st.sampled_from(["s1", "s2"])),
            ts=NOW + draw(st.integers(0, 4)),
            seq=draw(st.none() | st.integers(0, 3)),
            props=draw(st.dictionaries(NAMES, VALUES, max_size=4)),
            user=draw(st.dictionaries(st.sampled_from(["plan", "email"]), VALUES, max_size=2)),
            flags=tuple(draw(st.sets(st.sampled_from(["no_state", "no_increment", "proxy"]), max_size=1))),
            src={"api": draw(st.sampled_from(["batch", "url", "json"]))},
        )
        for number in range(1, count + 1)
    ]


def told(state: State | None) -> Any:
    """Everything a record says; the marks of seen events are kept in the order they came."""
    return state and (codec.doc_of(state), state.last, sorted(state.seen))


@pytest.mark.parametrize("key", [SESSION, USER])
@given(stream=streams(), seed=st.integers())
def test_order_repetition_and_batching_make_no_difference(key: Key, stream: list[Event], seed: int) -> None:
    expected = fold(key, None, stream)
    random = chance.Random(seed)
    shuffled = [*stream, *random.choices(stream, k=len(stream))]
    random.shuffle(shuffled)
    state: State | None = None
    while shuffled:
        cut = random.randint(1, len(shuffled))
        state, shuffled = fold(key, state, shuffled[:cut]), shuffled[cut:]
    assert told(state) == told(expected)


@given(stream=streams())
def test_live_processing_and_a_rebuild_from_raw_lines_are_equal(stream: list[Event]) -> None:
    """Live: a step a request, through the table's own form. Rebuild: the lines, all at once."""
    state: State | None = None
    for one in stream:
        state = fold(USER, state, [one])
        state = state and through_the_table(state)
    lines = [to_line(one) for one in stream]
    assert told(state) == told(fold(USER, None, map(parse_line, lines)))


def through_the_table(state: State) -> State:
    doc = codec.doc_of(state)
    json.loads(doc)
    item = codec.encode(state, doc, 1, 2)
    return codec.decode(state.key, item)


@given(stream=streams())
def test_a_record_comes_through_the_table_as_it_was(stream: list[Event]) -> None:
    state = fold(USER, None, stream)
    if state:
        assert through_the_table(state) == state


def test_a_repeat_gives_the_very_same_state() -> None:
    state = fold(SESSION, None, [event(1), event(2)])
    assert fold(SESSION, state, [event(2), event(1)]) is state


def test_a_repeat_with_another_time_changes_nothing() -> None:
    """A client that sends a batch again has a new `sent_at`: `ts` comes out a little later."""
    first = [event(1, props={"a": 1}, ts=NOW), event(2, props={"a": 2}, ts=NOW + 5)]
    state = fold(SESSION, None, first)
    again = [replace(first[0], ts=NOW + 12)]
    assert fold(SESSION, state, again) is state


def test_a_burst_in_one_millisecond_keeps_the_order_of_the_visitors_counter() -> None:
    burst = [event(number, seq=number, props={"n": number}) for number in range(1, 11)]
    for order in (burst, burst[::-1]):
        state = fold(SESSION, None, order)
        assert state is not None
        assert (state.props["n"].value, state.last.eid) == (10, eid(10))


def test_a_late_event_fills_only_gaps() -> None:
    state = fold(USER, None, [event(2, props={"a": "new"}, ts=NOW, sid="s2", user={"plan": "pro"})])
    late = event(1, props={"a": "old", "b": "gap"}, ts=NOW - DAY, sid="s1", user={"plan": "free", "age": 7})
    found = fold(USER, state, [late])
    assert found is not None
    assert found.view() == {
        "a": "new",
        "b": "gap",
        "unixtimestamp": NOW,
        "si": SITE,
        "eid": eid(2),
        "sid": "s2",
        "uid": "u1",
        "first_seen": NOW - DAY,
        "user": {"plan": "pro", "age": 7},
    }
    assert found.sessions == {"s2": NOW, "s1": NOW - DAY}


def test_segments_and_counters() -> None:
    state = fold(
        SESSION,
        None,
        [
            event(1, props={"brand!": "Panasonic", "item-type": "camera[+257]", "price": "257"}),
            event(2, props={"brand!": "Canon", "item-type": "camera[+0.5],lens[-20]"}, ts=NOW + 1),
            event(3, props={"brand!": "Panasonic", "item-type!": "lens[+1]"}, ts=NOW + 2),
        ],
    )
    assert state is not None
    view = state.view()
    assert view["segments"] == {"brand": ["Canon", "Panasonic"], "item-type": ["lens"]}
    assert view["counters"] == {"item-type": {"camera": 257.5, "lens": -19}}
    assert (view["brand"], view["price"]) == ("Panasonic", "257")
    assert "item-type" not in view


@pytest.mark.parametrize("flag", ["proxy", "no_increment"])
def test_counting_can_be_switched_off(flag: str) -> None:
    state = fold(SESSION, None, [event(1, props={"n": "a[+1]", "b!": "x"}, flags=(flag,))])
    assert state is not None
    assert (state.counters, state.segments, set(state.props)) == ({}, {("b", "x")}, {"b"})


def test_an_event_that_leaves_state_alone_makes_no_record() -> None:
    silent = event(1, flags=("no_state",))
    assert touched(silent) == ()
    assert fold(SESSION, None, [silent]) is None


def test_events_of_other_records_are_not_folded_in() -> None:
    assert fold(SESSION, None, [event(1, sid="other"), event(2, si="elsewhere")]) is None


def test_of_a_repeated_name_the_last_value_is_the_property_and_all_of_them_count() -> None:
    repeated = {"a": ["1", "2"], "n": ["x[+1]", "y[+2]"], "b!": ["p", "q"]}
    state = fold(SESSION, None, [event(1, props=repeated, src={"api": "url"})])
    assert state is not None
    assert (state.props["a"].value, state.props["b"].value) == ("2", "q")
    assert state.view()["counters"] == {"n": {"x": 1, "y": 2}}
    assert state.view()["segments"] == {"b": ["p", "q"]}


def test_an_array_in_json_is_a_value() -> None:
    state = fold(SESSION, None, [event(1, props={"a": [1, 2]}, src={"api": "json"})])
    assert state is not None
    assert state.props["a"].value == [1, 2]


def test_what_is_about_the_sending_is_no_property_of_a_raw_url_event() -> None:
    sent = {"ots": "1", "otui": "2", "proxy": "", "increment": "0", "no_state": "0", "ti": "T", "email": "e"}
    state = fold(SESSION, None, [event(1, props=sent, src={"api": "url"}, flags=("proxy",))])
    assert state is not None
    assert set(state.props) == {"ti", "email"}
    state = fold(SESSION, None, [event(1, props=sent)])
    assert state is not None
    assert set(state.props) == set(sent)


def test_a_record_lives_for_its_days_after_the_last_event() -> None:
    state = fold(SESSION, None, [event(1, ts=NOW), event(2, ts=NOW - DAY)])
    assert state is not None
    assert expires_at(state, 60) == NOW + 60 * DAY
    assert live(state, NOW + 60 * DAY - 1, 60) is state
    assert live(state, NOW + 60 * DAY, 60) is None


def test_memory_of_seen_events_is_bounded_and_counting_ones_are_remembered_for_longer() -> None:
    first = event(1, props={"n": "a[+1]"})
    state = fold(SESSION, None, [first, *(event(number) for number in range(2, SEEN + 100))])
    assert state is not None
    assert [span.counting for span in state.seen].count(False) == SEEN
    assert [span.counting for span in state.seen].count(True) == 1
    assert fold(SESSION, state, [first]) is state
    many = (event(number, props={"n": "a[+1]"}) for number in range(10_000, 10_000 + COUNTED + 1))
    state = fold(SESSION, state, many)
    assert state is not None
    assert [span.counting for span in state.seen].count(True) == COUNTED
    assert state.view()["counters"] == {"n": {"a": COUNTED + 2}}


def test_the_events_of_a_page_load_are_remembered_together_and_without_end() -> None:
    stream = [event(1, eid=numbered_eid(7, number), props={"n": "a[+1]"}) for number in range(5 * COUNTED)]
    state: State | None = None
    for start in range(0, len(stream), 500):
        state = fold(SESSION, state, stream[start : start + 500])
    assert state is not None
    assert len(state.seen) == 1
    assert fold(SESSION, state, [*stream[:100], stream[-1]]) is state
    assert state.view()["counters"] == {"n": {"a": len(stream)}}


def test_two_tabs_that_gave_the_same_number_at_once_are_two_events() -> None:
    one, other = (event(1, eid=numbered_eid(tab, 1), seq=5, props={"n": "a[+1]"}) for tab in (1, 2))
    state = fold(SESSION, None, [one, other, one])
    assert state is not None
    assert state.view()["counters"] == {"n": {"a": 2}}


@settings(max_examples=10)
@given(st.integers())
def test_entries_over_the_bounds_are_left_out_the_same_way_in_any_order(seed: int) -> None:
    stream = [
        event(n, ts=NOW + n % 7, sid=f"s{n:03}", props={"b!": f"v{n:03}", "n": f"k{n:03}[+{n}]"}) for n in range(400)
    ]
    expected = fold(USER, None, stream)
    chance.Random(seed).shuffle(stream)
    state: State | None = None
    for start in range(0, len(stream), 90):
        state = fold(USER, state, stream[start : start + 90])
    assert state is not None
    assert expected is not None
    assert codec.doc_of(state) == codec.doc_of(expected)
    assert (len(state.segments), len(state.counters)) == (SEGMENT_ENTRIES, COUNTER_ENTRIES)
    assert (len(state.sessions), state.truncated) == (SESSIONS, True)


def test_what_is_too_large_for_any_record_is_left_out_with_a_mark() -> None:
    large = "x" * VALUE_BYTES
    props = {"ok": 1, "text": large, "list": [large], "s!": "v" * 300, "n": "k" * 300 + "[+1]"}
    state = fold(USER, None, [event(1, props=props, user={"bio": large, "age": 7})])
    assert state is not None
    assert set(state.props) == {"ok", "s"}
    assert (set(state.user), state.segments, state.counters) == ({"age"}, frozenset(), {})
    assert state.view()["truncated"] is True


@pytest.mark.parametrize("character", ["x", "é", "\0", "😀", '"'])
def test_a_record_stays_under_the_limit_and_keeps_the_newest(character: str) -> None:
    name, value = character * 200, character * 4_000
    stream = [
        event(n, ts=NOW + n, props={f"p{n}{name}": value}, user={f"u{n}{name}": value}, sid=f"{n}{character * 400}")
        for n in range(100)
    ]
    state = fold(USER, None, stream)
    assert state is not None
    small = shrink(state, 200_000)
    assert len(codec.doc_of(small.with_(sessions={})).encode()) <= 200_500
    assert f"p99{name}" in small.props
    assert len(small.props) < len(state.props)
    assert small.truncated


def test_what_was_left_out_does_not_come_back_with_a_repeat_and_new_values_still_come() -> None:
    stream = [event(n, ts=NOW + n, props={f"p{n}": "x" * 1_000}) for n in range(1_000)]
    state = fold(SESSION, None, stream)
    assert state is not None
    small = shrink(state, 100_000)
    kept = set(small.props)
    again = fold(SESSION, small, stream[:400])  # forgotten by now, so told by their place alone
    assert again is not None
    assert set(again.props) == kept
    newer = fold(SESSION, small, [event(5_000, ts=NOW + DAY, props={"p0": "back"})])
    assert newer is not None
    assert newer.props["p0"].value == "back"
    assert through_the_table(newer) == newer
