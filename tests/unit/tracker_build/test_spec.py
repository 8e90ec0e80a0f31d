"""The resource's properties as CloudFormation sends them, right and wrong."""

from pathlib import Path
from typing import Any

import pytest

from tracker_build.spec import MODULES, BuildSpec, SpecError, TrackerSpec

GIVEN: dict[str, Any] = {
    "ServiceToken": "arn:aws:lambda:…",
    "Endpoint": "https://t.example.com/e",
    "BaseUrl": "https://t.example.com/",
    "Bucket": "files",
    "DistributionId": "E1",
    "SourceHash": "abc",
}


def test_defaults_stand_where_nothing_is_given() -> None:
    spec = BuildSpec.from_properties(GIVEN)
    assert spec == BuildSpec(
        tracker=TrackerSpec(endpoint="https://t.example.com/e"),
        base_url="https://t.example.com",
        bucket="files",
        distribution_id="E1",
    )
    assert spec.stem == "t"
    assert spec.tracker.ordered_modules == MODULES


def test_everything_given_is_taken() -> None:
    spec = BuildSpec.from_properties(
        {
            **GIVEN,
            "Modules": ["pageviews", "core", "pageviews"],
            "ScriptName": "shop-1.js",
            "OptOut": "opt-in",
            "Gpc": "ignore",
            "Storage": "none",
            "OptOutCookie": "no_stats",
            "Prefix": "x-",
            "Global": "$shop",
        }
    )
    assert spec.stem == "shop-1"
    assert spec.tracker.ordered_modules == ("pageviews",)
    assert (spec.tracker.opt_out, spec.tracker.gpc, spec.tracker.storage) == ("opt-in", "ignore", "none")
    assert (spec.tracker.opt_out_cookie, spec.tracker.prefix, spec.tracker.global_name) == (
        "no_stats",
        "x-",
        "$shop",
    )


@pytest.mark.parametrize("modules", [["core"], "core"])
def test_the_core_can_stand_alone(modules: object) -> None:
    assert BuildSpec.from_properties({**GIVEN, "Modules": modules}).tracker.ordered_modules == ()


@pytest.mark.parametrize("modules", [[], None, ""])
def test_no_modules_named_are_all(modules: object) -> None:
    assert BuildSpec.from_properties({**GIVEN, "Modules": modules}).tracker.ordered_modules == MODULES


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"Endpoint": None, "Bucket": ""}, ["Endpoint is missing", "Bucket is missing"]),
        ({"Endpoint": 'https://x/e"+alert(1)+"'}, ["Endpoint must be"]),
        ({"BaseUrl": "t.example.com"}, ["BaseUrl must be"]),
        (
            {"Modules": ["core", "clicking", "../x"]},
            ["Modules has no clicking, ../x; there is core, consent, bots"],
        ),
        ({"Modules": {"a": 1}}, ["Modules must be a list"]),
        ({"Modules": [1]}, ["Modules must be a list"]),
        ({"ScriptName": "../t.js"}, ["ScriptName must be"]),
        ({"ScriptName": "t.mjs"}, ["ScriptName must be"]),
        ({"ScriptName": ["t.js"]}, ["ScriptName must be text"]),
        ({"OptOut": "none"}, ["OptOut must be one of opt-out, opt-in"]),
        ({"Storage": "cookies"}, ["Storage must be one of browser, none"]),
        ({"Gpc": True}, ["Gpc must be text"]),
        ({"OptOutCookie": "a;b"}, ["OptOutCookie must be"]),
        ({"OptOutCookie": "_ps_no"}, ["OptOutCookie must not start with _ps_"]),
        ({"Global": "a.b", "Prefix": " "}, ["Global must be", "Prefix must be"]),
    ],
)
def test_what_is_wrong_is_named_all_at_once(change: dict[str, Any], named: list[str]) -> None:
    with pytest.raises(SpecError) as raised:
        BuildSpec.from_properties({**GIVEN, **change})
    for part in named:
        assert part in str(raised.value)


def test_what_a_module_requires_comes_with_it() -> None:
    spec = TrackerSpec(endpoint="https://t.example.com/e", modules=("innertrends",))
    assert spec.ordered_modules == ("attribution", "users", "innertrends", "clicks", "pageviews")


def test_every_module_has_its_source_and_every_source_its_name() -> None:
    src = Path(__file__).parents[3] / "tracker_build" / "src"
    rooms = [*(src / "plugins").glob("*.ts"), *(src / "compat").glob("*.ts")]
    assert sorted(path.stem for path in rooms) == sorted(MODULES)
