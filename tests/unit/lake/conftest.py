"""The world the views are asked in: one for a module, whose tests fill it anew."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.unit.lake.world import World


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with mock_aws():
        yield World(tmp_path_factory.mktemp("cache"))
