"""What the rebuild function is told by its environment, which `infra` builds from this very class."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Field `raw_bucket` is the variable `RAW_BUCKET`; see `lambdas.common.env`. `tally_prefix`: where the counts
    of each chunk are kept, for whoever started the run."""

    stage: str
    raw_bucket: str
    raw_prefix: str
    tally_prefix: str
    table: str
    ttl_days: int = 60
