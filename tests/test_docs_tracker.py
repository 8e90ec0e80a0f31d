"""docs/reference/tracker.md names every call, attribute, module, event, channel and stored name, and no other."""

import re
from pathlib import Path

from tracker_build.pages import QUEUED
from tracker_build.spec import CORE, MODULES, REQUIRES

ROOT = Path(__file__).resolve().parent.parent
DOC = (ROOT / "docs" / "reference" / "tracker.md").read_text(encoding="utf-8")
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tracker_build" / "src").rglob("*.ts")}
# The interface that pages call: a name that ends in "_" is internal.
INTERFACE = re.search(r"export interface Tracker \{(.*?)\n\}", SOURCES["types.ts"], re.DOTALL)


def table(heading: str) -> list[list[str]]:
    """The rows of the table below `heading`, each cell without its quotes."""
    section = DOC.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def rows(heading: str) -> list[str]:
    return [cells[0] for cells in table(heading)]


def found(pattern: str) -> set[str]:
    """What the first group of `pattern` matches in any source."""
    return {match for source in SOURCES.values() for match in re.findall(pattern, source)}


def public_calls() -> set[str]:
    assert INTERFACE
    return set(re.findall(r"^  (\w*[a-zA-Z])\??\(", INTERFACE.group(1), re.MULTILINE))


def called(row: str) -> str:
    return re.sub(r"^penstock\.(\w+)\(.*$", r"\1", row)


def test_every_call_is_documented() -> None:
    assert sorted(map(called, rows("Calls"))) == sorted(public_calls())


def test_every_call_stands_with_the_module_that_has_it() -> None:
    for call, module, *_ in table("Calls"):
        assert re.search(rf"^    {called(call)}[:,]", SOURCES[f"{module}.ts"], re.MULTILINE), call


def test_every_call_but_a_question_is_queued_by_the_snippet() -> None:
    assert set(QUEUED) == public_calls() - {"ids"}


def test_every_attribute_is_documented() -> None:
    used = found(r'\bdata_?\("([\w-]+)"\)')
    assert sorted(rows("Settings of the script tag")) == sorted(f"data-{name}" for name in used)


def test_every_module_is_documented_with_what_it_requires() -> None:
    assert rows("Modules") == [CORE, *MODULES]
    for name, what in table("Modules"):
        required = what.partition("Requires ")[2]
        assert re.findall(r"`(\w+)", required) == list(REQUIRES.get(name, ()))


def test_every_event_is_documented() -> None:
    # What a page's own call of another tracker's API sends is documented with that API.
    assert set(rows("Events that are sent by themselves")) == found(r'emit_?\)?\("(\w+)"') - {"identity", "stream"}


def test_every_channel_is_documented() -> None:
    assert set(rows("Channels")) == found(r'channel_?: "([a-z ]+)"')


def test_every_stored_name_is_documented() -> None:
    used = found(r'(?:PREFIX \+ |keep_\(|fields\()"([a-wyz])"') | {"id"}
    documented = {name.strip("`").removesuffix("…") for row in rows("What it stores") for name in row.split("`, `")}
    assert documented == {f"_ps_{name}" for name in used} | {"penstock_optout", "ots", "otui"}
