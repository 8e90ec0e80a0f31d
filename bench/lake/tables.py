"""Trino's tables over the files of the three layouts, as Glue has them in a deployment."""

from collections.abc import Iterator
from typing import Final

from infra.lake_columns import COLUMNS

_TYPES: Final = {"string": "varchar", "array<string>": "array(varchar)"}
_VISIT: Final = (
    "country_iso varchar, country_name varchar, city_name varchar, device_type varchar, is_bot boolean,"
    " utm_source varchar, utm_medium varchar, utm_campaign varchar, utm_term varchar, utm_content varchar,"
    " querystring varchar, referrer varchar, site varchar"
)


def statements(schema: str, raw_format: str) -> Iterator[str]:
    """What makes them, once the files of all but `events` are in their folders."""
    own = [f'"{column.name}" {_type(column.glue_type)}' for column in COLUMNS]
    for table in ("raw", "events", "page_views", "events_fixed"):
        yield f"DROP TABLE IF EXISTS {schema}.{table}"
    yield f"DROP SCHEMA IF EXISTS {schema}"
    yield f"CREATE SCHEMA {schema} WITH (location = 'local:///{schema}/schema')"
    yield _table(schema, "raw", [*own, "dt varchar", "hour varchar"], raw_format, "dt", "hour")
    others = [column for column in own if not column.startswith('"si"')]
    yield _table(schema, "events", [*others, "si varchar", "dt varchar"], "PARQUET", "si", "dt")
    views = f"""user_id varchar, session_id varchar, page_id varchar, page_url varchar, page_opened_at timestamp(3),
        time_on_page int, {_VISIT}, page_opened_at_date varchar"""
    yield _table(schema, "page_views", [views], "PARQUET", "site", "page_opened_at_date")
    events = f"""user_id varchar, session_id varchar, event_id varchar, category varchar, event varchar,
        tracked_at timestamp(3), data double, {_VISIT}, tracked_at_date varchar"""
    yield _table(schema, "events_fixed", [events], "PARQUET", "site", "tracked_at_date")
    for table in ("raw", "page_views", "events_fixed"):
        yield f"CALL system.sync_partition_metadata('{schema}', '{table}', 'ADD')"


def _table(schema: str, name: str, columns: list[str], form: str, *keys: str) -> str:
    by = ", ".join(f"'{key}'" for key in keys)
    return (
        f"CREATE TABLE {schema}.{name} ({', '.join(columns)}) WITH (format = '{form}',"
        f" external_location = 'local:///{schema}/{name}', partitioned_by = ARRAY[{by}])"
    )


def _type(glue_type: str) -> str:
    if glue_type.startswith("struct<"):
        fields = glue_type.removeprefix("struct<").removesuffix(">").split(",")
        return "row(" + ", ".join(f'"{field.split(":")[0]}" varchar' for field in fields) + ")"
    return _TYPES.get(glue_type, glue_type)
