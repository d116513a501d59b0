"""What belongs to the project and is not code: versions, and the rules before a commit."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOLD = ("pyproject.toml", "uv.lock", "CHANGELOG.md")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The files that tell the version, and the script that compares them."""
    for name in (*TOLD, "scripts/version"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def compared(copied: Path) -> tuple[int, str]:
    ran = subprocess.run(
        [copied / "scripts" / "version"], capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stderr


def test_the_version_is_one_wherever_it_is_told(copied: Path) -> None:
    assert compared(copied) == (0, "")


@pytest.mark.parametrize(
    ("name", "given", "becomes"),
    [
        ("pyproject.toml", r'^version = ".*"', 'version = "7.0.0"'),
        ("uv.lock", r'^(name = "netflix-pipeline"\nversion = ).*', r'\1"7.0.0"'),
        ("CHANGELOG.md", r"^## \[\d.*?\]", "## [7.0.0]"),
        ("CHANGELOG.md", r"^### Added", "### News"),
    ],
)
def test_a_version_or_section_of_its_own_is_told(
    copied: Path, name: str, given: str, becomes: str
) -> None:
    file = copied / name
    changed, times = re.subn(given, becomes, file.read_text(), count=1, flags=re.MULTILINE)
    assert times == 1
    file.write_text(changed)
    code, said = compared(copied)
    assert code == 1
    assert "7.0.0" in said or "### News" in said


def test_every_rule_of_the_house_is_looked_at_before_a_commit() -> None:
    rules = re.findall(r"^rule (\S+)", (ROOT / "scripts/check").read_text(), re.MULTILINE)
    hooks = re.findall(
        r"entry: scripts/check ([\w-]+)", (ROOT / ".pre-commit-config.yaml").read_text()
    )
    assert hooks == rules
