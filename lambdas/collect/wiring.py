"""The collector put together from its settings: real clock, real ids, AWS clients."""

import random
import time
import uuid
from collections.abc import Mapping
from functools import cache, partial

from lambdas.collect.folding import Folding
from lambdas.collect.pipeline import Collector
from lambdas.collect.ports import FoldState
from lambdas.collect.settings import Settings
from lambdas.collect.sink import Archive, Sink
from lambdas.collect.streams import FirehoseStream, KinesisStream, Stream
from lambdas.common import aws
from lambdas.common.env import load
from lambdas.common.patience import Patience
from lambdas.state import wiring as state
from lambdas.state.later import Later
from lambdas.state.wiring import clock


def collector(environ: Mapping[str, str]) -> Collector:
    """Raises EnvironmentInvalidError. Makes no call; only the clients that this sink needs."""
    settings = load(Settings, environ)
    patience = Patience(time.monotonic, time.sleep, random.random)
    firehose = aws.client("firehose")
    good: Stream = (
        KinesisStream(aws.client("kinesis"), settings.stream_name)
        if settings.sink == "kinesis"
        else FirehoseStream(firehose, settings.stream_name)
    )
    sink = Sink(
        good=good,
        bad=FirehoseStream(firehose, settings.bad_stream_name),
        archive=Archive(cache(partial(aws.client, "s3")), settings.raw_bucket, clock, new_id, patience),
        patience=patience,
        raw_prefix=settings.raw_prefix,
        bad_prefix=settings.bad_prefix,
    )
    return Collector(settings, clock, new_id, sink, _folding(settings) if settings.state_table else None)


def _folding(settings: Settings) -> FoldState:
    store = state.store(settings.state_table, settings.state_ttl_days, state.COLLECT_SECONDS, state.COLLECT_PAUSES)
    # Made when first needed: an ordinary request never queues anything.
    queue = cache(lambda: Later(aws.client("sqs"), settings.later_queue))
    return Folding(store, lambda events: queue().send(events), time.monotonic)


def new_id() -> str:
    return str(uuid.uuid4())
