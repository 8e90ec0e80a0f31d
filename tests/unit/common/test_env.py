from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.collect.settings import Settings as CollectSettings
from lambdas.common.env import EnvironmentInvalidError, dump, load
from lambdas.state.settings import Settings as StateSettings


@dataclass(frozen=True)
class Example:
    name: str
    mode: Literal["a", "b"]
    count: int = 3
    ratio: float = 0.5
    on: bool = False
    hosts: tuple[str, ...] = ()
    note: str | None = None


def test_every_missing_and_wrong_name_is_listed_at_once() -> None:
    with pytest.raises(EnvironmentInvalidError) as caught:
        load(Example, {"NAME": "", "COUNT": "many", "ON": "yes", "HOSTS": "[1]", "RATIO": "half"})
    assert caught.value.problems == {
        "NAME": "is missing",
        "MODE": "is missing",
        "COUNT": "must be a number of type int",
        "ON": "must be true or false",
        "HOSTS": "must be a JSON array of strings",
        "RATIO": "must be a number of type float",
    }
    assert "Example: NAME is missing; MODE is missing" in str(caught.value)


def test_a_value_outside_the_choice_is_refused_with_the_choice() -> None:
    with pytest.raises(EnvironmentInvalidError, match="MODE must be one of a, b"):
        load(Example, {"NAME": "x", "MODE": "c"})


def test_defaults_stand_where_nothing_is_given() -> None:
    assert load(Example, {"NAME": "x", "MODE": "a"}) == Example(name="x", mode="a")


@given(
    st.builds(
        Example,
        name=st.text(min_size=1),
        mode=st.sampled_from(["a", "b"]),
        count=st.integers(),
        ratio=st.floats(allow_nan=False),
        on=st.booleans(),
        hosts=st.lists(st.text()).map(tuple),
        note=st.none() | st.text(),
    )
)
def test_dump_is_the_inverse_of_load(example: Example) -> None:
    assert load(Example, dump(example)) == example


def test_a_cdk_token_passes_through_unharmed() -> None:
    token = "${Token[TOKEN.123]}"
    settings = CollectSettings(
        stage="dev",
        sink="kinesis",
        stream_name=token,
        bad_stream_name=token,
        raw_bucket=token,
        sites=(token,),
    )
    variables = dump(settings)
    assert variables["STREAM_NAME"] == token
    assert variables["SITES"] == f'["{token}"]'
    assert load(CollectSettings, variables) == settings


def test_the_state_function_reads_its_own() -> None:
    assert load(StateSettings, {"STAGE": "dev", "TABLE": "t"}) == StateSettings("dev", "t", 60)
