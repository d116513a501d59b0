"""The files that are to be taken in: those that are named, and of folders those that are known."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from netflix_pipeline.errors import (
    BadInput,
    PipelineError,
    UnrecognisedSource,
    ends_one,
    may_pass,
)
from netflix_pipeline.sources.chunk import Options
from netflix_pipeline.sources.files import find_files
from netflix_pipeline.sources.format_detection import open_file
from netflix_pipeline.sources.source_file import SourceFile

LONGEST = 300
"""Characters of a reason: the columns of what is no table at all can be pages of text."""


@dataclass(frozen=True)
class Skipped:
    """A data file of a folder that was left, and in one line why.

    No adapter knows it, or it is `damaged`: it cannot even be looked at.
    """

    path: Path
    reason: str
    damaged: bool = False


def open_all(paths: Iterable[Path], options: Options) -> tuple[list[SourceFile], list[Skipped]]:
    """The files at the paths with their formats recognised, and those that were skipped.

    Of a folder, files that no adapter knows or that cannot be read are skipped as long as there is
    another. Raises
    UnrecognisedSource, telling what was looked for, for a file that is named itself and for a
    folder without a known one, and BadInput for what cannot be read.
    """
    sources: list[SourceFile] = []
    skipped: list[Skipped] = []
    for path in paths:
        known: list[SourceFile] = []
        unknown: dict[Path, BadInput] = {}
        for file in find_files(path):
            try:
                known.append(_opened(file, options))
            except BadInput as error:
                unknown[file] = error
        if unknown and not known:
            raise next(iter(unknown.values()))
        sources += known
        skipped += [
            Skipped(file, _reason(file, error), not isinstance(error, UnrecognisedSource))
            for file, error in unknown.items()
        ]
    return sources, skipped


def _opened(file: Path, options: Options) -> SourceFile:
    """The file as `open_file` gives it; BadInput too where a library fails at it."""
    try:
        return open_file(file, options)
    except BaseException as error:
        if isinstance(error, PipelineError) or not ends_one(error) or may_pass(error):
            raise
        raise BadInput(
            f"{file}: it cannot be looked at ({type(error).__name__}: {error}); "
            "check that it is whole, or report it"
        ) from error


def _reason(path: Path, error: BadInput) -> str:
    line = str(error).removeprefix(f"{path}: ").splitlines()[0]
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
