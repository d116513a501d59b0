"""Folders that cannot be read or written and disks that are full, for real."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from netflix_pipeline.generate import generate
from netflix_pipeline_tests.support.command import Command, Ran, bound, event, write
from netflix_pipeline_tests.support.locks import stopped_holder


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that gets its rights back after the test."""
    folder = tmp_path / "closed"
    folder.mkdir()
    yield folder
    folder.chmod(0o700)


def test_a_folder_without_read_rights_is_told_and_touches_nothing(
    command: Command, tmp_path: Path, closed: Path
) -> None:
    data = closed.parent / "data"
    write(data / "a.csv", [event("e1")])
    write(closed / "b.csv", [event("e2")])
    closed = closed.rename(data / "closed")
    closed.chmod(0o000)
    try:
        ran = bound(command, "ingest", data, "--json")
    finally:
        closed.chmod(0o700)
        closed.rename(tmp_path / "closed")
    assert (ran.code, ran.out) == (1, "")
    assert f"{closed}: it cannot be read" in ran.err
    assert "Traceback" not in ran.err
    assert not command.home.exists()


def test_a_file_without_read_rights_is_told(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [event("e1")])
    path.chmod(0o000)
    ran = bound(command, "ingest", path)
    assert ran.code == 1
    assert str(path) in ran.err
    assert "Permission denied" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", [["ingest"], ["materialize"], ["publish"], ["demo"]])
def test_a_home_that_cannot_be_written_is_told(
    tmp_path: Path, closed: Path, arguments: list[str]
) -> None:
    closed.chmod(0o500)
    path = write(tmp_path / "a.csv", [event("e1")])
    told = [*arguments, path] if arguments == ["ingest"] else arguments
    ran = bound(Command(closed / "home"), *told)
    assert (ran.code, ran.out) == (1, "")
    assert str(closed) in ran.err
    assert "Permission denied" in ran.err
    assert "NETFLIX_HOME" in ran.err
    assert "Traceback" not in ran.err


@dataclass
class Disk:
    """A disk with little space: a file system of its own where that may be mounted, else a limit
    on the size of files, which programs meet in the same way.
    """

    folder: Path
    size: int
    mounted: bool = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.mounted = self._mount(f"size={self.size}")

    def _mount(self, options: str) -> bool:
        if sys.platform != "linux" or os.geteuid() != 0:
            return False
        told = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)]
        return subprocess.run(told, capture_output=True, check=False).returncode == 0

    @property
    def options(self) -> dict[str, Any]:
        """How a process meets the full disk."""
        if self.mounted:
            return {}
        limit = (self.size // 16, self.size // 16)
        return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)}

    def grow(self) -> None:
        """From now on there is space enough."""
        if self.mounted:
            assert self._mount("remount,size=200m")

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "disk", 400 << 10)
    yield disk
    disk.close()


def test_a_full_disk_is_told_nothing_half_written_stays_and_the_rest_goes_on(
    disk: Disk, tmp_path: Path
) -> None:
    command = Command(disk.folder / "home")
    few = write(tmp_path / "few.csv", [event(f"e{number}") for number in range(20)])
    generated = generate(
        tmp_path / "many",
        events=20_000,
        users=300,
        titles=50,
        days=2,
        seed=1,
        end=date(2026, 1, 31),
        dirty=False,
    )
    many = generated.paths["watch_events"]

    ran = command.apart("ingest", few, many, "--json", **disk.options)
    assert ran.code == 1
    assert ran.json["total"]["stored"] == 20
    assert_told(ran)
    status = command.ok("status", "--json").json
    assert status["ledger"]["stored"] == 20
    rows = status["tables"]["bronze/watch_events"]["rows"]
    assert rows == 20
    assert not [path for path in command.home.rglob("*.tmp") if path.is_file()]

    ran = command.apart("materialize", "--json", **disk.options)
    assert (ran.code, ran.out) == (1, "")
    assert_told(ran)
    assert command.ok("status", "--json").json["snapshot"] is None

    disk.grow()
    assert command.ok("ingest", few, many, "--json").json["total"]["stored"] == 20_020
    assert command.ok("materialize", "--json").json["snapshot"] == 1
    assert command.ok("status", "--json").json["pending_days"] == []


def assert_told(ran: Ran) -> None:
    last = ran.err.splitlines()[-1]
    assert last.startswith("error: ")
    assert "full" in last or "disk I/O error" in last
    assert "Free space" in last or "has space" in last
    assert "Traceback" not in ran.err


def test_who_holds_the_home_is_told(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [event("e1")])
    with stopped_holder(command.home / "ingest.lock") as pid:
        process = command.start("ingest", path)
        assert process.stderr is not None
        told = [process.stderr.readline(), process.stderr.readline()]
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert "another ingest is running" in told[0]
    assert f"held by process {pid} " in told[1]
