"""Every setting of a deployment: its one place, its default, its check.

Settings come from the CDK context: the `penstock` object in cdk.json, overridden by `-c key=value` on the
command line (`-c sink=kinesis`, `-c tracker.opt_out=opt-in`, lists separated by commas). A value that does
not fit ends the synth with one sentence that says what to change (docs/reference/settings.md lists them all).
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails

from tracker_build.spec import CORE, MODULES

HOSTNAME = re.compile(r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$")

# What names a deployment, and what `make up` alone sets.
_BY_UP = ("stage", "emulator_port", "athena_port")
# For people, in place of a regular expression.
_EXAMPLES = {
    "stage": "prod",
    "bucket": "penstock-prod-core-rawstoredata28f75d4-abc",
    "tracker.script_name": "t.js",
    "collect_path": "/e",
    "opt_out_cookie": "penstock_optout",
    "tracker.global_name": "penstock",
    "tracker.prefix": "_ps_",
    "compaction": "01:30",
    "alarm_email": "ops@example.com",
    "domain.certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/…",
}


class ConfigError(Exception):
    """A setting has a wrong value; the message is for the person who deploys."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("sites", "modules", mode="before", check_fields=False)
    @classmethod
    def _comma_separated(cls, value: Any) -> Any:
        # `-c sites=a.com,b.com`: the command line has only strings.
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class TrackerConfig(_Settings):
    """What the published tracker is made of."""

    modules: tuple[str, ...] = Field(
        (),
        description="Modules compiled into the tracker beside its core (`core` for that alone); empty: all of them",
    )
    script_name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}\.js$")] = Field(
        "t.js", description="File name of the script; ad-blockers know common names"
    )
    opt_out: Literal["opt-out", "opt-in"] = Field(
        "opt-out", description="`opt-in`: nothing is stored or sent before the visitor consents"
    )
    storage: Literal["browser", "none"] = Field(
        "browser",
        description="`none`: nothing is stored in the browser; the collector knows a visitor by a hash, for one day",
    )
    global_name: Annotated[str, Field(pattern=r"^[A-Za-z_$][A-Za-z0-9_$]{0,63}$")] = Field(
        "penstock", description="Name of the tracker's object on `window`"
    )
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")] = Field(
        "_ps_", description="Start of the tracker's cookie and storage names"
    )

    @field_validator("script_name")
    @classmethod
    def _no_path_of_ours(cls, value: str) -> str:
        if value in ("p.js", "optout.js", "snippet.js"):
            raise ValueError(f"this name would hide /{value.removesuffix('.js')}.*, which is taken")
        return value

    @field_validator("modules")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in (CORE, *MODULES):
                raise ValueError(f"there is no module {name!r}, only {', '.join((CORE, *MODULES))}")
        return value


class DomainConfig(_Settings):
    """A domain of your own for the tracker and the collector, best a subdomain of the site's."""

    name: str = Field(description="For example `t.example.com`")
    certificate_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/.+$")] | None = (
        Field(None, description="A certificate in us-east-1, the one region CloudFront reads them from")
    )
    zone_id: str | None = Field(
        None,
        description="Route 53 hosted zone; certificate and DNS records are then made for you (stack in us-east-1)",
    )
    zone_name: str | None = Field(None, description="Name of that zone, for example `example.com`")

    @field_validator("name")
    @classmethod
    def _hostname(cls, value: str) -> str:
        if not HOSTNAME.match(value) or "." not in value:
            raise ValueError("it must be a host name such as 't.example.com'")
        return value

    @model_validator(mode="after")
    def _one_certificate(self) -> "DomainConfig":
        if (self.zone_id is None) != (self.zone_name is None):
            raise ValueError("zone_id and zone_name go together")
        if (self.certificate_arn is None) == (self.zone_id is None):
            raise ValueError("give either certificate_arn or zone_id with zone_name")
        return self


