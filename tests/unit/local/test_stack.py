"""What the commands refuse before anything is started, and what they remember."""

import json
from pathlib import Path

import pytest

from local.cdk import context
from local.stack import LocalError, LocalStack


def test_settings_become_the_clis_context() -> None:
    assert context(["sink=kinesis", "tracker.opt_out=opt-in"]) == [
        *("--context", "sink=kinesis"),
        *("--context", "tracker.opt_out=opt-in"),
    ]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("snik=kinesis", "There is no setting 'snik': the settings are stage, sites, sink"),
        ("domain=x.com", "There is no setting 'domain'"),
        ("sink", "'sink' is no setting: write SET="),
        ("sink=kafka", "Setting 'sink' is 'kafka', but input should be 'firehose' or 'kinesis'."),
        ("alarm_email=me", "must be of the form 'ops@example.com'."),
    ],
)
def test_a_setting_that_cannot_be_is_refused_before_anything_starts(setting: str, says: str) -> None:
    with pytest.raises(LocalError) as caught:
        context([setting])
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_ports_need_be_named_but_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PENSTOCK_PORT", "PENSTOCK_ATHENA_PORT", "PENSTOCK_DEMO_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path))
    assert LocalStack.from_environ() == LocalStack(tmp_path)
    outputs = {
        "aws_endpoint_url": "http://localhost:4888",
        "athena_endpoint_url": "http://localhost:4777",
        "demo_url": "http://localhost:8188/",
    }
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    assert LocalStack.from_environ() == LocalStack(tmp_path, 4888, 8188, athena_port=4777)
    monkeypatch.setenv("PENSTOCK_PORT", "4999")
    assert LocalStack.from_environ() == LocalStack(tmp_path, 4999, 8188, athena_port=5000)


@pytest.mark.parametrize("port", ["80", "65536", "x", "-1"])
def test_a_port_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PENSTOCK_PORT", port)
    with pytest.raises(LocalError, match=rf"PENSTOCK_PORT is '{port}', but must be a port between 1024 and 65535"):
        LocalStack.from_environ()
