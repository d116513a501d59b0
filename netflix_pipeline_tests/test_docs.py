"""What README and docs name is there: settings, commands, targets of make, files and headings."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netflix_pipeline.cli.commands import app
from netflix_pipeline.settings import Settings, variable

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
    *sorted((ROOT / "docs").glob("*.md")),
]
CHANGES = ROOT / "CHANGELOG.md"
SETTINGS = {variable(name) for name in Settings.model_fields}


def found(pattern: str, *pages: Path) -> set[str]:
    return {one for page in pages for one in re.findall(pattern, page.read_text(encoding="utf-8"))}


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in an address, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def broken(page: Path) -> Iterator[str]:
    """The links of a page that lead nowhere within the project."""
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (heading and heading not in anchors(target)):
            yield link


def test_every_setting_is_documented_and_no_other() -> None:
    assert found(r"NETFLIX_[A-Z_]*[A-Z]", *PAGES) == SETTINGS
    assert found(r"NETFLIX_[A-Z_]*[A-Z]", CHANGES) <= SETTINGS


@pytest.mark.parametrize("page", [*PAGES, CHANGES], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(broken(page)) == []


def test_every_command_that_is_named_is_there() -> None:
    known = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback
    }
    known |= {group.name for group in app.registered_groups if group.name}
    assert found(r"netflix-pipeline ([a-z]+)", *PAGES, CHANGES) <= known


def test_every_target_of_make_that_is_named_is_there() -> None:
    targets = found(r"(?m)^([a-z-]+):", ROOT / "Makefile")
    assert found(r"`make ([a-z-]+)", *PAGES, CHANGES) <= targets
