"""The files that are to be taken in: those that are named, and of folders those that are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netflix_pipeline.errors import UnrecognisedSource
from netflix_pipeline.sources.files import find_files
from netflix_pipeline.sources.source_file import SourceFile, open_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from netflix_pipeline.sources.chunk import Options

LONGEST = 300
"""Characters of a reason: the columns of what is no table at all can be pages of text."""


@dataclass(frozen=True)
class Skipped:
    """A data file of a folder that no adapter knows, and in one line why."""

    path: Path
    reason: str


def open_all(paths: Iterable[Path], options: Options) -> tuple[list[SourceFile], list[Skipped]]:
    """The files at the paths with their formats recognised, and those that were skipped.

    Of a folder, files that no adapter knows are skipped as long as it knows one of them. Raises
    UnrecognisedSource, telling what was looked for, for a file that is named itself and for a
    folder without a known one, and BadInput for what cannot be read.
    """
    sources: list[SourceFile] = []
    skipped: list[Skipped] = []
    for path in paths:
        known: list[SourceFile] = []
        unknown: dict[Path, UnrecognisedSource] = {}
        for file in find_files(path):
            try:
                known.append(open_file(file, options))
            except UnrecognisedSource as error:
                unknown[file] = error
        if unknown and not known:
            raise next(iter(unknown.values()))
        sources += known
        skipped += [Skipped(file, _reason(file, error)) for file, error in unknown.items()]
    return sources, skipped


def _reason(path: Path, error: UnrecognisedSource) -> str:
    line = str(error).removeprefix(f"{path}: ").splitlines()[0]
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
