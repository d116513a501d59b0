import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from netflix_pipeline.errors import BadInput, Busy, PipelineError
from netflix_pipeline.monitoring import tell_what_was_told
from netflix_pipeline.monitoring.numbers import Numbers
from netflix_pipeline.services import guard, program
from netflix_pipeline.services.catalogue import SERVICES, Program, Service
from netflix_pipeline.services.program import KeptRunning
from netflix_pipeline.services.supervisor import run
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import ENTRY_POINT
from netflix_pipeline_tests.support.processes import all_below
from netflix_pipeline_tests.support.service import two_weeks
from netflix_pipeline_tests.support.waiting import until

# A web server over the socket that it is given, which says who answers.
WEB = """
import os, signal, socket, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
listener, ready = int(sys.argv[2]), int(sys.argv[4])
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=listener)
server.server_name, server.server_port = server.socket.getsockname()[:2]
if "--turn" in sys.argv:
    print("standing by", flush=True)
    os.read(int(sys.argv[-1]), 1)
print("serving", flush=True)
os.write(ready, b"1")
# As a server does that is to leave: what it was asked it answers.
server.daemon_threads = False
leave = lambda *_: threading.Thread(target=server.shutdown).start()
signal.signal(signal.SIGUSR1, leave)
server.serve_forever()
server.server_close()
"""
# The same with a child that leaves its session, as daemons do, and so escapes a killpg.
PARENT = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
{WEB}"""
DRIVER = """
import sys
from netflix_pipeline.services.catalogue import Program, Service
from netflix_pipeline.services.supervisor import run
from netflix_pipeline.settings import Settings
services = {
    name: Service(f"{name}_port", "/", (Program(name, ("-c", sys.argv[1]), True),), lambda _: None)
    for name in ("api", "dashboard")
}
settings = Settings(api_port=0, dashboard_port=0)
sys.exit(run(list(services), settings, lambda *ready: print(*ready, flush=True), services))
"""
CERTIFICATES = httpx.create_ssl_context()
"""Read once, and not for each request."""

# Starts a driver as a service manager does that holds the socket of the API.
MANAGER = """
import os, sys
held, *command = sys.argv[1:]
os.dup2(int(held), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="api")
os.execv(command[0], command)
"""


def service(*arguments: str, setting: str = "api_port") -> Service:
    name = setting.removesuffix("_port")
    return Service(setting, "/", (Program(name, arguments, listens=True),), lambda _: None)


@contextmanager
def driving(home: Settings, *before: str, **options: object) -> Iterator[subprocess.Popen[str]]:
    """A process that runs two services, each with a child of its own."""
    with (home.root.parent / "told").open("a") as told:
        process = subprocess.Popen(  # type: ignore[call-overload]
            [*before, sys.executable, "-c", DRIVER, PARENT],
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
            env=home.environment() | {"NOTIFY_SOCKET": str(home.root.parent / "notified")},
            **options,
        )
    with process:
        yield process
        process.kill()


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[socket.socket]:
    """What a service manager is told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(tmp_path / "notified"))
        told.settimeout(30)
        yield told


@pytest.fixture
def driver(home: Settings, notified: socket.socket) -> Iterator[subprocess.Popen[str]]:
    with driving(home) as process:
        yield process


def ready(driver: subprocess.Popen[str]) -> dict[str, str]:
    assert driver.stdout is not None
    return dict(driver.stdout.readline().split() for _ in range(2))


def answered_by(url: str) -> int:
    """The process that answers; whoever asks waits until one does."""
    return int(httpx.get(url, trust_env=False, timeout=30).raise_for_status().text)


