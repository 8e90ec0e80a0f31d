"""Settings: every wrong value is one sentence that names the setting and says what to change."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import config

ROOT = Path(config.__file__).parent.parent
DOMAIN = {"name": "t.example.com"}
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/x"


def test_the_defaults_in_cdk_json_are_the_defaults_of_the_code() -> None:
    written = json.loads((ROOT / "cdk.json").read_text())["context"]["penstock"]
    assert config.load(written, {}) == config.Config()


def test_the_command_line_overrides_nested_and_listed_settings() -> None:
    found = config.load(
        {"tracker": {"script_name": "t.js"}, "sites": []},
        {"tracker.opt_out": "opt-in", "sites": "a.com, b.org", "state_ttl_days": "30"},
    )
    assert found.tracker == config.TrackerConfig(script_name="t.js", opt_out="opt-in")
    assert found.sites == ("a.com", "b.org")
    assert found.state_ttl_days == 30


def test_nothing_after_the_equals_sign_is_the_default_whatever_stands_in_cdk_json() -> None:
    written = {"sink": "kinesis", "alarm_email": "ops@example.com", "domain": {**DOMAIN, "certificate_arn": ARN}}
    dropped = {"sink": "", "alarm_email": "", "domain.name": "", "domain.certificate_arn": ""}
    assert config.load(written, dropped) == config.Config()


def test_the_settings_that_were_chosen_make_the_same_deployment_again() -> None:
    given = {"sink": "kinesis", "sites": "a.com,b.org", "tracker.opt_out": "opt-in"}
    given |= {"domain.name": "t.a.com", "domain.certificate_arn": ARN}
    chosen = config.chosen(config.load({"stage": "test", "emulator_port": 4566}, given))
    assert chosen == given
    assert config.load({}, chosen) == config.load({}, given)
    assert config.chosen(config.load({}, {"stage": "test"})) == {}


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("stage", "Prod!", "'stage' is 'Prod!', but"),
        ("sites", ["https://a.com"], "'https://a.com' must be a host name such as 'example.com'"),
        ("sink", "kafka", "'sink' is 'kafka', but input should be 'firehose' or 'kinesis'"),
        ("bucket", "s3://data", "must be of the form 'penstock-prod"),
        ("state_ttl_days", 0, "greater than or equal to 1"),
        ("state_ttl_days", "soon", "'state_ttl_days' is 'soon', but input should be a valid integer"),
        ("raw_retention_days", -1, "greater than or equal to 0"),
        ("log_retention_days", 2, "'log_retention_days' is 2"),
        ("tracker.modules", "core,nonsense", "'nonsense'"),
        ("tracker.script_name", "a b.js", "'tracker.script_name' is 'a b.js'"),
        ("tracker.opt_out", "maybe", "'opt-out' or 'opt-in'"),
        ("collect_path", "collect", "'collect_path' is 'collect'"),
        ("collect_path", "/health", "taken by the collector itself"),
        ("ip", "hash", "'drop', 'truncate' or 'keep'"),
        ("gpc", "sometimes", "'honour' or 'ignore'"),
        ("opt_out_cookie", "a=b", "'opt_out_cookie' is 'a=b'"),
        ("opt_out_cookie", "_ps_no", "it must not start with '_ps_'"),
        ("tracker.prefix", "a.b", "'tracker.prefix' is 'a.b'"),
        ("tracker.global_name", "a-b", "'tracker.global_name' is 'a-b'"),
        ("athena_bytes_limit", 1, "greater than or equal to 10000000"),
        ("alarm_email", "me", "must be of the form 'ops@example.com'"),
        ("domain", {"name": "t", "certificate_arn": None}, "must be a host name such as 't.example.com'"),
        ("domain", DOMAIN, "give either certificate_arn or zone_id with zone_name"),
        ("domain", {**DOMAIN, "zone_id": "Z1"}, "zone_id and zone_name go together"),
        (
            "domain",
            {**DOMAIN, "certificate_arn": "arn:aws:acm:eu-west-1:1:certificate/x"},
            "'domain.certificate_arn'",
        ),
        ("collect_through", "cdn", "'cloudfront' or 'api'"),
        ("emulator_port", 70000, "less than or equal to 65535"),
        ("emulator_port", 80, "greater than or equal to 1024"),
        ("sinks", "firehose", "There is no setting 'sinks': the settings are stage, sites, sink"),
    ],
)
def test_a_wrong_value_is_one_sentence(setting: str, value: object, says: str) -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.load({}, {setting: value})
    message = str(caught.value)
    assert says in message
    assert len(message.splitlines()) == 1
    assert message.endswith(".")


def test_a_certificate_made_by_the_stack_needs_the_region_cloudfront_reads() -> None:
    settings = config.load({"domain": {**DOMAIN, "zone_id": "Z1", "zone_name": "example.com"}}, {})
    config.check_region(settings, "us-east-1")
    with pytest.raises(config.ConfigError, match=r"deploy to us-east-1, or set 'domain.certificate_arn'"):
        config.check_region(settings, "eu-west-1")


def test_a_wrong_value_ends_the_app_with_that_sentence_and_no_traceback() -> None:
    environment = {**os.environ, "CDK_CONTEXT_JSON": json.dumps({"penstock": {"sink": "kafka"}})}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Setting 'sink' is 'kafka', but input should be 'firehose' or 'kinesis'." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_domain_and_the_api_itself_exclude_each_other() -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/x"
    given = {"domain": {**DOMAIN, "certificate_arn": arn}}
    assert config.load(given, {"collect_through": "cloudfront"}).collect_through == "cloudfront"
    with pytest.raises(
        config.ConfigError, match=r"^Setting 'collect_through' is 'api', but .* leave one of the two out"
    ):
        config.load(given, {"collect_through": "api"})
