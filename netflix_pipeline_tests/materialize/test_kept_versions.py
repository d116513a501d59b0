"""Versions of code are made once, until a module changes."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from netflix_pipeline.materialize.kept_versions import kept


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)  # whatever a machine says
    folder = tmp_path / "package"
    (folder / "room").mkdir(parents=True)
    for name in ("__init__.py", "room/module.py"):
        (folder / name).write_text("RULE = 1\n")
    return folder


def numbered() -> Callable[[], Mapping[str, str]]:
    """What gives another version each time."""
    versions = iter(range(100))
    return lambda: {"silver/plays": str(next(versions))}


def test_they_are_made_anew_once_a_module_is_another(package: Path) -> None:
    make = numbered()
    told = [kept(package, make)["silver/plays"] for _ in range(2)]
    (package / "room" / "module.py").write_text("RULE = 20\n")
    told += [kept(package, make)["silver/plays"] for _ in range(2)]
    (package / "room" / "another.py").touch()
    told += [kept(package, make)["silver/plays"] for _ in range(2)]
    assert told == ["0", "0", "1", "1", "2", "2"]


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"modules": 1}'])
def test_a_file_that_is_damaged_is_made_anew(package: Path, damage: str) -> None:
    make = numbered()
    kept(package, make)
    (file,) = package.rglob("*.json")
    file.write_text(damage)
    assert [kept(package, make)["silver/plays"] for _ in range(2)] == ["1", "1"]


def test_where_nothing_can_be_written_they_are_made_each_time(package: Path) -> None:
    make = numbered()
    (package / "__pycache__").touch()
    assert [kept(package, make)["silver/plays"] for _ in range(2)] == ["0", "1"]
