"""The files of lake/views, and in which order they become views."""

from pathlib import Path

import pytest

from lambdas.lake.views import Column, ViewInvalidError, load, parse

TEXT = """\
-- One row per page,
-- and nothing else.
-- reads: all_events, pages
-- scans: days asked for
--   and today
-- column si varchar: Site: of the page
-- column at timestamp(3) with time zone: When
select si, at
-- a comment of the query's own
from all_events
"""


def write(directory: Path, **reads: str) -> Path:
    for name, read in reads.items():
        text = f"-- About {name}.\n-- reads: {read}\n-- scans: all\n-- column a int: A\nselect a from {read}\n"
        (directory / f"{name}.sql").write_text(text)
    return directory


def test_a_file_says_what_the_view_is() -> None:
    view = parse("pages", TEXT)
    assert view.about == "One row per page, and nothing else."
    assert view.reads == ("all_events", "pages")
    assert view.scans == "days asked for and today"
    assert view.columns == (
        Column("si", "varchar", "Site: of the page"),
        Column("at", "timestamp(3) with time zone", "When"),
    )
    assert view.create == (
        'CREATE OR REPLACE VIEW "pages" AS\nselect si, at\n-- a comment of the query\'s own\nfrom all_events'
    )


def test_a_view_comes_after_those_it_reads(tmp_path: Path) -> None:
    views = load(write(tmp_path, a="b", b="d", c="all_events", d="raw"))
    names = [view.name for view in views]
    assert names.index("d") < names.index("b") < names.index("a")
    assert set(names) == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("reads", "said"),
    [({"a": "nowhere"}, "a.sql reads nowhere"), ({"a": "b", "b": "a"}, "read each other")],
)
def test_what_cannot_be_made_is_told(tmp_path: Path, reads: dict[str, str], said: str) -> None:
    with pytest.raises(ViewInvalidError, match=said):
        load(write(tmp_path, **reads))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pages", TEXT.replace("-- reads: all_events, pages\n", "")),
        ("pages", TEXT.replace("from all_events", "from all_events;")),
        ("pages", TEXT.replace("-- column si varchar: Site: of the page", "-- column si")),
        ("Pages", TEXT),
        ("raw", TEXT),
    ],
)
def test_a_file_of_another_form_is_named(name: str, text: str) -> None:
    with pytest.raises(ViewInvalidError, match=f"lake/views/{name}.sql"):
        parse(name, text)
