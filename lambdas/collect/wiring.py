"""The collector put together from its settings: real clock, real ids, AWS clients."""

import random
import time
import uuid
from collections.abc import Mapping
from functools import cache, partial

from lambdas.collect.pipeline import Collector
from lambdas.collect.settings import Settings
from lambdas.collect.sink import Archive, Patience, Sink
from lambdas.collect.streams import FirehoseStream, KinesisStream, Stream
from lambdas.common import aws
from lambdas.common.env import load


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
    return Collector(settings, clock, new_id, sink)


def clock() -> int:
    return time.time_ns() // 1_000_000


def new_id() -> str:
    return str(uuid.uuid4())
