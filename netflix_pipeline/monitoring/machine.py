"""What a process tells of the machine that it runs on: processors, memory, disk, network."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psutil
from prometheus_client.metrics_core import CounterMetricFamily

from netflix_pipeline.monitoring.numbers import Numbers, Sample

IDLE = {"idle", "iowait", "guest", "guest_nice"}
"""Kinds of time in which a processor is free, or that are told within another kind."""


def tell_machine(numbers: Numbers, home: Path) -> None:
    """Let them be read; the disk is the one of the home."""
    counters: tuple[tuple[str, str, Callable[[], Iterable[Sample] | float | None], str], ...] = (
        (
            "netflix_machine_cpu_seconds",
            "Seconds for which the machine's processors worked, of all of them together",
            _busy,
            "",
        ),
        (
            "netflix_machine_disk_io_bytes",
            "Bytes read from and written to the machine's disks",
            _disk_io,
            "direction",
        ),
        (
            "netflix_machine_network_bytes",
            "Bytes that came in and went out over the machine's network",
            _network,
            "direction",
        ),
    )
    for name, text, value, label in counters:
        numbers.tell(name, text, value, (label,) if label else (), CounterMetricFamily)
    numbers.tell("netflix_machine_cpus", "Processors of the machine", psutil.cpu_count)
    numbers.tell(
        "netflix_machine_memory_size_bytes",
        "Memory of the machine",
        lambda: psutil.virtual_memory().total,
    )
    numbers.tell(
        "netflix_machine_memory_available_bytes",
        "Memory that is free, or can be given to others at once",
        lambda: psutil.virtual_memory().available,
    )
    numbers.tell(
        "netflix_machine_memory_used_ratio",
        "Share of the machine's memory that is used and cannot be given to others",
        lambda: psutil.virtual_memory().percent / 100,
    )
    numbers.tell(
        "netflix_disk_size_bytes",
        "Size of the disk that holds the home",
        lambda: shutil.disk_usage(_existing(home)).total,
    )
    numbers.tell(
        "netflix_disk_available_bytes",
        "Room that is left on it",
        lambda: shutil.disk_usage(_existing(home)).free,
    )
    process = psutil.Process()
    numbers.tell("netflix_process_threads", "Threads of the process", process.num_threads)
    numbers.tell(
        "netflix_process_io_bytes",
        "Bytes that were read from disks and written to them for the process",
        lambda: _process_io(process),
        ("direction",),
        CounterMetricFamily,
    )


def _busy() -> float:
    times: dict[str, float] = psutil.cpu_times()._asdict()
    return sum(seconds for kind, seconds in times.items() if kind not in IDLE)


def _disk_io() -> list[Sample]:
    told = psutil.disk_io_counters()  # None where there is no disk of its own
    return [(("read",), told.read_bytes), (("written",), told.write_bytes)] if told else []


def _process_io(process: psutil.Process) -> list[Sample]:
    try:
        told = process.io_counters()
    except psutil.Error:  # some containers do not let it be read
        return []
    return [(("read",), told.read_bytes), (("written",), told.write_bytes)]


def _network() -> list[Sample]:
    told: Any = psutil.net_io_counters()  # None where there is none
    return [(("in",), told.bytes_recv), (("out",), told.bytes_sent)] if told else []


def _existing(path: Path) -> Path:
    """The home, or the folder in which it will be made."""
    return next(each for each in (path, *path.parents) if each.exists())
