"""The routes, as one small table: path and method to the kind of request it is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    URL = "url"
    PIXEL = "pixel"
    BATCH = "batch"
    IMAGE = "image"  # a batch in the address of an image
    HEALTH = "health"


Table = Mapping[str, Mapping[str, Kind]]

ROOT: Final = "/"
PIXEL_PATH: Final = "/p.gif"
HEALTH_PATH: Final = "/health"


def table(collect_path: str) -> Table:
    """HEAD stands wherever GET does and is the same but for the body; OPTIONS stands everywhere."""
    return {
        ROOT: {"GET": Kind.URL, "HEAD": Kind.URL, "POST": Kind.URL},
        PIXEL_PATH: {"GET": Kind.PIXEL, "HEAD": Kind.PIXEL},
        HEALTH_PATH: {"GET": Kind.HEALTH, "HEAD": Kind.HEALTH},
        normal(collect_path): {"POST": Kind.BATCH, "GET": Kind.IMAGE, "HEAD": Kind.IMAGE},
    }


def normal(path: str) -> str:
    """One path for one thing: a trailing slash makes no difference."""
    return path.rstrip("/") or ROOT


def allowed(routes: Table, path: str) -> str:
    """The methods of `path` as an `Allow` header."""
    return ", ".join([*routes.get(normal(path), {}), "OPTIONS"])
