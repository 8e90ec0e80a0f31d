"""docs/reference/tracker.md names every call, attribute, module and stored name that the sources have, and no other."""

import re
from pathlib import Path

from tracker_build.pages import QUEUED
from tracker_build.spec import CORE, MODULES

ROOT = Path(__file__).resolve().parent.parent
DOC = (ROOT / "docs" / "reference" / "tracker.md").read_text(encoding="utf-8")
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tracker_build" / "src").rglob("*.ts")}
# The interface that pages call: a name that ends in "_" is internal.
INTERFACE = re.search(r"export interface Tracker \{(.*?)\n\}", SOURCES["types.ts"], re.DOTALL)


def rows(heading: str) -> list[str]:
    """The first cell of each row of the table below `heading`, without its quotes."""
    section = DOC.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("|")][2:]
    return [cell.strip("`") for cell in cells]


def public_calls() -> set[str]:
    assert INTERFACE
    return set(re.findall(r"^  (\w+[a-zA-Z])\(", INTERFACE.group(1), re.MULTILINE))


def test_every_call_is_documented() -> None:
    calls = rows("Calls")
    names = [re.sub(r"^penstock\.(\w+)\(.*$", r"\1", call) for call in calls]
    assert sorted(names) == sorted(public_calls())


def test_every_call_but_a_question_is_queued_by_the_snippet() -> None:
    assert set(QUEUED) == public_calls() - {"ids"}


def test_every_attribute_is_documented() -> None:
    used = {name for source in SOURCES.values() for name in re.findall(r'\bdata_?\("([\w-]+)"\)', source)}
    assert sorted(rows("Settings of the script tag")) == sorted(f"data-{name}" for name in used)


def test_every_module_is_documented() -> None:
    assert rows("Modules") == [CORE, *MODULES]


def test_every_stored_name_is_documented() -> None:
    used = {"_ps_" + name for source in SOURCES.values() for name in re.findall(r'PREFIX \+ "(\w+)"', source)} | {
        "_ps_" + name for name in re.findall(r'\["id", "(\w)", "(\w)"\]', SOURCES["core.ts"])[0]
    }
    documented = {name.removesuffix("…") for name in rows("What it stores")}
    assert documented == used | {"penstock_optout"}
