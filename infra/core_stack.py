"""Everything but the tracker: collector, sink, state, lake, domain, monitoring. Wiring only."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.collect import Collect
from infra.compaction import Compaction
from infra.config import Config, chosen
from infra.edge import Edge
from infra.lake import RAW_TABLE, Lake
from infra.lake_function import LakeFunction
from infra.monitoring import Monitoring
from infra.raw_store import BAD_PREFIX, RAW_PREFIX, RawStore
from infra.read import Read
from infra.rebuild import Rebuild
from infra.state import State
from infra.target import Target
from infra.views import Views


class CoreStack(Stack):
    """`outputs` name what a person or a program needs to know of the deployment."""

    def __init__(self, scope: Construct, id: str, *, config: Config, target: Target, **stack: Any) -> None:
        super().__init__(scope, id, synthesizer=target.synthesizer(), **stack)
        store = RawStore(self, "RawStore", config=config, target=target)
        state = State(self, "State", config=config, target=target, stream=store.stream)
        collect = Collect(self, "Collect", config=config, target=target, store=store, state=state)
        Read(self, "Read", config=config, target=target, collect=collect, state=state)
        rebuild = Rebuild(self, "Rebuild", config=config, target=target, store=store, state=state)
        lake = Lake(self, "Lake", config=config, store=store)
        function = LakeFunction(self, "LakeFunction", config=config, target=target, store=store, lake=lake)
        compaction = Compaction(self, "Compaction", config=config, lake=function)
        Views(self, "Views", config=config, lake=lake, function=function)
        self.edge = Edge(self, "Edge", config=config, target=target, collect=collect)
        Monitoring(
            self,
            "Monitoring",
            config=config,
            target=target,
            collect=collect,
            store=store,
            state=state,
            compaction=compaction,
        )
        # The tracker's stack imports it where no domain is set, and may not find it gone once one is.
        self.export_value(self.edge.distribution.distribution_domain_name)
        # And this one where `collect_through` is the API.
        self.export_value(collect.api.api_endpoint)
        outputs = {
            "ApiUrl": f"{self.edge.base_url}/",
            "ReadUrl": collect.api.api_endpoint,
            "CollectUrl": self.edge.collect_url,
            "CollectFunction": collect.function.function_name,
            "RawBucket": store.bucket.bucket_name,
            "RawPrefix": RAW_PREFIX,
            "BadPrefix": BAD_PREFIX,
            "StateTable": state.table.table_name,
            "RebuildArn": rebuild.arn,
            "CompactionArn": compaction.arn,
            "GlueDatabase": lake.database_name,
            "RawTable": RAW_TABLE,
            "AthenaWorkgroup": lake.workgroup_name,
            # As they would be given again; the next deployment compares (local/remember.py).
            "Settings": " ".join(["stage=" + config.stage, *(f"{k}={v}" for k, v in chosen(config).items())]),
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
