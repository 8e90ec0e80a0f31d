"""The tables of the lake as Glue is told of them. Pure data."""

from collections.abc import Sequence

from aws_cdk import aws_glue as glue

from infra.lake_columns import (
    EVENT_COLUMNS,
    EVENT_PARTITION_KEYS,
    PARTITION_KEYS,
    SERDE,
    SERDE_PARAMETERS,
    Column,
)


def json_lines(
    name: str, description: str, location: str, columns: Sequence[Column], first_day: str
) -> glue.CfnTable.TableInputProperty:
    """A table over what Firehose writes below `location`."""
    return glue.CfnTable.TableInputProperty(
        name=name,
        description=description,
        table_type="EXTERNAL_TABLE",
        parameters={
            "EXTERNAL": "TRUE",
            "classification": "json",
            # https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
            "projection.enabled": "true",
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": f"{first_day},NOW",
            "projection.hour.type": "integer",
            "projection.hour.range": "0,23",
            "projection.hour.digits": "2",
            "storage.location.template": f"{location}dt=${{dt}}/hour=${{hour}}/",
        },
        partition_keys=[_column(column) for column in PARTITION_KEYS],
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=[_column(column) for column in columns],
            location=location,
            input_format="org.apache.hadoop.mapred.TextInputFormat",
            output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=SERDE, parameters=SERDE_PARAMETERS),
        ),
    )


def parquet(name: str, description: str, location: str) -> glue.CfnTable.TableInputProperty:
    """The table of the compacted events. Its partitions are those the compaction registers (lambdas/lake/stored.py)."""
    hive = "org.apache.hadoop.hive.ql.io.parquet"
    return glue.CfnTable.TableInputProperty(
        name=name,
        description=description,
        table_type="EXTERNAL_TABLE",
        parameters={
            "EXTERNAL": "TRUE",
            "classification": "parquet",
            # What INSERT writes: https://docs.aws.amazon.com/athena/latest/ug/compression-support-zstd-levels.html
            "parquet.compression": "ZSTD",
        },
        partition_keys=[_column(column) for column in EVENT_PARTITION_KEYS],
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=[_column(column) for column in EVENT_COLUMNS],
            location=location,
            input_format=f"{hive}.MapredParquetInputFormat",
            output_format=f"{hive}.MapredParquetOutputFormat",
            serde_info=glue.CfnTable.SerdeInfoProperty(
                serialization_library=f"{hive}.serde.ParquetHiveSerDe", parameters={"serialization.format": "1"}
            ),
        ),
    )


def _column(column: Column) -> glue.CfnTable.ColumnProperty:
    return glue.CfnTable.ColumnProperty(name=column.name, type=column.glue_type, comment=column.comment)
