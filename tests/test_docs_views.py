"""docs/reference/views.md says of every view, query and feature table what its file says."""

from pathlib import Path

from lambdas.lake import views
from lambdas.lake.views import Column
from local.query import shipped

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "views.md"


def rows(columns: tuple[Column, ...]) -> list[str]:
    return [f"| `{column.name}` | {column.type} | {column.meaning} |" for column in columns]


def section(name: str) -> list[str]:
    """The lines below the heading of this name, up to the next one."""
    lines = PAGE.read_text("utf-8").splitlines()
    begin = lines.index(f"### {name}") + 1
    end = next((number for number in range(begin, len(lines)) if lines[number].startswith("#")), len(lines))
    return lines[begin:end]


def test_every_view_stands_there_with_its_columns() -> None:
    for view in views.load():
        lines = section(view.name)
        reads = ", ".join(f"`{name}`" for name in view.reads)
        assert lines[1] == view.about
        assert f"Reads {reads}. Scans: {view.scans}" in lines
        assert [line for line in lines if line.startswith("| `")] == rows(view.columns)


def test_every_feature_table_stands_there_with_its_columns() -> None:
    for question in shipped.load_all("features"):
        lines = section(f"features/{question.name}")
        given = ", ".join(f"`{parameter.name}`" for parameter in question.parameters)
        assert lines[1] == question.about
        assert f"Parameters: {given}. Scans: {question.scans}" in lines
        assert [line for line in lines if line.startswith("| `")] == rows(question.columns)


def test_every_query_stands_there_with_its_parameters() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    expected = [
        f"| `{question.name}` | {question.about} | {' '.join(f'`{one.name}`' for one in question.parameters)} |"
        f" {question.scans} |"
        for question in shipped.load_all()
    ]
    begin = lines.index("| query | what | parameters | scans |") + 2
    assert lines[begin : begin + len(expected)] == expected
    assert not lines[begin + len(expected)].startswith("|")


def test_no_other_view_stands_there() -> None:
    text = PAGE.read_text("utf-8")
    named = {line.removeprefix("### ") for line in text.splitlines() if line.startswith("### ")}
    assert named == {view.name for view in views.load()} | {
        f"features/{question.name}" for question in shipped.load_all("features")
    }
