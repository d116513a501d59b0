import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from netflix_pipeline.errors import BadInput, Busy, PipelineError
from netflix_pipeline.services import guard, run
from netflix_pipeline.services.catalogue import SERVICES, Program, Service
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.waiting import until

WEB = ("-m", "http.server", "--bind", "{host}", "{port}")
# A web server with a child that leaves its session, as daemons do, and so escapes a killpg.
PARENT = (
    "-c",
    """
import subprocess, sys
from http.server import *
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
ThreadingHTTPServer(("{host}", {port}), SimpleHTTPRequestHandler).serve_forever()
""",
)
DRIVER = """
import sys
from netflix_pipeline.services import run
from netflix_pipeline.services.catalogue import Program, Service
from netflix_pipeline.settings import Settings
services = {
    name: Service(f"{name}_port", "/", (Program(name, tuple(sys.argv[1:])),), lambda _: None)
    for name in ("api", "dashboard")
}
settings = Settings(api_port=0, dashboard_port=0)
sys.exit(run(list(services), settings, lambda *ready: print(*ready, flush=True), services))
"""


def service(*arguments: str, setting: str = "api_port") -> Service:
    program = Program(setting.removesuffix("_port"), arguments)
    return Service(setting, "/", (program,), lambda _: None)


@pytest.fixture
def driver(home: Settings) -> Iterator[subprocess.Popen[str]]:
    """A process that runs two services, each with a child of its own, and has said so."""
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, *PARENT],
        stdout=subprocess.PIPE,
        text=True,
        env=home.environment(),
    )
    with process:
        yield process
        process.kill()


def ready(driver: subprocess.Popen[str]) -> dict[str, str]:
    assert driver.stdout is not None
    return dict(driver.stdout.readline().split() for _ in range(2))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_the_supervisor_ends_nothing_is_left_behind(
    driver: subprocess.Popen[str], number: signal.Signals
) -> None:
    addresses = ready(driver)
    assert set(addresses) == {"api", "dashboard"}
    assert all(httpx.get(url, trust_env=False).is_success for url in addresses.values())
    below = psutil.Process(driver.pid).children(recursive=True)
    assert len(below) == 6  # two guards, two servers, a child each

    driver.send_signal(number)

    assert driver.wait(30) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    until(lambda: not any(process.is_running() for process in below))


def test_a_killed_guard_takes_its_program_along(driver: subprocess.Popen[str]) -> None:
    ready(driver)
    first, second = psutil.Process(driver.pid).children()
    program, orphan = first.children(recursive=True)
    first.kill()
    assert driver.wait(30) == 1
    until(lambda: not program.is_running() and not second.is_running())
    orphan.kill()  # nobody is left who knew of it


def test_a_service_that_dies_ends_the_others_and_is_named_with_its_last_words(
    home: Settings,
) -> None:
    settings = home.model_copy(update={"api_port": 0, "dashboard_port": 0})
    services = {
        "api": service(*WEB),
        "dashboard": service("-c", "exit('no such snapshot')", setting="dashboard_port"),
    }
    # A browser that other tests in this process share is a child too.
    before = psutil.Process().children()
    with pytest.raises(PipelineError, match=r"dashboard ended with exit code 1(?s:.)*no such snap"):
        run(["api", "dashboard"], settings, lambda name, url: None, services)
    assert psutil.Process().children() == before


def test_a_taken_port_is_said_before_anything_starts(home: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        settings = home.model_copy(update={"api_port": port})
        with pytest.raises(Busy, match=rf"api cannot have port {port}.*NETFLIX_API_PORT"):
            run(["api"], settings, lambda name, url: None, {"api": service(*WEB)})
    assert not (home.root / "logs").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])
@pytest.mark.parametrize(
    ("name", "says"),
    [("api", "keys create"), ("dashboard", "passwords set"), ("dagster", "passwords set")],
)
def test_an_address_that_others_reach_is_refused_where_nobody_could_be_known(
    home: Settings, host: str, name: str, says: str
) -> None:
    settings = home.model_copy(update={"host": host})
    with pytest.raises(BadInput, match=says):
        run([name], settings, lambda name, url: None)
    assert not (home.root / "logs").exists()


def test_programs_read_the_same_settings_and_the_last_log_is_kept(home: Settings) -> None:
    settings = home.model_copy(update={"api_port": 0, "snapshots_kept": 7})
    says = (
        "import json, os;"
        "from netflix_pipeline.settings import Settings;"
        "print(json.dumps([*map(str, [Settings().root, Settings().snapshots_kept]),"
        " os.environ['DAGSTER_HOME']]))"
    )
    for _ in range(2):
        with pytest.raises(PipelineError, match="exit code 0"):
            run(["api"], settings, lambda name, url: None, {"api": service("-c", says)})
    logs = home.root / "logs"
    told = [json.loads((logs / name).read_text()) for name in ("api.log", "api.log.1")]
    assert told == [[str(home.root), "7", str(home.dagster)]] * 2


@pytest.mark.parametrize("own", [None, "4"])
def test_a_service_has_few_heaps_where_nobody_says_how_many(
    home: Settings, monkeypatch: pytest.MonkeyPatch, own: str | None
) -> None:
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    if own is not None:
        monkeypatch.setenv("MALLOC_ARENA_MAX", own)
    settings = home.model_copy(update={"api_port": 0})
    says = "import os; print(os.environ['MALLOC_ARENA_MAX'])"
    with pytest.raises(PipelineError, match="exit code 0"):
        run(["api"], settings, lambda name, url: None, {"api": service("-c", says)})
    assert (home.root / "logs" / "api.log").read_text().strip() == (own or "2")


def test_a_program_that_will_not_end_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time, pathlib;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(tmp_path / 'up')!r}).touch();"
        "time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, guard.__file__, "0.2", sys.executable, "-c", stubborn],
        stdin=subprocess.PIPE,
    )
    with process:
        until((tmp_path / "up").exists)
        below = psutil.Process(process.pid).children()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
    assert below
    assert not any(child.is_running() for child in below)


def test_a_guard_ends_as_its_program_ends() -> None:
    command = [sys.executable, guard.__file__, "1", sys.executable, "-c"]
    with subprocess.Popen([*command, "exit(3)"], stdin=subprocess.PIPE) as process:
        assert process.wait(30) == 3


def test_every_service_has_a_port_of_its_own(home: Settings) -> None:
    ports = [getattr(home, each.setting) for each in SERVICES.values()]
    assert len(set(ports)) == len(ports)
