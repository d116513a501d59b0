"""Locks that somebody else holds, without end."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from netflix_pipeline.settings import Settings

HOLDS = """
import sys, time
from pathlib import Path
from netflix_pipeline.lake import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def locked(home: Settings) -> Iterator[None]:
    """Meanwhile nobody reads or writes the database of state."""
    path = home.state / "state.sqlite"
    opened = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    with closing(opened) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("COMMIT")


@contextmanager
def stopped_holder(path: Path) -> Iterator[int]:
    """A process that holds the lock, and is stopped as by Ctrl-Z; its number."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        yield process.pid
    finally:
        process.kill()
        process.communicate()
