"""What the lake function is told by its environment, which `infra` builds from this very class."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`columns`: those of table `raw` in their order. `recheck_days`: arrival days that are compacted again when
    objects came for them later."""

    stage: str
    bucket: str
    raw_prefix: str
    events_prefix: str
    lake_prefix: str
    database: str
    workgroup: str
    columns: tuple[str, ...]
    recheck_days: int = 3