class Config(_Settings):
    """One deployment of Penstock."""

    stage: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$")] = Field(
        "prod", description="Names the stacks, so that several can stand in one account"
    )
    sites: tuple[str, ...] = Field((), description="Sites whose events are taken, with their subdomains; empty: any")
    sink: Literal["firehose", "kinesis"] = Field(
        "firehose",
        description="`firehose` costs nothing idle; `kinesis` adds a stream for scale and live readers",
    )
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")] | None = Field(
        None, description="The data bucket of a deployment that was destroyed, to go on with; none: a new one is made"
    )
    state_ttl_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        60, description="Days a session or user record lives after its last event"
    )
    raw_retention_days: Annotated[int, Field(ge=0, le=36500)] = Field(
        0, description="Days raw lines, bad rows and `events` are kept; 0: for ever"
    )
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365] = Field(
        30, description="Days the functions' logs are kept; they hold no event content"
    )
    tracker: TrackerConfig = Field(TrackerConfig(), description="The published tracker")
    collect_path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9_-]{1,64}$")] = Field(
        "/e", description="Path the tracker posts to; ad-blockers know common paths"
    )
    ip: Literal["drop", "truncate", "keep"] = Field(
        "drop", description="What becomes of the visitor's address: dropped, cut to /24 or /48, or kept"
    )
    gpc: Literal["honour", "ignore"] = Field(
        "honour", description="Whether Sec-GPC and DNT stop collection, in the tracker and in the collector"
    )
    opt_out_cookie: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = Field(
        "penstock_optout", description="Cookie that holds a visitor's opt-out"
    )
    athena_bytes_limit: Annotated[int, Field(ge=10_000_000)] = Field(
        10_000_000_000,
        description="Bytes one Athena query may scan (10 GB cost $0.05); Athena's least is 10 MB",
    )
    compaction: Annotated[str, Field(pattern=r"^(off|([01]\d|2[0-3]):[0-5]\d)$")] = Field(
        "01:30", description="When the day before is compacted into `events`, UTC; `off`: by `make compact` alone"
    )
    alarm_email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = Field(
        None, description="Who is told when an alarm goes off (confirm the mail that AWS sends)"
    )
    domain: DomainConfig | None = Field(None, description="A domain of your own")
    collect_through: Literal["cloudfront", "api"] = Field(
        "cloudfront",
        description="`api`: the tracker sends straight to the HTTP API, without CloudFront's price, country or cookies",
    )
    emulator_port: Annotated[int, Field(ge=1024, le=65535)] | None = Field(
        None, description="Set by `make up` alone: the stacks run on the local emulator at this port"
    )
    athena_port: Annotated[int, Field(ge=1024, le=65535)] | None = Field(
        None, description="Set by `make up` alone: the port of the local Athena, which the functions ask"
    )

    @field_validator("sites")
    @classmethod
    def _hostnames(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for site in value:
            if not HOSTNAME.match(site):
                raise ValueError(f"{site!r} must be a host name such as 'example.com', without scheme or path")
        return value

    @field_validator("log_retention_days", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        # Of a choice of numbers, unlike of a number, the text form is not taken.
        return int(value) if isinstance(value, str) and value.isdigit() else value

    @field_validator("opt_out_cookie")
    @classmethod
    def _survives_the_opt_out(cls, value: str, info: ValidationInfo) -> str:
        # An opt-out erases every name that starts so.
        prefix = info.data["tracker"].prefix if "tracker" in info.data else "_ps_"
        if value.startswith(prefix):
            raise ValueError(f"it must not start with {prefix!r}, the tracker's prefix")
        return value

    @field_validator("collect_through")
    @classmethod
    def _one_domain(cls, value: str, info: ValidationInfo) -> str:
        if value == "api" and info.data.get("domain"):
            raise ValueError("the API cannot be reached by the name in 'domain': leave one of the two out")
        return value

    @field_validator("collect_path")
    @classmethod
    def _own_path(cls, value: str) -> str:
        if value in ("/health", "/session", "/user"):
            raise ValueError("this path is taken by the collector itself")
        return value


def load(defaults: Mapping[str, Any], overrides: Mapping[str, Any]) -> Config:
    """The checked settings.

    `defaults` is cdk.json's `penstock` object; `overrides` maps the setting names of docs/reference/settings.md
    (dotted where nested) to what the command line gave, where nothing is the default. Raises ConfigError with a
    sentence per wrong value.
    """
    merged: dict[str, Any] = {
        key: dict(value) if isinstance(value, Mapping) else value for key, value in defaults.items()
    }
    for name, value in overrides.items():
        section, _, key = name.rpartition(".")
        if section:
            merged[section] = merged.get(section) or {}
        place = merged[section] if section else merged
        if value == "":
            place.pop(key, None)
        else:
            place[key] = value
    merged["domain"] = merged.get("domain") or None
    try:
        return Config.model_validate(merged)
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(detail) for detail in error.errors())) from None


def check_region(config: Config, region: str | None) -> None:
    """Raises ConfigError where the certificate could not be made: CloudFront reads certificates of us-east-1 alone."""
    if config.domain and config.domain.zone_id and region not in (None, "us-east-1"):
        raise ConfigError(
            f"Setting 'domain.zone_id' makes the certificate in the stack's region, {region}, where CloudFront "
            "cannot read it: deploy to us-east-1, or set 'domain.certificate_arn' to a certificate there."
        )


def cookie_domain(config: Config) -> str:
    """The domain for which the collector may keep the visitor's id cookie: the site its own domain is below, if any.

    Browsers refuse a cookie for a domain the answer does not come from; which part of a name is registrable is not
    guessed but taken from `sites`.
    """
    if config.domain is None:
        return ""
    return next((site for site in config.sites if config.domain.name.endswith(f".{site}")), "")


def names() -> list[str]:
    """Every setting by the name it has on the command line: `sink`, `tracker.opt_out`, ..."""
    found: list[str] = []
    sections: dict[str, type[BaseModel]] = {"tracker": TrackerConfig, "domain": DomainConfig}
    for name in Config.model_fields:
        section = sections.get(name)
        found += [f"{name}.{key}" for key in section.model_fields] if section else [name]
    return found


def chosen(config: Config) -> dict[str, str]:
    """The settings that are not their defaults, as the command line takes them; not what `make up` alone sets."""
    default = Config()
    found: dict[str, str] = {}
    for name in names():
        value = _value(config, name)
        if name not in _BY_UP and value != _value(default, name):
            found[name] = ",".join(value) if isinstance(value, tuple) else str(value)
    return found


def _value(config: Config, name: str) -> Any:
    section, _, key = name.rpartition(".")
    return getattr(getattr(config, section) if section else config, key, None)


def _sentence(detail: ErrorDetails) -> str:
    name = ".".join(str(part) for part in detail["loc"] if isinstance(part, str))
    if detail["type"] == "extra_forbidden":
        return f"There is no setting {name!r}: the settings are {', '.join(names())}."
    if detail["type"] == "missing":
        return f"Setting {name!r} is missing."
    if detail["type"] == "string_pattern_mismatch":
        return f"Setting {name!r} is {detail['input']!r}, but must be of the form {_EXAMPLES[name]!r}."
    message = detail["msg"].removeprefix("Value error, ")
    return f"Setting {name!r} is {detail['input']!r}, but {message[0].lower()}{message[1:]}."
