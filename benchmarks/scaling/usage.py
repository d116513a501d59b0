"""What processes take, and who is connected to PostgreSQL."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

OTHERS = """
SELECT client_port FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
EVERY = 0.2
"""Seconds between two looks at the connections."""


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and of all below it, those that ended and were waited for too."""
    root = psutil.Process(pid)
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            told = process.cpu_times()
            total += told.user + told.system + told.children_user + told.children_system
    return total


def most_megabytes(pid: int) -> float:
    """The most memory that a process ever had."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert told
    return int(told[1]) / 1024


def connected(connection: psycopg.Connection[Any]) -> int:
    """How many connections to PostgreSQL others than this process have."""
    here = psutil.Process()
    before = {one.laddr.port for one in here.net_connections("tcp")}
    ports = [port for (port,) in connection.execute(OTHERS).fetchall()]
    own = before | {one.laddr.port for one in here.net_connections("tcp")}
    return sum(port not in own for port in ports)


@contextmanager
def watched(look: Callable[[], int]) -> Iterator[list[int]]:
    """What looks give, a few each second, until the end."""
    seen = [look()]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY):
            seen.append(look())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()
