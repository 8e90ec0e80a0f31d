"""`camera[+257]`: what counts, what is plain, and sums that are exact."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.state.counters import SCALE, as_number, read_steps, read_sum, write_sum


@pytest.mark.parametrize(
    ("value", "steps"),
    [
        ("camera[+257]", [("camera", "257")]),
        ("camera[-3]", [("camera", "-3")]),
        ("camera[+0.1]", [("camera", "0.1")]),
        ("camera[-12.345678901]", [("camera", "-12.345678901")]),
        ("Panasonic, Lumix[+1]", [("Panasonic, Lumix", "1")]),
        ("camera[+257],lens[+20]", [("camera", "257"), ("lens", "20")]),
        ("camera[+257]; lens[-1.5] tripod[+1]", [("camera", "257"), ("lens", "-1.5"), ("tripod", "1")]),
        ("日本[+1]", [("日本", "1")]),
        (" camera [+1] ", [("camera", "1")]),
        ("[+1]", [("", "1")]),
        # Plain values.
        ("camera", []),
        ("camera[257]", []),
        ("camera[+]", []),
        ("camera[+1", []),
        ("camera[+1] and more", []),
        ("camera[+1e3]", []),
        ("camera[+1.]", []),
        ("a[b[+1]", []),
        ("camera[+1234567890123456]", []),
        ("camera[+0.1234567890]", []),
        ("camera[+٣]", []),
        ("", []),
        (257, []),
        (None, []),
        (["camera[+1]"], []),
    ],
)
def test_reading(value: object, steps: list[tuple[str, str]]) -> None:
    assert read_steps(value) == [(bucket, int(Decimal(amount) * SCALE)) for bucket, amount in steps]


@given(st.integers())
def test_a_sum_is_written_exactly_and_read_back(units: int) -> None:
    text = write_sum(units)
    assert Decimal(text) == Decimal(units) / SCALE or abs(units) > 10**27
    assert read_sum(text) == units


@given(st.lists(st.decimals(-1000, 1000, places=9), max_size=20))
def test_adding_is_exact(amounts: list[Decimal]) -> None:
    values = [f"b[{'-' if amount < 0 else '+'}{abs(amount):f}]" for amount in amounts]
    units = [units for value in values for _, units in read_steps(value)]
    assert len(units) == len(amounts)
    assert Decimal(sum(units)) / SCALE == sum(amounts)


@pytest.mark.parametrize(("units", "number"), [(257 * SCALE, 257), (-SCALE, -1), (SCALE // 2, 0.5), (0, 0)])
def test_people_see_a_number(units: int, number: float) -> None:
    assert as_number(units) == number
    assert type(as_number(units)) is type(number)
