"""docs/reference/settings.md says of every setting what the code says: name, default, meaning."""

import re
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.config import Config, DomainConfig, TrackerConfig

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "settings.md"
SECTIONS: dict[str, type[BaseModel]] = {"tracker": TrackerConfig, "domain": DomainConfig}


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default()
    if value is None or value == ():
        return "none"
    return f"`{value}`"


def rows() -> list[str]:
    found = []
    for name, field in Config.model_fields.items():
        if section := SECTIONS.get(name):
            found += [
                f"| `{name}.{key}` | {default(inner)} | {inner.description} |"
                for key, inner in section.model_fields.items()
            ]
        else:
            found.append(f"| `{name}` | {default(field)} | {field.description} |")
    return found


def test_the_page_lists_every_setting_as_the_code_has_it() -> None:
    written = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert written == rows()


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_the_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(
        re.findall(r"`?\bmake ([a-z-]+)", (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text())
    )
    assert named <= targets, named - targets
