"""Appends records from a process of its own.

`python appending.py NAME COUNT [BROKEN_AFTER]`: appends COUNT records `{"n": "NAME-<number>"}` to
the log that the settings name, one after the other, and prints the number of each once it is
durable, or the error that it met. After BROKEN_AFTER records every fsync fails.
"""

import ctypes
import errno
import json
import platform
import struct
import sys
from datetime import UTC, datetime

from netflix_pipeline.errors import PipelineError
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.settings import Settings

SYSCALLS = {
    # seccomp, fsync, fdatasync
    "x86_64": (317, 74, 75),
    "aarch64": (277, 82, 83),
}
SET_MODE_FILTER = 1
FOR_ALL_THREADS = 1
NO_NEW_PRIVILEGES = 38
LOAD_SYSCALL = (0x20, 0, 0, 0)
ALLOW = (0x06, 0, 0, 0x7FFF0000)
FAIL = (0x06, 0, 0, 0x00050000 | errno.EIO)


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def break_fsync() -> None:
    """From here on, the kernel tells every thread of this process that nothing can be synced."""
    seccomp, fsync, fdatasync = SYSCALLS[platform.machine()]
    steps = [LOAD_SYSCALL, (0x15, 1, 0, fsync), (0x15, 0, 1, fdatasync), FAIL, ALLOW]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    libc = ctypes.CDLL(None, use_errno=True)
    program = Program(len(steps), code)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.syscall(
        seccomp, SET_MODE_FILTER, FOR_ALL_THREADS, ctypes.byref(program)
    ):
        raise OSError(ctypes.get_errno(), "seccomp")


def main(name: str, count: int, broken_after: int | None = None) -> None:
    log = open_log(Settings())
    for number in range(count):
        if number == broken_after:
            break_fsync()
        line = json.dumps({"n": f"{name}-{number}"}).encode()
        try:
            log.append(datetime.now(UTC), [line]).result(60)
        except PipelineError as error:
            print("error", type(error).__name__, flush=True)  # noqa: T201 (the test reads it)
        else:
            print(number, flush=True)  # noqa: T201
    log.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
