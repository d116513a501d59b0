"""What fails by itself: a row, day, batch or file at which code raises does not stop the others.

It is set aside and told. Rows of which no file of their own is kept wait in quarantine as
`processing_failed`, from where they are replayed after a fix. What may succeed later is no such
failure: it is raised.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from netflix_pipeline.contracts import PROCESSING_FAILED
from netflix_pipeline.errors import PipelineError, ends_one, may_pass

log = logging.getLogger(__name__)

TAKEN_AGAIN = (
    "They wait in quarantine: once that is mended, "
    f"netflix-pipeline quarantine replay --reason {PROCESSING_FAILED}"
)

TRIES = 200
"""How often it is tried to tell rows that fail from their neighbours."""

LONGEST = 300
"""Characters of an error that are told."""

T = TypeVar("T")


def sets_aside(error: BaseException) -> bool:
    """Whether what raised the error would raise it again: only that is set aside."""
    return ends_one(error) and not may_pass(error)


def one_line(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    if isinstance(error, PipelineError):
        return text
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"{type(error).__name__}: {text}"


@dataclass
class Failures:
    """What failed by itself in a piece of work, a sentence for each."""

    told: list[str] = field(default_factory=list)

    def note(self, what: str, error: BaseException) -> None:
        """Take note that `what` failed. Raises what may pass.

        The log gets the traceback of what is no error for people.
        """
        if not sets_aside(error):
            raise error
        if not isinstance(error, PipelineError):
            log.error("%s", what, exc_info=error)
        sentence = (
            one_line(error) if isinstance(error, PipelineError) else f"{what}: {one_line(error)}"
        )
        if sentence not in self.told:
            self.told.append(sentence)

    def __str__(self) -> str:
        return "; ".join(self.told)

    @contextmanager
    def ends(self, what: str) -> Iterator[None]:
        """What is done in this context ends where it raises, and is told as `what`."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001 (what may pass is raised again)
            self.note(what, error)


def without_failing(
    work: Callable[[Sequence[int]], T], places: Sequence[int]
) -> tuple[T, list[int], BaseException | None]:
    """What `work` gives for the places at which it does not raise; the others; what it raised.

    They are looked for by halves. Where too many fail, or only together, their neighbours are
    among them.
    """
    try:
        return work(places), [], None
    except BaseException as error:
        if not sets_aside(error) or not places:
            raise
        first = error
    tries = 0

    def failing(places: Sequence[int]) -> list[int]:
        nonlocal tries
        tries += 1
        try:
            work(places)
        except BaseException as error:
            if not sets_aside(error):
                raise
        else:
            return []
        if len(places) == 1 or tries > TRIES:
            return list(places)
        half = len(places) // 2
        return failing(places[:half]) + failing(places[half:]) or list(places)

    result = failing(places)
    apart = set(result)
    rest = [place for place in places if place not in apart]
    try:
        return work(rest), result, first
    except BaseException as error:
        if not sets_aside(error):
            raise
    return work([]), list(places), first
