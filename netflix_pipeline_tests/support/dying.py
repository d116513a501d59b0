"""The command in a process that kills itself (-9) at a given moment.

Run as `python dying.py COUNT AT DELAY COMMAND…`. Moments are counted by what the process does to
files below its home: at moment AT it is killed, DELAY seconds later, while it goes on (0: right
there, before the file is touched). Without AT (0) it lives, and writes the number of moments to
the file COUNT.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from netflix_pipeline.cli import main

MOMENTS = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate"}


def run(count: Path, at: int, delay: float, home: str) -> None:
    moments = 0

    def die() -> None:
        time.sleep(delay)
        os.kill(os.getpid(), signal.SIGKILL)

    def on_event(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal moments
        if event in MOMENTS and str(arguments[0]).startswith(home):
            moments += 1
            if moments == at:
                if delay:
                    threading.Thread(target=die, daemon=True).start()
                else:
                    die()

    sys.addaudithook(on_event)
    try:
        main()
    finally:
        told = moments
        count.write_text(str(told))


if __name__ == "__main__":
    count, at, delay = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    sys.argv = ["netflix-pipeline", *sys.argv[4:]]
    run(count, at, delay, os.environ["NETFLIX_HOME"])
