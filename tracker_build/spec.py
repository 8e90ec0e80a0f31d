"""What a tracker is built from and where it goes, checked before anything is done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

OptOut = Literal["opt-out", "opt-in"]
Gpc = Literal["honour", "ignore"]
Storage = Literal["browser", "none"]

CORE = "core"
# Every module beside the core, in the order they start: those that add to each event stand before those
# that send the first one. `src/plugins/<name>.ts` or `src/compat/<name>.ts`.
MODULES = (
    "consent",
    "bots",
    "crossdomain",
    "attribution",
    "users",
    "otus",
    "pipes",
    "innertrends",
    "opentracker",
    "screens",
    "clicks",
    "forms",
    "engagement",
    "errors",
    "media",
    "vitals",
    "pageviews",
)
# What a module calls of others.
REQUIRES: dict[str, tuple[str, ...]] = {
    "attribution": ("users",),
    "otus": ("users",),
    "pipes": ("users",),
    "innertrends": ("users", "attribution", "clicks", "pageviews"),
}

_URL = re.compile(r"^https?://[^\s\"'<>\\]+$")
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
_GLOBAL = re.compile(r"^[A-Za-z_$][A-Za-z0-9_$]{0,63}$")
_SCRIPT = re.compile(r"^[A-Za-z0-9_-]{1,64}\.js$")


class SpecError(ValueError):
    """A property is missing or wrong; the message names every one of them."""


@dataclass(frozen=True)
class TrackerSpec:
    """What goes into the script. Raises SpecError when a value could not work."""

    endpoint: str
    modules: tuple[str, ...] = MODULES
    opt_out: OptOut = "opt-out"
    gpc: Gpc = "honour"
    storage: Storage = "browser"
    opt_out_cookie: str = "penstock_optout"
    prefix: str = "_ps_"
    global_name: str = "penstock"

    def __post_init__(self) -> None:
        unknown = [name for name in self.modules if name not in MODULES]
        _refuse(
            [
                ("Endpoint", _URL.match(self.endpoint), "must be an http(s) URL"),
                (
                    "Modules",
                    not unknown,
                    f"has no {', '.join(unknown)}; there is {', '.join((CORE, *MODULES))}",
                ),
                ("OptOut", self.opt_out in get_args(OptOut), f"must be one of {', '.join(get_args(OptOut))}"),
                ("Gpc", self.gpc in get_args(Gpc), f"must be one of {', '.join(get_args(Gpc))}"),
                ("Storage", self.storage in get_args(Storage), f"must be one of {', '.join(get_args(Storage))}"),
                ("OptOutCookie", _NAME.match(self.opt_out_cookie), "must be letters, digits, _ and -"),
                ("Prefix", _NAME.match(self.prefix), "must be letters, digits, _ and -"),
                # An opt-out clears every name with the prefix, and must not clear itself.
                (
                    "OptOutCookie",
                    not self.opt_out_cookie.startswith(self.prefix),
                    f"must not start with {self.prefix}",
                ),
                ("Global", _GLOBAL.match(self.global_name), "must be a JavaScript name"),
            ]
        )

    @property
    def ordered_modules(self) -> tuple[str, ...]:
        """The chosen modules and those they require, in the order they start."""
        wanted = {*self.modules, *(needed for name in self.modules for needed in REQUIRES.get(name, ()))}
        return tuple(name for name in MODULES if name in wanted)


@dataclass(frozen=True)
class BuildSpec:
    """One build of the custom resource: a tracker and its place."""

    tracker: TrackerSpec
    base_url: str
    bucket: str
    distribution_id: str
    script_name: str = "t.js"

    def __post_init__(self) -> None:
        _refuse(
            [
                ("BaseUrl", _URL.match(self.base_url), "must be an http(s) URL"),
                ("ScriptName", _SCRIPT.match(self.script_name), "must be a file name such as t.js"),
            ]
        )

    @property
    def stem(self) -> str:
        return self.script_name.removesuffix(".js")

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> "BuildSpec":
        """The resource's properties as CloudFormation hands them over.

        Raises:
            SpecError: a property is missing, of the wrong kind, or has a value that could not work.
        """
        values = _read(properties)
        tracker_fields = {each.name for each in fields(TrackerSpec)}
        tracker = TrackerSpec(**{name: value for name, value in values.items() if name in tracker_fields})
        place = {name: value for name, value in values.items() if name not in tracker_fields}
        return cls(tracker=tracker, **{**place, "base_url": place["base_url"].rstrip("/")})


@dataclass(frozen=True)
class _Property:
    name: str
    into: str
    required: bool = False


_PROPERTIES = (
    _Property("Endpoint", "endpoint", required=True),
    _Property("BaseUrl", "base_url", required=True),
    _Property("Bucket", "bucket", required=True),
    _Property("DistributionId", "distribution_id", required=True),
    _Property("ScriptName", "script_name"),
    _Property("OptOut", "opt_out"),
    _Property("Gpc", "gpc"),
    _Property("Storage", "storage"),
    _Property("OptOutCookie", "opt_out_cookie"),
    _Property("Prefix", "prefix"),
    _Property("Global", "global_name"),
)


def _read(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Field name → value, of every property that was given."""
    values: dict[str, Any] = {}
    problems: list[tuple[str, object, str]] = []
    for each in _PROPERTIES:
        value = properties.get(each.name)
        if isinstance(value, str) and value:
            values[each.into] = value
        elif value or each.required:
            problems.append((each.name, False, "must be text" if value else "is missing"))
    modules = properties.get("Modules")
    if isinstance(modules, str):
        modules = [name for name in modules.split(",") if name.strip()]
    if modules is not None and not (isinstance(modules, list) and all(isinstance(name, str) for name in modules)):
        problems.append(("Modules", False, "must be a list of names"))
    elif modules:  # none named: all of them
        values["modules"] = tuple(name.strip() for name in modules if name.strip() != CORE)
    _refuse(problems)
    return values


def _refuse(checks: list[tuple[str, object, str]]) -> None:
    problems = [f"{name} {what}" for name, holds, what in checks if not holds]
    if problems:
        raise SpecError("The tracker cannot be built: " + "; ".join(problems) + ".")
