"""What another process is told of a database that this one has open."""

import subprocess
import sys
from pathlib import Path

ASK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    connection.execute("BEGIN EXCLUSIVE")
except sqlite3.OperationalError as error:
    sys.exit(str(error))
"""


def is_locked(path: Path) -> bool:
    """Whether SQLite lets another process not have the file for itself."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, path], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() in ("", "database is locked")
    return bool(done.returncode)
