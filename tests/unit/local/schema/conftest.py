"""The world the views are asked in."""

from tests.unit.lake.conftest import lake

__all__ = ["lake"]
