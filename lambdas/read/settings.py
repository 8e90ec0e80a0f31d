"""What the read-back function is told by its environment, which `infra` builds from this very class."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Field `ttl_days` is the variable `TTL_DAYS`; see `lambdas.common.env`."""

    stage: str
    table: str
    ttl_days: int = 60