@contextmanager
def asking(*urls: str, repeated: int = 0) -> Iterator[list[str]]:
    """Meanwhile each address is asked again and again, by a new connection each time.

    What was refused or reset, or answered by an error, is told. What was closed before a word came
    is `repeated` so often, as browsers do (RFC 9112, 9.3.1): a server that is told to leave closes
    a connection that it has accepted and of which it has not read the request yet.
    """
    failed: list[str] = []
    ended = threading.Event()

    def ask(url: str, again: int) -> None:
        try:
            httpx.get(url, trust_env=False, timeout=60, verify=CERTIFICATES).raise_for_status()
        except httpx.HTTPError as error:
            if again and isinstance(error, httpx.RemoteProtocolError):
                ask(url, again - 1)
            else:
                failed.append(f"{url}: {error!r}")

    def keep_asking(url: str) -> None:
        while not ended.wait(0.01):
            ask(url, repeated)

    threads = [threading.Thread(target=keep_asking, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    try:
        yield failed
    finally:
        ended.set()
        for thread in threads:
            thread.join()


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


@pytest.mark.parametrize("killed", ["program", "guard"])
def test_what_dies_is_started_again_with_nothing_left_of_it_and_nobody_refused(
    home: Settings, driver: subprocess.Popen[str], killed: str, tmp_path: Path
) -> None:
    addresses = ready(driver)
    first, second = psutil.Process(driver.pid).children()
    below = [first, *first.children(recursive=True)]
    server = answered_by(addresses["api"])
    assert server in {process.pid for process in below}
    with asking(addresses["dashboard"]) as failed:
        (first if killed == "guard" else psutil.Process(server)).kill()
        until(lambda: not any(process.is_running() for process in below))
        assert answered_by(addresses["api"]) != server
    assert not failed
    assert driver.poll() is None
    assert second.is_running()
    told = (tmp_path / "told").read_text()
    assert "api (process" in told
    assert f"ended with exit code {-9 if killed == 'guard' else 137}" in told
    assert "started again at once" in told
    assert "  serving" in told, "the last lines of its log"
    log = (home.root / "logs" / "api.log").read_text()
    assert log.count("serving") == 2
    assert "supervisor: api (process" in log
    numbers = Numbers()
    tell_what_was_told(numbers, home)
    restarts = {
        sample.labels["service"]: sample.value
        for family in numbers.collect()
        for sample in family.samples
        if sample.name == "netflix_service_restarts_total"
    }
    assert restarts == {"api": 1, "dashboard": 0}


def test_a_hangup_replaces_each_program_without_a_pause(
    driver: subprocess.Popen[str], notified: socket.socket
) -> None:
    addresses = ready(driver)
    assert notified.recv(100) == b"READY=1"
    before = {name: answered_by(url) for name, url in addresses.items()}
    below = psutil.Process(driver.pid).children(recursive=True)
    with asking(*addresses.values()) as failed:
        driver.send_signal(signal.SIGHUP)
        until(lambda: not any(process.is_running() for process in below))
        after = {name: answered_by(url) for name, url in addresses.items()}
    assert not failed
    assert not set(before.values()) & set(after.values())
    driver.terminate()
    assert driver.wait(30) == 0
    assert notified.recv(100) == b"STOPPING=1"


def test_a_socket_that_a_service_manager_holds_outlives_the_supervisor(home: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        before = (sys.executable, "-c", MANAGER, str(held.fileno()))
        for _ in range(2):
            with driving(home, *before, pass_fds=(held.fileno(),)) as driver:
                # Who asked while there was none is answered by the next.
                with asking(url) as failed:
                    assert ready(driver)["api"] == url
                    assert answered_by(url)
                assert not failed
                driver.terminate()
                assert driver.wait(30) == 0


def looking(kept: KeptRunning, comes: Callable[[], bool], *, again: bool = False) -> None:
    """Look at a program as the supervisor does, until something comes to pass."""

    def look() -> bool:
        kept.look(again=again)
        return comes()

    until(look)


def test_a_program_that_keeps_dying_is_started_again_ever_more_slowly_and_without_end(
    home: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(program, "SHORTEST", 0.01)
    monkeypatch.setattr(program, "LONGEST", 0.04)
    home.root.mkdir()
    kept = KeptRunning(Program("mayfly", ("-c", "exit('no such thing')")), home, 0, None)
    kept.begin()
    try:
        looking(kept, lambda: kept.restarts > 5, again=True)
    finally:
        kept.tell_to_end()
        kept.wait()
    told = [record.getMessage().splitlines() for record in caplog.records]
    pauses = [lines[0].partition("started again ")[2].partition(". The")[0] for lines in told]
    assert pauses[:3] == ["at once", "in 0.01 s", "in 0.02 s"]
    for count, lines in enumerate(told[3:5], start=4):
        assert f"{count} times in a row: somebody must look at it" in lines[0]
        assert lines[-1].strip() == "no such thing" or "supervisor" in lines[-1]


def test_a_log_is_begun_anew_where_it_is_full_and_all_of_what_runs_writes_on(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "LOG_LOOKED_AT", 0)
    home.root.mkdir()
    settings = home.model_copy(update={"service_log_megabytes": 0.01})
    counts = "import itertools, time\nfor n in itertools.count(): print(n); time.sleep(0.001)"
    kept = KeptRunning(Program("talker", ("-c", counts)), settings, 0, None)
    kept.begin()
    former = kept.log.with_name("talker.log.1")
    taken: set[int] = set()

    def cut_off_twice() -> bool:
        if former.exists():
            taken.add(int(former.read_bytes().partition(b"\n")[0] or 0))
        return len(taken) == 3

    try:
        looking(kept, cut_off_twice)
        assert kept.log.stat().st_size < 20_000
        assert former.stat().st_size < 20_000
        assert int(former.read_bytes().split()[-1]) > max(taken)
    finally:
        kept.tell_to_end()
        kept.wait()
    told = former.read_bytes() + kept.log.read_bytes()
    assert int(told.split()[-1]) > max(taken)


@contextmanager
def keeping(settings: Settings) -> Iterator[tuple[KeptRunning, str]]:
    """A program that serves and may have a standby, once it answers, and its address."""
    settings.root.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        kept = KeptRunning(
            Program("api", ("-c", WEB), listens=True, stands_by=True), settings, port, listener
        )
        kept.begin()
        try:
            looking(kept, lambda: kept.ready, again=True)
            yield kept, f"http://127.0.0.1:{port}"
        finally:
            kept.tell_to_end()
            kept.wait()


@pytest.fixture
def standby(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[KeptRunning, str]]:
    """A program that serves and has a standby, and its address."""
    monkeypatch.setattr(program, "UNDISTURBED", 0.0)
    with keeping(home) as kept:
        yield kept


def standing_by(kept: KeptRunning, count: int) -> None:
    """Wait until so many of its processes stood by."""
    looking(kept, lambda: kept.log.read_text().count("standing by") == count, again=True)


@pytest.mark.parametrize("killed", ["program", "guard"])
def test_a_standby_takes_over_from_what_dies_and_another_stands_by(
    standby: tuple[KeptRunning, str], killed: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept, url = standby
    for deaths in range(1, 4):
        standing_by(kept, deaths)
        there = {each.pid for each in psutil.Process().children(recursive=True)}
        server = answered_by(url)
        process = psutil.Process(server)
        ((process.parent() or process) if killed == "guard" else process).kill()
        looking(kept, lambda: kept.restarts == deaths, again=True)  # noqa: B023 (called at once)
        assert answered_by(url) in there - {server}, "it had stood by"
        assert not process.is_running()
    told = [record.getMessage().partition(". The")[0] for record in caplog.records]
    assert [text.partition("; ")[2] for text in told] == ["its standby takes over"] * 3


def test_a_standby_that_dies_disturbs_nobody(standby: tuple[KeptRunning, str]) -> None:
    kept, url = standby
    server = answered_by(url)
    for count in (1, 2):
        standing_by(kept, count)
        *_, waits = sorted(psutil.Process().children(), key=lambda each: each.create_time())
        waits.kill()
    standing_by(kept, 3)
    assert answered_by(url) == server
    assert kept.restarts == 0
    assert "its standby ended with exit code -9" in kept.log.read_text()


def test_a_restart_gives_the_standby_the_new_code_too(standby: tuple[KeptRunning, str]) -> None:
    kept, url = standby
    standing_by(kept, 1)
    before = [
        each for each in psutil.Process().children(recursive=True) if "--turn" in each.cmdline()
    ]
    assert before
    kept.restart()
    looking(kept, lambda: kept.settled, again=True)
    standing_by(kept, 2)
    looking(kept, lambda: not any(each.is_running() for each in before), again=True)
    assert answered_by(url)


def test_no_standby_is_kept_where_none_is_wanted(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "UNDISTURBED", 0.0)
    with keeping(home.model_copy(update={"standby": False})) as (kept, url):
        answered_by(url)
        for _ in range(20):
            kept.look(again=True)
        assert "standing by" not in kept.log.read_text()


def test_one_that_cannot_replace_another_leaves_it_be(
    home: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "broken"
    script = f"import os\nif os.path.exists({str(broken)!r}): exit('a bad release')\n{WEB}"
    home.root.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        kept = KeptRunning(Program("api", ("-c", script), listens=True), home, port, listener)
        kept.begin()
        try:
            looking(kept, lambda: kept.ready)
            server = answered_by(f"http://127.0.0.1:{port}")
            broken.touch()
            kept.restart()
            assert not kept.settled
            looking(kept, lambda: kept.settled)
            assert answered_by(f"http://127.0.0.1:{port}") == server
        finally:
            kept.tell_to_end()
            kept.wait()
    assert "could not be started anew: the one that runs goes on" in caplog.text
    assert "a bad release" in caplog.text


def test_api_and_dashboard_are_restarted_and_killed_and_refuse_nobody(tmp_path: Path) -> None:
    home = two_weeks(tmp_path / "home").settings
    ports = {"NETFLIX_API_PORT": "0", "NETFLIX_DASHBOARD_PORT": "0"}
    process = subprocess.Popen(
        [*ENTRY_POINT, "serve", "api", "dashboard"],
        env=home.environment() | ports,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline().split() for _ in range(2)]
            addresses = {name: url for name, url, *_ in lines}
            urls = [f"{addresses['api']}/v1/analytics", f"{addresses['dashboard']}/titles"]
            with asking(*urls, repeated=1) as failed:
                before = all_below(process.pid)
                process.send_signal(signal.SIGHUP)
                until(lambda: not any(each.is_running() for each in before), pause=0.2)
            assert not failed
            # A worker that is killed: only what was in flight there is cut off.
            worker = max(all_below(process.pid), key=lambda each: each.memory_info().rss)
            worker.kill()
            for url in urls:
                httpx.get(url, trust_env=False, timeout=60).raise_for_status()
        finally:
            process.terminate()


def test_a_service_that_dies_before_it_has_started_ends_the_others_and_is_named_with_its_last_words(
    home: Settings,
) -> None:
    settings = home.model_copy(update={"api_port": 0, "dashboard_port": 0})
    services = {
        "api": service("-c", WEB),
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
            run(["api"], settings, lambda name, url: None, {"api": service("-c", "")})
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
