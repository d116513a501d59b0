"""A disk without room, and a loss of power, under events that come in and under commands."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.measured import command
from benchmarks.recovery.disk import Disk
from benchmarks.recovery.killed import LOOK, PATIENCE, PROGRAM, answers
from benchmarks.recovery.load import Told, asked, lost, unaccounted
from benchmarks.tables import head, row
from netflix_pipeline.engines import HOST, free_port
from netflix_pipeline.services.catalogue import SERVICES

COMMANDS = ("ingest", "drain", "materialize", "publish")


@contextmanager
def api(disk: Disk) -> Iterator[str]:
    """The address of the API whose home lies on that disk; ends with kill -9 of all of it."""
    (program,) = SERVICES["api"].programs
    port = free_port()
    with subprocess.Popen(
        program.command(HOST, port),
        env={**disk.environment, "NETFLIX_CANARY_SECONDS": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        url = f"http://{HOST}:{port}"
        try:
            _until(f"{url}/health", process)
            yield url
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _until(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while not answers(url):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{url} does not answer")
        time.sleep(LOOK)


def power_of_the_api(home: Path, folder: Path, seconds: float) -> tuple[Told, int, Path]:
    """Events come in for so long, then the power is lost.

    What was acknowledged, how much of it is lost, and the home as it is found.
    """
    disk = Disk(home, folder)
    with api(disk) as url, asked(url) as told:
        time.sleep(seconds)
    found = disk.after_power_loss(folder / "found")
    return told, lost(found, told.acknowledged), found


def no_room_for_the_api(home: Path, folder: Path, seconds: float) -> tuple[Told, int, float]:
    """The disk is full for so long while events come in, has room again, and loses its power.

    What was acknowledged, how much of it is lost, and how many seconds after there was room again
    an event was taken in.
    """
    disk = Disk(home, folder)
    with api(disk) as url, asked(url) as told:
        _until_one_more(told)
        disk.is_full(True)
        time.sleep(seconds)
        disk.is_full(False)
        begun = time.perf_counter()
        _until_one_more(told)
        again = time.perf_counter() - begun
    found = disk.after_power_loss(folder / "found")
    return told, lost(found, told.acknowledged), again


def _until_one_more(told: Told) -> None:
    before, end = len(told.acknowledged), time.monotonic() + PATIENCE
    while len(told.acknowledged) == before:
        if time.monotonic() > end:
            raise RuntimeError(f"no event was taken in within {PATIENCE:.0f} s")
        time.sleep(LOOK)


def power_of_a_command(
    home: Path, folder: Path, arguments: Sequence[str], seconds: float | None
) -> tuple[Path, bool]:
    """A command runs for so many seconds, or to its end, then the power is lost.

    The home as it is found, and whether the command had ended.
    """
    disk = Disk(home, folder)
    with subprocess.Popen(
        [PROGRAM, *arguments],
        env=disk.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        done = process.poll() == 0
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if seconds is None and not done:
        raise RuntimeError(f"{' '.join(arguments)} failed before the power was lost")
    return disk.after_power_loss(folder / "found"), done


def tell(home: Path, folder: Path, raw: Path, seconds: float, seed: int) -> None:
    """Print what is lost, and how long it takes until all is well again."""
    head("the API", "events acknowledged", "refused", "lost", "again after s", "goal of lost")
    told, gone, _ = power_of_the_api(_copy(home, folder, "power"), folder / "power", seconds)
    row("power lost", len(told.acknowledged), told.refused_events, gone, "", "≤ 0")
    told, gone, again = no_room_for_the_api(_copy(home, folder, "full"), folder / "full", seconds)
    row(
        "disk full, then power lost",
        len(told.acknowledged),
        told.refused_events,
        gone,
        f"{again:.2f}",
        "≤ 0",
    )
    chance = random.Random(seed)
    head(
        "power lost in a command",
        "ended before",
        "again s",
        "ledger differs",
        "goal of ledger differs",
    )
    for name in COMMANDS:
        words = (name, str(raw)) if name == "ingest" else (name,)
        for what, at in (("on its way", chance.uniform(0.5, 3.0)), ("after its end", None)):
            place = folder / f"{name}-{what.replace(' ', '-')}"
            began = _copy(home, place, "before")
            found, done = power_of_a_command(began, place, words, at)
            begun = time.perf_counter()
            command(found, *words, "--json")
            again = time.perf_counter() - begun
            row(f"`{name}`, {what}", done, f"{again:.2f}", unaccounted(found), "≤ 0")
            shutil.rmtree(place)


def _copy(home: Path, folder: Path, name: str) -> Path:
    """A home of its own."""
    to = folder / f"{name}-home"
    shutil.copytree(home, to, symlinks=True)
    (folder / name).mkdir(exist_ok=True)
    return to
