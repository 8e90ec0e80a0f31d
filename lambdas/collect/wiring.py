"""The collector put together from its settings: real clock, real ids, AWS clients."""

import random
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from lambdas.collect.folding import Deferring, Folding
from lambdas.collect.pipeline import Collector
from lambdas.collect.ports import FoldState
from lambdas.collect.salt import DailySalt
from lambdas.collect.settings import Settings
from lambdas.collect.sink import Archive, Sink
from lambdas.collect.streams import FirehoseStream, KinesisStream, Stream
from lambdas.common import aws
from lambdas.common.env import load
from lambdas.common.patience import Patience
from lambdas.state import wiring as state
from lambdas.state.later import Later
from lambdas.state.wiring import clock


def collector(environ: Mapping[str, str], client: Callable[[str], Any] | None = None) -> Collector:
    """Raises EnvironmentInvalidError. Makes no call; only the clients that this sink needs, by `client`."""
    settings = load(Settings, environ)
    client = client or aws.client
    patience = Patience(time.monotonic, time.sleep, random.random)
    firehose = client("firehose")
    good: Stream = (
        KinesisStream(client("kinesis"), settings.stream_name)
        if settings.sink == "kinesis"
        else FirehoseStream(firehose, settings.stream_name)
    )
    sink = Sink(
        good=good,
        bad=FirehoseStream(firehose, settings.bad_stream_name),
        archive=Archive(cache(partial(client, "s3")), settings.raw_bucket, clock, new_id, patience),
        patience=patience,
        raw_prefix=settings.raw_prefix,
        bad_prefix=settings.bad_prefix,
    )
    salts = DailySalt(cache(partial(client, "dynamodb")), settings.salt_table, time.monotonic, secrets.token_bytes)
    return Collector(settings, clock, new_id, sink, _fold_state(settings, client), salts)


def _fold_state(settings: Settings, client: Callable[[str], Any]) -> FoldState | None:
    # Made when first needed: an ordinary request never queues anything.
    queue = cache(lambda: Later(client("sqs"), settings.later_queue))
    if not settings.state_table:
        return Deferring(lambda events: queue().send(events)) if settings.later_queue else None
    store = state.store(
        settings.state_table, settings.state_ttl_days, state.COLLECT_SECONDS, state.COLLECT_PAUSES, client=client
    )
    return Folding(store, lambda events: queue().send(events), time.monotonic)


def new_id() -> str:
    return str(uuid.uuid4())
