"""A text that comes in blocks, as pieces of whole records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.chunk import Lines
from netflix_pipeline.sources.files import until_damage
from netflix_pipeline.sources.readers.record_scanner import (
    Cut,
    Layout,
    Places,
    RecordKind,
    Stretch,
    bounds_of,
    cut_records,
    decoded,
    lines_of,
    stretches_of,
)

LONGEST_LINE = 1 << 24


@dataclass(frozen=True)
class Piece:
    """Whole records of a text that comes in blocks, from its byte `place` and `first_line` on.

    `cut` is None where every line is a record: where there are no quotes.
    """

    text: bytes
    place: int
    first_line: int
    lines: int
    stretches: list[Stretch]
    cut: Cut | None

    @cached_property
    def bounds(self) -> tuple[Places, Places]:
        """Where each line begins and ends."""
        return bounds_of(self.text)

    def records(self, lines: Sequence[int] | Lines) -> list[bytes]:
        """The records that start at these lines of the file, without the last line break."""
        at = np.asarray(lines, np.int64) - self.first_line
        start, end = self.bounds
        if self.cut is not None and (several := self.cut.of(RecordKind.SEVERAL)).size:
            end = end.copy()
            end[self.cut.line[several]] = self.cut.end[several]
        return [self.text[a:b] for a, b in zip(start[at].tolist(), end[at].tolist(), strict=True)]

    def raw(self, lines: Sequence[int]) -> list[str]:
        """The text of the records that start at these lines of the file."""
        return [decoded(record) for record in self.records(lines)]


def pieces(
    blocks: Iterator[bytes], first_line: int, layout: Layout | None, place: int = 0
) -> Iterator[Piece]:
    """A text in blocks as pieces of whole records; the first begins at that line and byte.

    Without a layout every line is a record, whatever quotes it holds. Raises BadInput at a line
    that is too long to be a row.
    """
    rest = b""
    line = first_line
    damage: list[BadInput] = []
    for block in chain(until_damage(blocks, damage), [None]):
        if block is None:
            # The line that damage cut off is no record.
            end = rest.rfind(b"\n") + 1 if damage else len(rest)
            text, behind = rest[:end], rest[end:]
        else:
            end = block.rfind(b"\n") + 1
            text = b"".join((rest, memoryview(block)[:end])) if end else b""
            behind = block[end:] if end else rest + block
        piece = _piece(text, place, line, layout, last=block is None)
        if piece is None:
            rest = text + behind
        else:
            yield piece
            line += piece.lines
            place += len(piece.text)
            rest = text[len(piece.text) :] + behind
        if len(rest) > LONGEST_LINE and b"\n" not in rest:
            raise BadInput(
                f"line {line} is longer than {LONGEST_LINE >> 20} MB: from there on this is no "
                "table; what came before it was read"
            )
    if damage:
        raise damage[0]


def _piece(
    text: bytes, place: int, line: int, layout: Layout | None, *, last: bool
) -> Piece | None:
    if not text:
        return None
    stretches = stretches_of(text)
    if layout is None or b'"' not in text:
        return Piece(text, place, line, lines_of(stretches), stretches, None)
    cut = cut_records(text, stretches, layout, last=last)
    if not cut.used:
        return None
    if cut.used < len(text):
        text = text[: cut.used]
        stretches = stretches_of(text)
    return Piece(text, place, line, cut.lines, stretches, cut)
