"""Asking questions: a Glue database with the tables of lines, bad rows and events, and Athena workgroups."""

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from constructs import Construct

from infra.config import Config
from infra.lake_columns import BAD_COLUMNS, COLUMNS
from infra.lake_tables import json_lines, parquet
from infra.raw_store import BAD_PREFIX, EVENTS_PREFIX, RAW_PREFIX, RESULTS_PREFIX, RawStore

RAW_TABLE = "raw"
BAD_TABLE = "bad"
EVENTS_TABLE = "events"
FIRST_DAY = "2026-01-01"


class Lake(Construct):
    """Lines and bad rows find their partitions by projection: no crawler, no `MSCK REPAIR`, nothing to schedule."""

    def __init__(self, scope: Construct, id: str, *, config: Config, store: RawStore) -> None:
        super().__init__(scope, id)
        catalog_id = Stack.of(self).account
        self.database_name = f"penstock_{config.stage}"
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=catalog_id,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.database_name, description="Events collected by Penstock"
            ),
        )
        address = f"s3://{store.bucket.bucket_name}/"
        first_day = _first_day(config)
        for table_input in (
            json_lines(
                RAW_TABLE,
                "One row per stored event line, as it came; the source of truth",
                address + RAW_PREFIX,
                COLUMNS,
                first_day,
            ),
            json_lines(
                BAD_TABLE,
                "One row per event, or request without one, that was refused",
                address + BAD_PREFIX,
                BAD_COLUMNS,
                first_day,
            ),
            parquet(
                EVENTS_TABLE,
                "One row per event of the days that were compacted; all_events has the lines since too",
                address + EVENTS_PREFIX,
            ),
        ):
            table = glue.CfnTable(
                self,
                str(table_input.name).capitalize(),
                catalog_id=catalog_id,
                database_name=self.database_name,
                table_input=table_input,
            )
            table.add_resource_dependency(database)
        self.workgroup_name = self._workgroup(
            "Workgroup",
            f"penstock-{config.stage}",
            "Queries over Penstock's events, each limited in bytes",
            f"{address}{RESULTS_PREFIX}",
            config.athena_bytes_limit,
        )
        # A limit that suits a person's question must not keep a day from being compacted.
        self.compaction_workgroup_name = self._workgroup(
            "CompactionWorkgroup",
            f"penstock-{config.stage}-compaction",
            "What Penstock itself asks at night: raw lines into events, and the views",
            f"{address}{RESULTS_PREFIX}",
            None,
        )

    def _workgroup(self, id: str, name: str, description: str, results: str, bytes_limit: int | None) -> str:
        athena.CfnWorkGroup(
            self,
            id,
            name=name,
            description=description,
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                bytes_scanned_cutoff_per_query=bytes_limit,
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=results,
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
        return name


def _first_day(config: Config) -> str:
    """What has expired need not be looked for; a query without days lists every hour in between."""
    return f"NOW-{config.raw_retention_days + 1}DAYS" if config.raw_retention_days else FIRST_DAY
