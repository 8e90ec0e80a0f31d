"""The views that come of a schema, in Athena's dialect. Pure."""

from typing import Final

from local.schema.model import ENVELOPE, EventView
from local.schema.types import Type

_WHOLE: Final = r"^-?\d+$"
_DAY: Final = r"^\d{4}-\d{2}-\d{2}"


def view_sql(event: str, view: EventView) -> str:
    """The SELECT of an event's view. A value that is not of its column's type is null."""
    columns = [*ENVELOPE, *(_column(name, one.column, one.type) for name, one in view.properties.items())]
    selected = ",\n  ".join(columns)
    return f"SELECT\n  {selected}\nFROM visitor_events\nWHERE name = {_text(event)} AND is_person"


def create_view(event: str, view: EventView) -> str:
    return f'CREATE OR REPLACE VIEW "{view.view}" AS\n{view_sql(event, view)}'


def _column(name: str, column: str, kind: Type) -> str:
    path = _text(f"$[{_subscript(name)}]")
    scalar = f"json_extract_scalar(props, {path})"
    match kind:
        case Type.BOOLEAN:
            value = f"CASE {scalar} WHEN 'true' THEN true WHEN 'false' THEN false END"
        case Type.BIGINT:
            value = f"try_cast({_if_like(scalar, _WHOLE)} AS bigint)"
        case Type.DOUBLE:
            value = f"try_cast({scalar} AS double)"
        case Type.DATE:
            value = f"try_cast({_if_like(scalar, _DAY + '$')} AS date)"
        case Type.TIMESTAMP:
            # A time without a zone is taken for UTC, as is a day.
            iso = f"from_iso8601_timestamp(replace({_if_like(scalar, _DAY + '([T ]|$)')}, ' ', 'T'))"
            value = f"try(cast({iso} AT TIME ZONE 'UTC' AS timestamp(3)))"
        case Type.VARCHAR:
            value = f"coalesce({scalar}, nullif(json_format(json_extract(props, {path})), 'null'))"
    return f'{value} AS "{column}"'


def _if_like(scalar: str, pattern: str) -> str:
    """Engines differ in what a cast takes: Trino reads a lone number as a year, DuckDB `21.0` as a whole number."""
    return f"CASE WHEN regexp_like({scalar}, '{pattern}') THEN {scalar} END"


def _subscript(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
