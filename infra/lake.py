"""Asking questions: Glue database and table over the raw lines, an Athena workgroup with a limit."""

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from constructs import Construct

from infra.config import Config
from infra.lake_columns import COLUMNS, PARTITION_KEYS, SERDE, SERDE_PARAMETERS, Column
from infra.raw_store import RAW_PREFIX, RESULTS_PREFIX, RawStore

RAW_TABLE = "raw"
FIRST_DAY = "2026-01-01"


class Lake(Construct):
    """Table `raw` finds its partitions by projection: no crawler, no `MSCK REPAIR`, nothing to schedule."""

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
        location = f"s3://{store.bucket.bucket_name}/{RAW_PREFIX}"
        table = glue.CfnTable(
            self,
            "Raw",
            catalog_id=catalog_id,
            database_name=self.database_name,
            table_input=glue.CfnTable.TableInputProperty(
                name=RAW_TABLE,
                description="One row per stored event line, as it came; the source of truth",
                table_type="EXTERNAL_TABLE",
                parameters={
                    "EXTERNAL": "TRUE",
                    "classification": "json",
                    # https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
                    "projection.enabled": "true",
                    "projection.dt.type": "date",
                    "projection.dt.format": "yyyy-MM-dd",
                    "projection.dt.range": f"{_first_day(config)},NOW",
                    "projection.hour.type": "integer",
                    "projection.hour.range": "0,23",
                    "projection.hour.digits": "2",
                    "storage.location.template": f"{location}dt=${{dt}}/hour=${{hour}}/",
                },
                partition_keys=[_column(column) for column in PARTITION_KEYS],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[_column(column) for column in COLUMNS],
                    location=location,
                    input_format="org.apache.hadoop.mapred.TextInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=SERDE, parameters=SERDE_PARAMETERS
                    ),
                ),
            ),
        )
        table.add_resource_dependency(database)
        self.workgroup_name = f"penstock-{config.stage}"
        athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=self.workgroup_name,
            description="Queries over Penstock's events, each limited in bytes",
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                bytes_scanned_cutoff_per_query=config.athena_bytes_limit,
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{store.bucket.bucket_name}/{RESULTS_PREFIX}",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )


def _first_day(config: Config) -> str:
    """What has expired need not be looked for; a query without days lists every hour in between."""
    return f"NOW-{config.raw_retention_days + 1}DAYS" if config.raw_retention_days else FIRST_DAY


def _column(column: Column) -> glue.CfnTable.ColumnProperty:
    return glue.CfnTable.ColumnProperty(name=column.name, type=column.glue_type, comment=column.comment)
