"""A step that dies at a moment, within this process: from then on it touches no file any more.

So nothing that would tidy up behind it does, as after kill -9; locks end with the step. Moments are
those of the crash tests, which kill real processes.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from netflix_pipeline_tests.support.dying import MOMENTS


class Killed(BaseException):
    """The step is dead."""


class _Moments:
    """Counts what is done to files below a home, and refuses all from a moment on."""

    def __init__(self) -> None:
        self.home = ""
        self.at = 0
        self.count = 0
        sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.home and event in MOMENTS and str(arguments[0]).startswith(self.home):
            self.count += 1
            if self.at and self.count >= self.at:
                raise Killed


_moments: list[_Moments] = []


def lived(step: Callable[[], object], home: Path, at: int) -> bool:
    """Take a step that is killed at its moment number `at` (0: never); returns whether it lived."""
    if not _moments:
        _moments.append(_Moments())  # a hook stays as long as the process
    moments = _moments[0]
    moments.home, moments.at, moments.count = str(home), at, 0
    try:
        step()
    except Killed:
        return False
    finally:
        moments.home = ""
    return True


def moments_of(step: Callable[[], object], home: Path) -> int:
    """Take a step; returns its number of moments."""
    assert lived(step, home, 0)
    return _moments[0].count
