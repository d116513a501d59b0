"""Rows of a text found again by their lines, reading no more of it than must be."""

from bisect import bisect
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.files import is_as_stored, open_bytes, text_lines
from netflix_pipeline.sources.readers.pieces import Piece
from netflix_pipeline.sources.readers.record_scanner import decoded


class Marks:
    """Where some of a text's lines begin: few enough to keep, so many that any other is near."""

    def __init__(self) -> None:
        self._lines = [1]
        self._places = [0]
        self._next = 1

    def note(self, piece: Piece) -> None:
        """Take note of a piece, unless it was read before."""
        if piece.first_line >= self._next:
            self._lines += [piece.first_line + one.line for one in piece.stretches]
            self._places += [piece.place + one.begin for one in piece.stretches]
            self._next = piece.first_line + piece.lines

    def before(self, line: int) -> tuple[int, int]:
        """The last noted line that is not behind this one, and the byte at which it begins."""
        at = bisect(self._lines, line) - 1
        return self._lines[at], self._places[at]


def find_rows(path: Path, wanted: Sequence[int], marks: Marks, *, quotes: bool) -> dict[int, str]:
    """The text of the rows that start at these ascending lines of a file, by line.

    `quotes` says that a row goes on behind a line break within quotes. Raises BadInput when the
    file is shorter than it was.
    """
    rows: dict[int, str] = {}
    with open_bytes(path) as file:
        as_stored = is_as_stored(path)
        lines = file if as_stored else text_lines(path)
        at = 1
        for line in wanted:
            known, place = marks.before(line)
            if known > at and as_stored:
                file.seek(place)
                at = known
            row = list(islice(lines, line - at, line - at + 1))
            if not row:
                raise BadInput(
                    f"{path}: line {line} is gone: the file was changed while it was read"
                )
            while quotes and b"".join(row).count(b'"') % 2 and (more := next(lines, b"")):
                row.append(more)
            rows[line] = decoded(b"".join(row).removesuffix(b"\n"))
            at = line + len(row)
    return rows
