"""Unit tests talk to nobody: a socket that is opened fails the test."""

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import disable_socket

from lambdas.common.observability import metrics

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("penstock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("penstock")


@pytest.fixture(autouse=True)
def _no_sockets() -> None:
    # Unix sockets stay: asyncio and subprocess plumbing use them inside one machine.
    disable_socket(allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _no_metrics_of_others() -> None:
    metrics.clear_metrics()
