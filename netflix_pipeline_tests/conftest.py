"""What every test can ask for: a home of its own, a free port, a real process."""

from __future__ import annotations

import gc
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from netflix_pipeline import engines
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support import homes
from netflix_pipeline_tests.support.postgres_server import PostgresServer, postgres_server
from netflix_pipeline_tests.support.processes import Start, answers
from netflix_pipeline_tests.support.s3_server import S3Server, s3_server

if TYPE_CHECKING:
    from netflix_pipeline_tests.reference.published import Published

# Examples are built on shared, slow machines: time says nothing about them.
settings.register_profile(
    "dev", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
# The same examples in every run, so that a failure belongs to the change that was tested.
settings.register_profile(
    "ci", parent=settings.get_profile("dev"), derandomize=True, max_examples=50
)
# For `make test-fast`, which is run again and again.
settings.register_profile("fast", parent=settings.get_profile("dev"), max_examples=10)
# For `make test-long`, which has a night.
settings.register_profile("long", parent=settings.get_profile("dev"), max_examples=1000)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30


def _in_memory() -> bool:
    """Whether there is a file system in memory, with room for what tests write and run."""
    if not MEMORY.is_dir():
        return False
    told = os.statvfs(MEMORY)
    return told.f_bavail * told.f_frsize >= ROOM and not told.f_flag & os.ST_NOEXEC


# Everything is forced to disk, some hundred times a test, and none of them cuts the power: they
# would wait for the disk most of the time. TMPDIR names another place.
if "TMPDIR" not in os.environ and _in_memory():
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None

# As many processes of the API whatever the machine: those that want more of them say so.
os.environ["NETFLIX_API_WORKERS"] = "1"

HERE = Path(__file__).parent
STARTED = {
    "netflix_pipeline_tests.monitoring.causes",
    *(
        f"netflix_pipeline_tests.support.{name}"
        for name in (
            "crashing",
            "load",
            "locks",
            "postgres_server",
            "processes",
            "redis_server",
            "s3_server",
        )
    ),
}
"""What starts processes for a test."""
MAKES_HOMES = ("benchmarks.", "netflix_pipeline.materialize.")
"""What makes whole homes, or measures services."""
LONGEST = {
    "e2e",
    *("erasing/test_forget.py", "upgrading/test_rows.py", "fuzz/test_readers.py"),
    *("api/test_addresses.py", "api/security/test_schemathesis.py", "defs/test_services.py"),
    *("stateful/test_arriving.py", "api/security/test_connections.py", "ingest/test_drain.py"),
    *("monitoring/test_causes.py", "defs/test_workers.py"),
    *("cli/test_distributed.py", "services/test_services.py", "backup/test_stores.py"),
}
"""Modules, and rooms, that take longest, or wait longest: they begin first."""
WHOLE = (
    *("backup", "cli", "clock", "crash", "defs", "erasing", "fuzz", "materialize", "reference"),
    *("services", "stateful", "upgrading", "webserver"),
)
KINDS = {"chaos": "chaos", "e2e": "browser"} | dict.fromkeys(WHOLE, "service")
"""What the tests of a room need, where that is the room's: whole homes on their way, a browser."""
WHOLE_HOME = {"known", "s3", "start"}
"""Fixtures that need as much."""

_numbers = itertools.count()

ORDER = ("browser", "chaos", "service", "slow", "unit")


EVERY = 4
"""Of so many workers one begins with what comes last."""


class ByModule(LoadScopeScheduling):  # type: ignore[misc]  # of a library without types
    """A module's tests are one worker's, as are all those in a browser, which share it.

    Of four workers one takes the modules from the other end: it computes, while the others wait
    for processes most of the time.
    """

    def _split_scope(self, nodeid: str) -> str:
        # Not up to the last colons, as the library has it: an address in brackets may have some.
        module = nodeid.partition("::")[0]
        return "e2e" if "/e2e/" in module else module

    def _assign_work_unit(self, node: WorkerController) -> None:
        if self.nodes.index(node) % EVERY == EVERY - 1:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Give the tests out by module where `--dist loadscope` asks for it."""
    return ByModule(config, log) if config.option.dist == "loadscope" else None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Rooms without a unit are not even imported where only units are asked for."""
    room = collection_path.name if collection_path.parent == HERE else ""
    return True if config.option.markexpr == "unit" and room in KINDS else None


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Two more than cores: many a test waits for a process."""
    return (yield) + 2


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays: the garbage collector need not look through it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by what it needs: `unit` is what a process does alone, within moments.

    What takes longer there says so itself: `slow`.

    What takes longest comes first, so that no worker is left with it at the end.
    """
    first: dict[Path, int] = {}
    for item in items:
        kind = _kind(item)
        item.add_marker(kind)
        first[item.path] = min(first.get(item.path, len(ORDER)), ORDER.index(kind))
    longest = {HERE / name for name in LONGEST}
    items.sort(
        key=lambda item: (longest.isdisjoint((item.path, item.path.parent)), first[item.path])
    )


def _kind(item: pytest.Item) -> str:
    room = item.path.relative_to(HERE).parts[0]
    if room in KINDS:
        return KINDS[room]
    assert isinstance(item, pytest.Function)
    if _starts(item.module) or WHOLE_HOME & set(item.fixturenames):
        return "service"
    return "slow" if item.get_closest_marker("slow") else "unit"


@cache
def _starts(module: ModuleType) -> bool:
    """Whether tests of a module start processes, or make whole homes."""
    return any(
        told is subprocess
        or (name := str(getattr(told, "__module__", ""))) in STARTED
        or name.startswith(MAKES_HOMES)
        for told in vars(module).values()
    )


@pytest.fixture(autouse=True)
def _settings_are_the_tests_own(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whoever runs the tests may have a home; no test touches it."""
    for name in [name for name in os.environ if name.startswith(("NETFLIX_", "DAGSTER_"))]:
        monkeypatch.delenv(name)
    if "tmp_path" in request.fixturenames:
        home = request.getfixturevalue("tmp_path") / "home"
    else:
        # Not made: most tests need no folder.
        home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    monkeypatch.setenv("NETFLIX_HOME", str(home))
    # A test's API answers on a port that it alone knows: its canaries would go astray.
    monkeypatch.setenv("NETFLIX_CANARY_SECONDS", "0")
    # What happened on a fixed day is ever longer ago.
    monkeypatch.setenv("NETFLIX_EVENT_DAYS_BACK", "0")


@pytest.fixture(scope="session", autouse=True)
def _certificates_are_read_once() -> Iterator[None]:
    """And not for each of thousands of clients, none of which speaks TLS."""
    with pytest.MonkeyPatch.context() as patched:
        create = "httpx._transports.default.create_ssl_context"
        patched.setattr(create, cache(httpx.create_ssl_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def _what_is_copied_stays_as_it_is(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    own = tmp_path_factory.getbasetemp()
    homes.share(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
    yield
    assert homes.changed() == []


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Settings with an empty home of the test's own."""
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A home with generated dirty data, published once, and the reference's plays of it."""
    from netflix_pipeline_tests.reference.published import published

    return published(tmp_path_factory.mktemp("known"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this process; who wants nothing of others there empties it."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A server that speaks S3, which this process and those that it starts find by `AWS_*`."""
    with s3_server(tmp_path_factory.mktemp("s3")) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture
def free_port() -> int:
    """A port on the loopback address where nobody listens."""
    return engines.free_port()


@pytest.fixture
def start(home: Settings, tmp_path: Path) -> Iterator[Start]:
    """A function that starts a server and returns its address once it answers.

    `start(["-m", "http.server", "{port}"], path="/", environment={…})` runs this Python with
    those arguments on a free port, in the environment of `home`; all are ended after the test.
    """
    running: list[subprocess.Popen[bytes]] = []

    def start(
        arguments: Sequence[str], path: str = "/", environment: Mapping[str, str] | None = None
    ) -> str:
        port = engines.free_port()
        log = tmp_path / f"process-{len(running)}.log"
        with log.open("wb") as lines:
            process = subprocess.Popen(
                [sys.executable, *(part.format(port=port) for part in arguments)],
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                env={**home.environment(), **(environment or {})},
            )
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            assert process.poll() is None, f"{arguments} ended:\n{log.read_text()}"
            if answers("127.0.0.1", port, path):
                return address
            time.sleep(0.1)
        pytest.fail(f"{arguments} does not answer on {address}{path}:\n{log.read_text()}")

    yield start
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
