"""What README and docs name is there: settings, commands, targets of make, files and headings."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from netflix_pipeline.cli.commands import app
from netflix_pipeline.settings import Settings, variable

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
    *sorted((ROOT / "docs").glob("*.md")),
]
CHANGES = ROOT / "CHANGELOG.md"
PACKAGES = ("netflix_pipeline", "netflix_pipeline_tests", "api", "dash_app", "benchmarks")
COMMANDS = get_command(app)
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


BLOCK = re.compile(r"^ *```.*?^ *```$|(?<=\n\n)(?: {4}[^\n]*\n)+", re.MULTILINE | re.DOTALL)


def command_lines(page: Path) -> Iterator[list[str]]:
    """The words after `netflix-pipeline`, in spans of code and in each line of a block."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    for code in (*lines, *re.findall(r"`([^`]+)`", BLOCK.sub("", text))):
        for told in re.findall(r"netflix-pipeline ([^|>#;&`]+)", code):
            yield told.split()


def unknown(words: list[str]) -> Iterator[str]:
    """The words of a command line that are no command, or no option of the one before them."""
    command = COMMANDS
    for word in words:
        if word.startswith("--"):
            # `backup TARGET` takes the options of `backup make TARGET`.
            inner = command.commands.values() if isinstance(command, TyperGroup) else ()
            told = [option for one in (command, *inner) for option in one.params]
            known = {name for option in told for name in (*option.opts, *option.secondary_opts)}
            if word.partition("=")[0] not in {"--help", *known}:
                yield word
        elif isinstance(command, TyperGroup) and word in command.commands:
            command = command.commands[word]
        elif isinstance(command, TyperGroup) and re.fullmatch("[a-z-]+", word):
            yield word


@pytest.mark.parametrize("page", [*PAGES, CHANGES], ids=lambda page: page.name)
def test_every_command_and_option_that_is_named_is_there(page: Path) -> None:
    lines = list(command_lines(page))
    assert [(" ".join(words), word) for words in lines for word in unknown(words)] == []


DEFAULT = r"`(NETFLIX_[A-Z_]+)`(?: \(|, | \| )(\d[\d,]*)\b(?! for)"


def test_every_default_that_is_told_is_the_one_that_counts() -> None:
    defaults = {variable(name): field.default for name, field in Settings.model_fields.items()}
    told = {
        (name, float(number.replace(",", "")))
        for page in PAGES
        for name, number in re.findall(DEFAULT, page.read_text(encoding="utf-8"))
    }
    assert len(told) > 10
    assert {(name, number) for name, number in told if defaults[name] != number} == set()


def test_every_module_that_is_named_is_there() -> None:
    there = {
        "/".join(path.parts[at:])
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for at in range(len(ROOT.parts), len(path.parts))
    }
    assert {
        name for name in found(r"`([a-z_0-9/]+\.py)`", *PAGES, CHANGES) if name not in there
    } == set()


def test_every_target_of_make_that_is_named_is_there() -> None:
    targets = found(r"(?m)^([a-z-]+):", ROOT / "Makefile")
    assert found(r"`make ([a-z-]+)", *PAGES, CHANGES) <= targets
