"""One batch of raw objects into the state table: what the rebuild's state machine (infra/rebuild.py) maps over.

Takes `{"Items": [{"Key": …}, …], "BatchInput": {"run": …}}` and returns nothing: the counts of a batch lie in S3 under
the run's name, as the results of a map may be too many for the machine to hand on. A batch that was not done
altogether fails, and is run again.
"""

import hashlib
import json
import os
import random
import time
from dataclasses import asdict
from functools import cache
from typing import Any, NamedTuple

from lambdas.common import aws, observability
from lambdas.common.env import load
from lambdas.common.patience import Patience
from lambdas.rebuild.refold import Tally, refold
from lambdas.rebuild.settings import Settings
from lambdas.rebuild.source import Objects
from lambdas.state import wiring
from lambdas.state.store import StateStore

# For one chunk: of the function's 15 minutes this leaves time to read and to run again what was throttled.
CHUNK_SECONDS = 240.0


class IncompleteError(Exception):
    """Some records could not be brought up to date now."""


class Wired(NamedTuple):
    settings: Settings
    objects: Objects
    store: StateStore


@cache
def wired() -> Wired:
    settings = load(Settings, os.environ)
    patience = Patience(time.monotonic, time.sleep, random.random)
    objects = Objects(aws.client("s3"), settings.raw_bucket, patience)
    return Wired(settings, objects, wiring.store(settings.table, settings.ttl_days, CHUNK_SECONDS))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises IncompleteError, UnreadableError and what S3 raises, for the state machine to try again."""
    try:
        it = wired()
        keys = [item["Key"] for item in event["Items"] if item["Key"].startswith(it.settings.raw_prefix)]
        tally = refold(keys, it.objects.lines, it.store.apply)
        observability.count("LinesUndecodable", tally.undecodable)
        observability.count("StateFailed", tally.failed + tally.refused)
        if tally.failed:
            raise IncompleteError(f"{tally.failed} records were not brought up to date")
        it.objects.put(tally_key(it.settings, event["BatchInput"]["run"], keys), _json(tally))
        return {}
    finally:
        observability.flush()


def tally_key(settings: Settings, run: str, keys: list[str]) -> str:
    """The same for the same batch, so that one that was run twice is counted once."""
    digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()
    return f"{settings.tally_prefix}{run}/{digest[:32]}.json"


def _json(tally: Tally) -> bytes:
    return json.dumps(asdict(tally)).encode()


# In Lambda the clients are made while the function starts.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    wired()
