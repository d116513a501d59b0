import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import files, packages_distributions
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

PEERS = {"chdb", "pandas", "pyflink", "pyspark", "streamlit"}
"""What benchmarks/peers imports where it is: in environments of their own, of scripts/pinned."""
USED_BY_NAME = {
    "fastapi-swagger": "api/resources/docs.py",
    "plotly": "dash_app/document.py",
    "tzdata": "",
}
"""What the code uses without an import, and where; the time zones Python itself looks for."""
RUN = {
    "celery": "netflix_pipeline/defs/worker.py",
    "coverage": "scripts/coverage",
    "dagster-celery": "netflix_pipeline/defs/worker_launcher.py",
    "dagster-dg-cli": "scripts/check",
    "dagster-postgres": "netflix_pipeline/defs/postgres_storage.py",
    "mypy": "scripts/check",
    "pre-commit": ".pre-commit-config.yaml",
    "pytest-timeout": "pyproject.toml",
    "opentelemetry-api": "netflix_pipeline/monitoring/tracing.py",
    "opentelemetry-exporter-otlp-proto-http": "netflix_pipeline/monitoring/tracing.py",
    "ruff": "scripts/check",
    "vulture": "scripts/dead-code",
    "hatchling": "netflix_pipeline_tests/services/test_wheel.py",
    "import-linter": "netflix_pipeline_tests/test_imports.py",
    "kombu": "netflix_pipeline/defs/worker_queue.py",
}
"""Programs, plug-ins of pytest and libraries of extras, and what runs or imports them."""
CALLED = {
    "dagster-celery": "dagster_celery",
    "dagster-dg-cli": "dg check defs",
    "dagster-postgres": "dagster_postgres",
    "import-linter": "lint-imports",
    "pytest-timeout": "timeout = ",
    "opentelemetry-api": "opentelemetry.trace",
    "opentelemetry-exporter-otlp-proto-http": "opentelemetry.exporter.otlp.proto.http",
}
"""How they are called there, where not by their own name."""


@cache
def distributions() -> Mapping[str, list[str]]:
    """Where the modules come from that are installed."""
    return packages_distributions()


@cache
def distribution(module: str) -> str:
    """The distribution that a module is of; several may share its first name."""
    top, *_ = module.split(".")
    first, *others = sorted(set(distributions()[top]))
    if not others:
        return first
    path = module.replace(".", "/")
    return next(
        each
        for each in (first, *others)
        for file in files(each) or ()
        if str(file) in (f"{path}.py", f"{path}/__init__.py")
    )


@cache
def imported(folder: str) -> set[str]:
    """The distributions that the code below a folder imports."""
    modules = {
        name
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
    others = OURS | PEERS | set(sys.stdlib_module_names)
    return {
        distribution(module).lower().replace("_", "-")
        for module in modules
        if module.split(".")[0] not in others and module
    }


def test_every_dependency_has_its_reason_and_every_reason_its_dependency() -> None:
    told = re.findall(
        r"^\| `([\w-]+)` \| .{10}", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE
    )
    assert sorted(told) == sorted(RUNS | EXTRAS | CHECKS)


@pytest.mark.parametrize("folder", ["netflix_pipeline", "api", "dash_app"])
@pytest.mark.slow
def test_what_runs_imports_only_what_it_depends_on(folder: str) -> None:
    assert imported(folder) <= RUNS | EXTRAS


@pytest.mark.slow
def test_tests_import_only_what_is_depended_on() -> None:
    assert imported("netflix_pipeline_tests") <= RUNS | CHECKS


@pytest.mark.slow
def test_every_dependency_is_imported_or_used_by_name() -> None:
    unused = RUNS - imported("netflix_pipeline") - imported("api") - imported("dash_app")
    assert sorted(unused) == sorted(USED_BY_NAME)
    for package, user in USED_BY_NAME.items():
        assert not user or package.replace("-", "_") in (ROOT / user).read_text(), package


@pytest.mark.slow
def test_everything_that_checks_is_imported_or_run() -> None:
    unused = CHECKS - imported("netflix_pipeline_tests") - imported("benchmarks")
    stubs = {package for package in unused if package.startswith("types-")}
    assert {package.removeprefix("types-") for package in stubs} <= RUNS | CHECKS
    assert sorted(unused - stubs) == sorted(RUN)
    for package, runner in RUN.items():
        assert CALLED.get(package, package) in (ROOT / runner).read_text(), package
