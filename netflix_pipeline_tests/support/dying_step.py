"""A step that dies at a moment, within this process: from then on it touches no file any more.

So nothing that would tidy up behind it does, as after kill -9; locks end with the step. Moments are
those of the crash tests, which kill real processes.
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path

from netflix_pipeline_tests.support.dying import MOMENTS
from netflix_pipeline_tests.support.homes import copied


class Killed(BaseException):
    """The step is dead."""


class _Moments:
    """Counts what is done to files below a home, and refuses all from a moment on."""

    def __init__(self) -> None:
        self.home = ""
        self.at = 0
        self.count = 0
        self.look: Callable[[int], None] | None = None
        self._lock = threading.RLock()
        self._looking = False
        sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.home and event in MOMENTS and str(arguments[0]).startswith(self.home):
            with self._lock:  # whoever else touches a file waits
                if not self._looking:
                    self._next()

    def _next(self) -> None:
        self.count += 1
        if self.at and self.count >= self.at:
            raise Killed
        if self.look is not None:
            self._looking = True
            try:
                self.look(self.count)
            finally:
                self._looking = False


_moments: list[_Moments] = []


def left(
    step: Callable[[], object], home: Path, kept: Path, following: Callable[[int], int]
) -> dict[int, Path]:
    """Take a step that lives; what lay below the home at some of its moments, copied to `kept`.

    That is what a kill at that moment leaves, without the steps of before taken again for each.
    The first moment is one of them, and of each `following` tells the next.
    """
    found: dict[int, Path] = {}
    wanted = 1

    def look(at: int) -> None:
        nonlocal wanted
        if at == wanted:
            found[at] = copied(home, kept / str(at))
            wanted = following(at)

    moments = _known()
    moments.look = look
    try:
        assert lived(step, home, 0)
    finally:
        moments.look = None
    return found


def _known() -> _Moments:
    if not _moments:
        _moments.append(_Moments())  # a hook stays as long as the process
    return _moments[0]


def lived(step: Callable[[], object], home: Path, at: int) -> bool:
    """Take a step that is killed at its moment number `at` (0: never); returns whether it lived."""
    moments = _known()
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
