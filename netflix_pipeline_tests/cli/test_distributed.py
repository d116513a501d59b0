"""The demo on what many machines share: it works, and leaves nothing behind."""

import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest
import redis
from redis.exceptions import AuthenticationError

from netflix_pipeline.engines import HOST, S3, Postgres, Redis
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.days import events_of, from_day
from netflix_pipeline_tests.support.engine_processes import needs

DAYS, SHARE = 5, 2
ADDRESS = re.compile(rf"^ +(\w+) +(http://{re.escape(HOST)}:\d+)$", re.MULTILINE)
BUILT_BY = re.compile(r"^ *(\d\S+ to \d\S+) +(worker-\d)@", re.MULTILINE)
ENGINE = re.compile(rf"^ +(\w[\w, ]*?) +{re.escape(HOST)}:(\d+)$", re.MULTILINE)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for all that is temporary, into which PostgreSQL's user gets as well."""
    with tempfile.TemporaryDirectory(prefix="distributed-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def demo(command: Command, temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo of a few days, of which two make a run."""
    needs(Postgres, Redis, S3)
    file = command.home.with_name("events.csv")
    file.write_text(events_of(from_day(datetime.now(UTC).date() - timedelta(days=DAYS), DAYS)))
    with command.start(
        *("demo", "--distributed", file),
        environment={"TMPDIR": str(temporary), "NETFLIX_BACKFILL_DAYS": str(SHARE)},
    ) as started:
        yield started
        started.kill()  # where the test failed: whatever it started ends with it


def listening(processes: list[psutil.Process]) -> set[tuple[str, int]]:
    """Where they listen."""
    found = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # one that served a connection that ended
            found |= {
                (connection.laddr.ip, connection.laddr.port)
                for connection in process.net_connections("inet")
                if connection.status == psutil.CONN_LISTEN
            }
    return found


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def assert_nobody_else_gets_in(told: str) -> None:
    """Other users of the machine reach Redis, and pages in its browser what speaks HTTP."""
    ports = {name: int(port) for name, port in ENGINE.findall(told)}
    assert len(ports) == 4
    for name in ("Redis, events and runs", "Redis, a cache"):
        with redis.Redis(HOST, ports[name]) as client, pytest.raises(AuthenticationError):
            client.ping()
    address = f"http://{HOST}:{ports['S3']}/viewing"
    answer = httpx.get(address, headers={"Origin": "https://example.org"}, trust_env=False)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_all_of_it_runs_on_engines_and_is_gone_in_the_end(
    command: Command, temporary: Path, demo: subprocess.Popen[str]
) -> None:
    assert demo.stdout is not None
    told = ""
    for line in demo.stdout:
        told += line
        if line.startswith("Ctrl-C"):
            break
    else:
        pytest.fail(f"{told}{demo.communicate()[1]}")
    below = psutil.Process(demo.pid).children(recursive=True)
    ports = listening(below)
    assert {host for host, _ in ports} == {HOST}
    assert_nobody_else_gets_in(told)

    addresses: dict[str, list[str]] = {}
    for name, url in ADDRESS.findall(told):
        addresses.setdefault(name, []).append(url)
    assert {name: len(urls) for name, urls in addresses.items()} == {
        "dashboard": 1,
        "api": 2,
        "dagster": 1,
    }
    by = dict(BUILT_BY.findall(told))
    assert set(by.values()) == {"worker-1", "worker-2"}
    assert len(by) > 2
    assert "Both APIs answer from snapshot 1, and alike." in told
    assert "was live at the other after" in told
    with httpx.Client(trust_env=False, timeout=60) as client:
        assert client.get(addresses["dashboard"][0]).status_code == 200
        assert client.get(f"{addresses['dagster'][0]}/server_info").status_code == 200
        status = client.get(f"{addresses['api'][1]}/ready").json()
        assert status["status"] == "ready", status

    demo.send_signal(signal.SIGINT)
    rest, complaints = demo.communicate()
    assert demo.returncode == 0, complaints
    assert "error" not in complaints, complaints
    assert f"{temporary}/" in rest
    assert not list(filter(lives, below))
    for host, port in ports:
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{host}:{port}", trust_env=False)
    assert not list(temporary.iterdir())
    assert not command.home.exists()


def test_what_is_not_installed_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    ran = command("demo", "--distributed")
    assert ran.code == 1
    assert "not installed: " in ran.err
    assert "Redis (redis-server)" in ran.err
    assert "make demo ARGS=--distributed" in ran.err
    assert not command.home.exists()
