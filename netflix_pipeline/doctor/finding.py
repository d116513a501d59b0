"""What a check found."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["well", "warn", "bad"]
"""`warn`: it works, and somebody should look; `bad`: something does not work, or soon will not."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: where, what it is like, and what to do where it is not well.

    `check` is the name of the check that found it.
    """

    state: State
    where: str
    what: str
    remedy: str = ""
    check: str = ""


def well(where: Path | str, what: str) -> Finding:
    """It is as it should be."""
    return Finding("well", str(where), what)


def warn(where: Path | str, what: str, remedy: str) -> Finding:
    """It works, and somebody should look."""
    return Finding("warn", str(where), what, remedy)


def bad(where: Path | str, what: str, remedy: str) -> Finding:
    """It does not work, or soon will not."""
    return Finding("bad", str(where), what, remedy)
