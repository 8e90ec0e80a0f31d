"""The reference pages say what the code does: names, types, limits, reasons, each checked against it."""

import re
from pathlib import Path

import pytest

from infra.lake_columns import BAD_COLUMNS
from lambdas.collect import limits
from lambdas.collect.handler import answer
from lambdas.collect.reasons import STATUS, Reason
from lambdas.collect.routes import table
from lambdas.common.event import COLUMNS, STRUCTS
from lambdas.common.observability import METRICS
from lambdas.common.reserved import RESERVED
from lambdas.read import query
from lambdas.state import codec, fold, given, seen
from tests.builders import http_event, post_batch
from tests.fakes import FakeSink, fake_collector

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def section(page: str, heading: str) -> str:
    text = (REFERENCE / page).read_text()
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(page: str, heading: str, header: str) -> list[list[str]]:
    """The cells of the table under `heading` whose first column is called `header`."""
    lines = section(page, heading).split(f"| {header} |", 1)[1].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in takewhile_table(lines)]


def takewhile_table(lines: list[str]) -> list[str]:
    end = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return lines[:end]


def plain(cell: str) -> str:
    return cell.strip("`")


def test_the_columns_of_the_raw_line() -> None:
    written = [(plain(name), kind) for name, kind, _ in rows("events.md", "The raw line, version 1", "column")]
    assert written == list(COLUMNS.items())


@pytest.mark.parametrize("name", STRUCTS)
def test_the_fields_of_the_typed_objects(name: str) -> None:
    (cell,) = [row[2] for row in rows("events.md", "The raw line, version 1", "column") if plain(row[0]) == name]
    assert tuple(re.findall(r"`(\w+)`", cell)) == STRUCTS[name]


def test_the_reserved_names() -> None:
    written = rows("events.md", "Reserved names", "name")
    yes = {True: "yes", False: "no"}
    assert written == [
        [f"`{name}`", reserved.effect, yes[reserved.in_props], yes[reserved.in_state]]
        for name, reserved in RESERVED.items()
    ]


def test_the_bounds_of_a_record() -> None:
    text = section("events.md", "Session and user records")
    for bound in (
        f"the last {seen.SEEN} spans",
        f"its last {seen.COUNTED:,} counting ones",
        f"{given.VALUE_BYTES:,} bytes a property",
        f"{given.ENTRY_BYTES} bytes a segment",
        f"{fold.SEGMENT_ENTRIES} segment values",
        f"{fold.COUNTER_ENTRIES} counter buckets",
        f"{fold.SESSIONS} sessions",
        f"{codec.DOC_BYTES:,} bytes in all",
    ):
        assert bound in text.replace("\n  ", " ")


def test_the_keys_of_a_bad_row() -> None:
    sink = FakeSink()
    answer(fake_collector(sink), http_event(query="a=b"))
    (row,) = sink.bad_rows
    written = rows("events.md", "Bad rows", "key")
    assert [plain(name) for name, _ in written] == list(row) == [column.name for column in BAD_COLUMNS]
    assert set(re.findall(r"`(\w+)`", written[-1][1])) == set(row["request"])


def test_the_routes() -> None:
    written = {plain(path): methods.split(", ") for path, methods, *_ in rows("http.md", "Routes", "path")}
    assert written == {path: list(methods) for path, methods in table("/e").items()}


def test_the_limits() -> None:
    written = {what: int(limit.replace(",", "")) for what, limit in rows("http.md", "Limits", "what")}
    assert written == {
        "Body, bytes": limits.BODY_BYTES,
        "Events a batch": limits.EVENTS_PER_BATCH,
        "Batch without its events, bytes": limits.SHARED_BYTES,
        "Depth of `props` and `user`": limits.DEPTH,
        "Key, characters": limits.KEY_CHARACTERS,
        "`si`, characters": limits.SITE_CHARACTERS,
        "`sid` and `uid`, characters": limits.ID_CHARACTERS,
        "Flags an event": limits.FLAGS,
        "Flag, characters": limits.FLAG_CHARACTERS,
        "Times and `seq`, below": limits.INTEGER,
    }


def test_the_reasons_and_their_status() -> None:
    written = {plain(reason): int(status) for reason, status, *_ in rows("http.md", "Reasons", "reason")}
    assert written == {reason.value: STATUS.get(reason, 400) for reason in Reason}


def test_the_metrics() -> None:
    assert {plain(name): what for name, what in rows("http.md", "Metrics", "metric")} == METRICS


def test_the_batch_on_the_page_is_taken() -> None:
    text = section("http.md", "Batch").split("\n\n")[0]
    sink = FakeSink()
    assert answer(fake_collector(sink), post_batch(text))["statusCode"] == 200
    assert [line["name"] for line in sink.lines] == ["page view", "add to cart"]


def test_every_flag_the_collector_knows_is_explained() -> None:
    explained = {plain(flag) for flag, *_ in rows("events.md", "The raw line, version 1", "flag")}
    sink = FakeSink()
    query = "si=x&proxy=1&increment=0&no_state=1&browser=Googlebot"
    answer(fake_collector(sink), http_event(query=query))
    assert set(sink.lines[0]["flags"]) < explained


def test_the_routes_to_read_back() -> None:
    written = rows("http.md", "Reading back", "route")
    assert [plain(route) for route, _ in written] == list(query.ROUTES)
    assert f"{fold.SESSIONS} and {query.ANSWER_BYTES:,} bytes" in written[-1][1]
