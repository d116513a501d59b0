"""A process between a program and whoever started it, so that nothing is ever left behind.

Run as `python guard.py SECONDS COMMAND…`. Its standard input is a pipe whose other end only the
starter holds: when that closes, because the starter wants so or is gone, even by kill -9, the
program is asked to end; whatever of it, its children and theirs still runs after SECONDS is
killed. It ends with the program's exit code, or 0 where it was told to stop. Descriptors that are
handed to it are handed on, and so is SIGUSR1.

On Linux every orphan below it becomes its own child, so none escapes by changing its session;
and should the guard itself be killed, the kernel asks the program to end.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

import psutil

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LEFT = 0.5
"""Seconds that what a program leaves behind when it dies has to end: another waits to begin."""


def prctl(option: int, value: int) -> None:
    """Ask the kernel for a property of this process; nothing where it is not Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def below() -> list[psutil.Process]:
    """Every living process below this one."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def ended(pid: int) -> int | None:
    """Collect what has ended; the exit code of process `pid` if it is among them."""
    code = None
    with suppress(ChildProcessError):
        while (child := os.waitpid(-1, os.WNOHANG))[0]:
            if child[0] == pid:
                code = os.waitstatus_to_exitcode(child[1])
    return code


def end(pid: int, grace: float) -> None:
    """End the program `pid` and everything below: asked first, killed after `grace` seconds."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    # The program itself first: it knows how to end its children in order.
    psutil.wait_procs([process for process in below() if process.pid == pid], timeout=grace)
    end_below(grace / 4)


def end_below(grace: float) -> None:
    """End everything below: asked first, killed after `grace` seconds."""
    for process in below():
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    psutil.wait_procs(below(), timeout=grace)
    while rest := below():
        for process in rest:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(rest, timeout=1)


def main(grace: float, command: list[str]) -> int:
    """Run the command until it ends, standard input closes or a signal comes."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    readable, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    for number in (
        *(signal.SIGCHLD, signal.SIGUSR1),
        *(signal.SIGTERM, signal.SIGINT, signal.SIGHUP),
    ):
        signal.signal(number, lambda *_: None)

    program = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        close_fds=False,  # those that are inheritable were handed over
        preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM),  # noqa: PLW1509 (one thread)
    )
    while True:
        ready, _, _ = select.select([sys.stdin.fileno(), readable], [], [])
        came = set(os.read(readable, 64)) if readable in ready else set()
        if signal.SIGUSR1 in came:
            with suppress(ProcessLookupError):
                os.kill(program.pid, signal.SIGUSR1)
        if not came or came - {signal.SIGCHLD, signal.SIGUSR1}:
            end(program.pid, grace)
            return 0
        code = ended(program.pid)
        if code is not None:
            end_below(LEFT)
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
