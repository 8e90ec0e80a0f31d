"""The tracker, built and published. A stack of its own, so that a failed build leaves the collector alone."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.config import Config
from infra.edge import Edge
from infra.target import Target
from infra.tracker_build import TrackerBuild


class TrackerStack(Stack):
    """`outputs` say where the tracker is and how to put it on a page."""

    def __init__(self, scope: Construct, id: str, *, config: Config, target: Target, edge: Edge, **stack: Any) -> None:
        super().__init__(scope, id, synthesizer=target.synthesizer(), **stack)
        build = TrackerBuild(self, "TrackerBuild", config=config, target=target, edge=edge)
        for output, value in {
            "TrackerUrl": "Url",
            "VersionedUrl": "VersionedUrl",
            "Integrity": "Integrity",
            "TrackerBytes": "Bytes",
            "TrackerGzipBytes": "GzipBytes",
            "Snippet": "Snippet",
        }.items():
            CfnOutput(self, output, value=build.output(value))
