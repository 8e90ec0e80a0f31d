"""The schema of a deployment: read from its bucket and its lake, written back, and made into views."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, Final

from botocore.exceptions import ClientError

from lambdas.lake import views
from local.query import shipped
from local.query.engine import QueryError
from local.schema.model import ENVELOPE, Change, EventView, Schema, Seen, dump, load, merge
from local.schema.sql import create_view
from local.schema.types import Type
from local.stack import LocalError
from local.stored.deployed import Deployed

# In the deployment's bucket, so that a team has one.
KEY: Final = "schema/events.json"

_AT_ONCE: Final = 4
_HIVE: Final = {"varchar": "string", "integer": "int"}


def follow(it: Deployed, first: date, last: date, *, write: bool) -> tuple[Schema, list[Change], int]:
    """Brings the schema up to what was seen from `first` to `last`; the schema, what changed, and the views made.

    With `write` false nothing is written. Raises LocalError, QueryError, and SchemaInvalidError for a damaged file.
    """
    if "visitor_events" not in it.tables:
        raise LocalError("The deployment has no views yet: deploy it again, with this version.")
    text, tag = _read(it)
    before = load(text) if text else {}
    schema, changes = merge(before, observe(it, first, last))
    if not write:
        return schema, changes, 0
    if schema != before:
        # Before the views: a name that was given stays, whatever happens now.
        _write(it, dump(schema), tag)
    return schema, changes, _make(it, schema)


def observe(it: Deployed, first: date, last: date) -> dict[str, Seen]:
    """The events and properties that people had in these days."""
    days = {"from": str(first), "to": str(last)}
    names, properties = (shipped.load(name, "schema") for name in ("names", "properties"))
    kinds: dict[str, dict[str, dict[Type, int]]] = defaultdict(lambda: defaultdict(dict))
    for name, key, kind, count in it.engine.run(properties.sql, properties.literals(days)).rows:
        kinds[name or ""][key or ""][Type(kind or "")] = int(count or 0)
    found = it.engine.run(names.sql, names.literals(days)).rows
    return {name or "": Seen(int(count or 0), kinds[name or ""]) for name, count in found}


def _read(it: Deployed) -> tuple[str, str]:
    """The file and its ETag; both empty where there is none."""
    try:
        found = it.client("s3").get_object(Bucket=it.bucket, Key=KEY)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return "", ""
        raise
    return found["Body"].read().decode(), found["ETag"]


def _write(it: Deployed, text: str, tag: str) -> None:
    given: dict[str, Any] = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
    try:
        it.client("s3").put_object(
            Bucket=it.bucket, Key=KEY, Body=text.encode(), ContentType="application/json", **given
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
            raise LocalError("Somebody else has changed the schema meanwhile: run it again.") from None
        raise


def _make(it: Deployed, schema: Schema) -> int:
    """Every view that is not there, or not with these columns; how many that were."""
    pages = it.client("glue").get_paginator("get_tables").paginate(DatabaseName=it.database)
    there = {
        table["Name"]: [(one["Name"], one["Type"]) for one in table.get("StorageDescriptor", {}).get("Columns", [])]
        for page in pages
        for table in page["TableList"]
    }
    wanted = {event: view for event, view in schema.items() if there.get(view.view) != _glue_columns(view)}

    def create(event: str) -> None:
        try:
            it.engine.run(create_view(event, wanted[event]))
        except QueryError as error:
            raise QueryError(f"View {wanted[event].view} of event {event!r}: {error}") from None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(create, wanted):
            pass
    return len(wanted)


def _glue_columns(view: EventView) -> list[tuple[str, str]]:
    [base] = [one for one in views.load() if one.name == "visitor_events"]
    kinds = {column.name: column.type for column in base.columns}
    given = [(name, kinds[name]) for name in ENVELOPE]
    given += [(one.column, one.type.value) for one in view.properties.values()]
    return [(name, _HIVE.get(kind, kind)) for name, kind in given]
