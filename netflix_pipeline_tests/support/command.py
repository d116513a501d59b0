"""Runs the command as people do, in this process to be fast, or in one of its own."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netflix_pipeline.cli import main

# Who runs the tests in the background may have Ctrl-C ignored, and that is inherited.
HEARS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
ENTRY_POINT = [sys.executable, "-c", f"{HEARS}; from netflix_pipeline.cli import main; main()"]


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        (line,) = self.out.splitlines()
        return json.loads(line)


@dataclass(frozen=True)
class Command:
    """`netflix-pipeline` in a home."""

    home: Path

    def __call__(self, *arguments: object) -> Ran:
        """Run it in this process, through its entry point."""
        out, err = io.StringIO(), io.StringIO()
        code: object = 0
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("NETFLIX_HOME", str(self.home))
            patched.setattr(sys, "argv", ["netflix-pipeline", *map(str, arguments)])
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    main()
                except SystemExit as ended:
                    code = ended.code or 0
        assert isinstance(code, int)
        return Ran(code, out.getvalue(), err.getvalue())

    def ok(self, *arguments: object) -> Ran:
        """Run it and see that it is done."""
        ran = self(*arguments)
        assert ran.code == 0, ran.err
        return ran

    def start(
        self, *arguments: object, environment: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """Start it in a process of its own."""
        told = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            **options,
        }
        return subprocess.Popen(
            [*ENTRY_POINT, *map(str, arguments)],
            env={**os.environ, "NETFLIX_HOME": str(self.home), **(environment or {})},
            **told,
        )

    def apart(self, *arguments: object, **options: Any) -> Ran:
        """Run it in a process of its own."""
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=300)
        return Ran(process.returncode, out, err)


HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds,progress"


def event(
    event_id: str,
    time: str = "2026-01-31T20:00:00Z",
    user: str = "ann",
    title: str = "film",
    action: str = "stopped",
    seconds: str = "600",
) -> str:
    return ",".join((event_id, user, title, time, action, seconds, "0.5"))


def write(path: Path, rows: Sequence[str], header: str = HEADER) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
BOUND = f"""
import ctypes, os, sys
if sys.platform == "linux":
    for capability in ({CAP_DAC_OVERRIDE}, {CAP_DAC_READ_SEARCH}):
        ctypes.CDLL(None).prctl({PR_CAPBSET_DROP}, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Runs Python bound by permissions as everybody is, also where root runs the tests."""


def bound(command: Command, *arguments: object) -> Ran:
    ran = subprocess.run(
        [
            *(sys.executable, "-c", BOUND, "-c"),
            "from netflix_pipeline.cli import main; main()",
            *map(str, arguments),
        ],
        env={**os.environ, "NETFLIX_HOME": str(command.home)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)
