"""Commands below a guard each: nothing of them is left, however whoever started them ends."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from typing_extensions import override

from netflix_pipeline.services import guard


class Guarded(AbstractContextManager["Guarded"]):
    """What is started through it ends with it, all at once.

    Each is asked first, and killed with all that it started after `grace` seconds. Ctrl-C in a
    terminal does not reach them.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        command: Sequence[str | Path],
        folder: Path,
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Run a command in a folder. What it prints goes to `log`, else where ours goes."""
        with ExitStack() as stack:
            lines = None if log is None else stack.enter_context(log.open("ab"))
            process = subprocess.Popen(
                [sys.executable, "-I", guard.__file__, str(self._grace), *command],
                stdin=subprocess.PIPE,
                stdout=lines,
                stderr=lines,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    @override
    def __exit__(self, *_: object) -> None:
        # All are told before the first is waited for.
        for process in self._started:
            assert process.stdin is not None
            process.stdin.close()
        for process in self._started:
            process.wait()
