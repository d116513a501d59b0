from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"netflix_pipeline", "netflix_pipeline_tests", "api", "dash_app", "benchmarks"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w-]", requirement)[0].lower() for requirement in requirements}


RUNS = names(PROJECT["project"]["dependencies"])
EXTRAS = names([one for of in PROJECT["project"]["optional-dependencies"].values() for one in of])
CHECKS = names(PROJECT["dependency-groups"]["dev"])


def imported(folder: str) -> set[str]:
    """The distributions that the code below a folder imports."""
    modules = {
        name.split(".")[0]
        for source in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and node.level == 0
            else []
        )
    }
    found = packages_distributions()
    return {
        found[module][0].lower().replace("_", "-")
        for module in modules - OURS - set(sys.stdlib_module_names)
    }


def test_every_dependency_has_its_reason_and_every_reason_its_dependency() -> None:
    told = re.findall(
        r"^\| `([\w-]+)` \| .{10}", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE
    )
    assert sorted(told) == sorted(RUNS | EXTRAS | CHECKS)


@pytest.mark.parametrize("folder", ["netflix_pipeline", "api", "dash_app"])
def test_what_runs_imports_only_what_it_depends_on(folder: str) -> None:
    assert imported(folder) <= RUNS


def test_tests_import_only_what_is_depended_on() -> None:
    assert imported("netflix_pipeline_tests") <= RUNS | CHECKS
