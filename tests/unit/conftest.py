"""Unit tests talk to nobody: a socket that is opened fails the test."""

import pytest
from pytest_socket import disable_socket


@pytest.fixture(autouse=True)
def _no_sockets() -> None:
    # Unix sockets stay: asyncio and subprocess plumbing use them inside one machine.
    disable_socket(allow_unix_socket=True)
