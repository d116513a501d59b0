"""The direction of imports, and which room may use what."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
CODE = ("netflix_pipeline", "api", "dash_app")

GIVEN = {
    "access",
    "addresses",
    "background",
    "bounds",
    "business_alerts",
    "contracts",
    "errors",
    "excel",
    "ids",
    "intelligence",
    "metrics",
    "monitoring",
    "pictures",
    "receiving",
    "serving",
    "settings",
    "state",
    "time_zones",
}
GIVEN_TO_API = GIVEN | {"eventlog", "persons"}

# A room never imports these, directly.
NEVER = [
    ("transforms", ["netflix_pipeline.lake", "netflix_pipeline.settings", "dagster", "duckdb"]),
    ("metrics", ["netflix_pipeline.lake", "netflix_pipeline.settings", "dagster"]),
    ("contracts", ["netflix_pipeline.settings", "dagster", "duckdb", "pyarrow"]),
    ("sources", ["netflix_pipeline.lake", "netflix_pipeline.settings", "dagster"]),
    ("lake", ["netflix_pipeline.settings", "dagster", "duckdb"]),
    ("object_storage", ["netflix_pipeline.contracts", "netflix_pipeline.settings", "polars"]),
    ("state", ["netflix_pipeline.lake", "duckdb", "polars", "dagster", "fastapi"]),
    ("access", ["netflix_pipeline.lake", "duckdb", "polars", "dagster", "fastapi"]),
    ("ingest", ["dagster", "fastapi", "dash"]),
    ("replaying", ["netflix_pipeline.lake", "netflix_pipeline.settings", "dagster", "fastapi"]),
    ("serving", ["dagster", "fastapi", "dash", "plotly"]),
    ("api", ["duckdb", "polars", "pyarrow", "dagster", "dash"]),
    ("dash_app", ["duckdb", "pyarrow", "dagster"]),
]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*CODE, include_external_packages=True, cache_dir=None)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_imports_point_one_way() -> None:
    # A process of its own: the linter switches off every logger of the one that it runs in.
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


def test_in_the_table_a_room_stands_below_those_that_it_imports(graph: grimp.ImportGraph) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("\n| room | holds |")[2].partition("\n\n")[0]
    named = [
        name
        for row in table.splitlines()[2:]
        for name in re.findall(r"`(?:netflix_pipeline/)?(\w+)", row.split("|")[1])
    ]
    rooms = list(dict.fromkeys(named))
    there = {child.rpartition(".")[2] for child in graph.find_children("netflix_pipeline")}
    assert set(rooms) == {*there, "api", "dash_app", "netflix_pipeline_tests"}
    strangers = {
        f"{module} imports {imported}"
        for module in graph.modules
        if within(module, "netflix_pipeline")
        for imported in graph.find_modules_directly_imported_by(module)
        if within(imported, "netflix_pipeline") and imported.count(".") and module.count(".")
        if rooms.index(imported.split(".")[1]) > rooms.index(module.split(".")[1])
    }
    assert not strangers


@pytest.mark.parametrize(("front", "given"), [("api", GIVEN_TO_API), ("dash_app", GIVEN)])
def test_api_and_dashboard_import_only_what_serves_them(
    graph: grimp.ImportGraph, front: str, given: set[str]
) -> None:
    strangers = {
        f"{module} imports {imported}"
        for module in graph.modules
        if within(module, front)
        for imported in graph.find_modules_directly_imported_by(module)
        if within(imported, "netflix_pipeline")
        and imported.split(".")[1:2] not in [[room] for room in given]
    }
    assert not strangers


@pytest.mark.parametrize(("room", "never"), NEVER, ids=[room for room, _ in NEVER])
def test_a_room_uses_nothing_that_is_not_its_business(
    graph: grimp.ImportGraph, room: str, never: list[str]
) -> None:
    package = room if room in CODE else f"netflix_pipeline.{room}"
    assert package in graph.modules
    strangers = {
        f"{module} imports {imported}"
        for module in graph.modules
        if within(module, package)
        for imported in graph.find_modules_directly_imported_by(module)
        if any(within(imported, stranger) for stranger in never)
    }
    assert not strangers


def reads_environment(source: Path) -> bool:
    names = {
        name
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        for name in (
            [node.attr]
            if isinstance(node, ast.Attribute)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    return bool(names & {"environ", "environb", "getenv", "getenvb"})


STARTERS = {
    "create_task",
    "ensure_future",
    "run_coroutine_threadsafe",
    "TaskGroup",
    "Thread",
    "Timer",
}
OF_A_REQUEST = {
    "api/delivery/query_executor.py": "whoever asks waits for it",
    "api/delivery/single_flight.py": "whoever asks waits for it",
    "api/delivery/batch_loader.py": "whoever asks waits for it",
    "api/delivery/live_feed.py": "whoever asks waits for it; asked again by the next who does",
    "api/delivery/warm_up.py": "stops a query at its deadline",
    "dash_app/first_view.py": "whoever asks waits for it",
    "netflix_pipeline/bounds/head_requests.py": "whoever asks waits for it",
    "netflix_pipeline/defs/batched_event_log.py": "what fails is written where a run waits for it",
    "netflix_pipeline/lake/locks.py": "whoever wants the lock waits for it, or has given it up",
    "netflix_pipeline/object_storage/lease.py": "whoever commits under the lease looks at it",
    "netflix_pipeline/state/polling_cache.py": "whoever asks waits; repeated by its `following`",
    "netflix_pipeline/replaying/sending.py": "a command that waits for them",
    "netflix_pipeline/webserver/sockets.py": "the socket that is held waits for it",
}
"""Modules that start what belongs to one request or command, and who hears of its failure."""


def starts_something(source: Path) -> bool:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    ours = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "netflix_pipeline.background"
        for alias in node.names
    }
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(
        func.attr in STARTERS
        if isinstance(func, ast.Attribute)
        else isinstance(func, ast.Name) and func.id in STARTERS - ours
        for func in called
    )


def test_no_task_runs_in_the_background_without_supervision() -> None:
    starters = {
        str(source.relative_to(ROOT))
        for package in CODE
        for source in (ROOT / package).rglob("*.py")
        if starts_something(source)
    }
    assert starters == {"netflix_pipeline/background.py", *OF_A_REQUEST}


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        str(source.relative_to(ROOT))
        for package in CODE
        for source in (ROOT / package).rglob("*.py")
        if reads_environment(source)
    }
    # The package itself tells Polars' allocator how to work, which must come before all else; what
    # a service manager hands over is no setting of ours.
    assert readers <= {
        "netflix_pipeline/settings.py",
        "netflix_pipeline/__init__.py",
        "netflix_pipeline/services/service_manager.py",
    }


TESTS = ROOT / "netflix_pipeline_tests"


def shared_by_tests(module: str, room: str) -> bool:
    """Whether tests of a room may import a module: of theirs or around it, or made to be shared."""
    room_of_it, _, name = module.rpartition(".")
    given = any(within(module, f"{TESTS.name}.{shared}") for shared in ("support", "reference"))
    return (
        (given or within(room, room_of_it)) and not name.startswith("test_") and name != "conftest"
    )


def test_no_test_imports_another() -> None:
    strangers = {
        f"{source.relative_to(ROOT)} imports {node.module}"
        for source in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and within(node.module or "", TESTS.name)
        if (node.module or "").count(".") > 1
        if not shared_by_tests(node.module or "", ".".join(source.relative_to(ROOT).parts[:-1]))
    }
    assert not strangers
