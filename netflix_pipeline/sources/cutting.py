"""Where the records of a text lie: by the places of its line breaks, quotes and delimiters.

A record is a line; or several, where a quoted field holds line breaks. A quote that does not begin
or end a field is a stray one and spoils its own line only. So does one that opens a field which
is not closed within MAX_LINES lines, or whose record has a wrong number of fields, or swallows a
line that is itself a whole record (of MIN_FIELDS fields or more, which text hardly ever is).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netflix_pipeline.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netflix_pipeline.sources.chunk import Lines

MAX_LINES = 50
MIN_FIELDS = 4
LONGEST_LINE = 1 << 24
STRETCH = 1 << 18
NEWLINE, RETURN, QUOTE = 10, 13, 34
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """The columns of a delimited text and what parts them."""

    columns: tuple[str, ...]
    delimiter: str


@dataclass(frozen=True)
class Cut:
    """A text cut into records: first line (from 0), first byte, byte behind the last, and kind.

    `good` are rows of as many fields as there are columns, `bad` none; `many` marks those of
    several lines, `quoted` those with quotes.
    """

    line: Lines
    start: Places
    end: Places
    good: Flags
    many: Flags
    quoted: Flags
    used: int
    lines: int

    @property
    def bad(self) -> Flags:
        """The records that are no rows."""
        return ~self.good


@dataclass(frozen=True)
class Piece:
    """Whole records of a text that comes in blocks, from `first_line` on.

    `cut` is None where every line is a record: where there are no quotes.
    """

    text: bytes
    first_line: int
    lines: int
    cut: Cut | None

    @cached_property
    def bounds(self) -> tuple[Places, Places]:
        """Where each line begins and ends."""
        breaks = np.flatnonzero(np.frombuffer(self.text, np.uint8) == NEWLINE)
        return np.concatenate(([0], breaks + 1)), np.append(breaks, len(self.text))

    def raw(self, lines: Sequence[int]) -> list[str]:
        """The text of the records that start at these lines of the file."""
        at = np.asarray(lines, np.int64) - self.first_line
        if self.cut is None:
            start, end = self.bounds
        else:
            at = np.searchsorted(self.cut.line, at)
            start, end = self.cut.start, self.cut.end
        return [
            decoded(self.text[a:b])
            for a, b in zip(start[at].tolist(), end[at].tolist(), strict=True)
        ]


def count_of(text: bytes, code: int) -> int:
    """How often a byte occurs, in stretches that fit the processor's cache."""
    codes = np.frombuffer(text, np.uint8)
    return sum(
        int(np.count_nonzero(codes[at : at + STRETCH] == code))
        for at in range(0, len(codes), STRETCH)
    )


def decoded(record: bytes) -> str:
    """The record's text without its line break; U+FFFD stands for bytes that are no UTF-8."""
    return record.removesuffix(b"\r").decode(errors="replace")


def pieces(blocks: Iterator[bytes], first_line: int, layout: Layout | None) -> Iterator[Piece]:
    """A text in blocks as pieces of whole records; `first_line` is the line of its first byte.

    Without a layout every line is a record, whatever quotes it holds. Raises BadInput at a line
    that is too long to be a row.
    """
    rest = b""
    line = first_line
    failure: BadInput | None = None
    block: bytes | None = b""
    while block is not None:
        try:
            block = next(blocks, None)
        except BadInput as error:
            block, failure = None, error
        if block is None:
            # The line that damage cut off is no record.
            text, behind = (rest, b"") if failure is None else _whole_lines(rest)
        else:
            end = block.rfind(b"\n") + 1
            text = b"".join((rest, memoryview(block)[:end])) if end else b""
            behind = block[end:] if end else rest + block
        piece = _piece(text, line, layout, last=block is None)
        if piece is None:
            rest = text + behind
        else:
            yield piece
            line += piece.lines
            rest = text[len(piece.text) :] + behind
        if len(rest) > LONGEST_LINE and b"\n" not in rest:
            raise BadInput(
                f"line {line} is longer than {LONGEST_LINE >> 20} MB: from there on this is no "
                "table; what came before it was read"
            )
    if failure is not None:
        raise failure


def _whole_lines(text: bytes) -> tuple[bytes, bytes]:
    end = text.rfind(b"\n") + 1
    return text[:end], text[end:]


def _piece(text: bytes, line: int, layout: Layout | None, *, last: bool) -> Piece | None:
    if not text:
        return None
    if layout is None or b'"' not in text:
        lines = count_of(text, NEWLINE) + (text[-1] != NEWLINE)
        return Piece(text, line, lines, None)
    cut = cut_records(text, layout, last=last)
    if not cut.used:
        return None
    return Piece(text if cut.used == len(text) else text[: cut.used], line, cut.lines, cut)


def cut_records(text: bytes, layout: Layout, *, last: bool) -> Cut:
    """Cut a text that begins with a record and, but for the last, ends with a line break.

    Blank lines are left out. A quoted field that may go on in the next block is left to it.
    """
    codes = np.frombuffer(text, np.uint8)
    breaks = _places(codes, NEWLINE)
    parting = codes == ord(layout.delimiter)
    start = np.concatenate(([0], breaks + 1))
    end = np.append(breaks, len(text))
    if start[-1] == len(text):
        start, end = start[:-1], end[:-1]
    count = len(start)
    length = end - start
    blank = (length == 0) | ((length == 1) & (codes[np.minimum(start, len(text) - 1)] == RETURN))
    fields = _sums(parting, start) + 1
    odd = np.zeros(count, bool)
    broken = np.zeros(count, bool)
    quoted = np.zeros(count, bool)
    quotes = _places(codes, QUOTE)
    if quotes.size:
        home = np.searchsorted(breaks, quotes)
        number = np.bincount(home, minlength=count)
        quoted, odd = number > 0, number % 2 == 1
        first = np.cumsum(number) - number
        opening = (np.arange(len(quotes)) - first[home]) % 2 == 0
        fits = _fits(codes, quotes, opening, start[home], end[home], ord(layout.delimiter))
        broken[home[~fits]] = True
        opens = np.flatnonzero(opening[:-1] & (home[:-1] == home[1:]))
        if opens.size:
            pairs = np.column_stack((quotes[opens], quotes[opens + 1])).ravel()
            inside = _sums(parting, pairs)[::2]
            fields -= np.bincount(home[opens], inside, minlength=count).astype(np.int64)
    good = ~odd & ~broken & (fields == len(layout.columns))
    if b"\0" in text:
        nul = np.zeros(count, bool)
        nul[np.searchsorted(breaks, _places(codes, 0))] = True
        good &= ~nul
    if not is_utf8(text):
        high = np.unique(np.searchsorted(breaks, _places(codes, 128, above=True)))
        for at in high.tolist():
            good[at] &= is_utf8(text[start[at] : end[at]])
    keep = ~blank
    many = np.zeros(count, bool)
    used_lines, used = count, len(text)
    pattern = record_pattern(layout)
    candidates = np.flatnonzero(odd).tolist()
    behind = -1
    for at, line in enumerate(candidates):
        if line <= behind:
            continue
        # Only the next line with an odd number of quotes can close what this one opened.
        other = candidates[at + 1] if at + 1 < len(candidates) else None
        if other is None and not last and count - line <= MAX_LINES:
            used_lines, used = line, int(start[line])
            break
        if other is None or other - line >= MAX_LINES:
            continue
        if len(layout.columns) >= MIN_FIELDS and good[line + 1 : other].any():
            continue
        record = text[start[line] : end[other]]
        if b"\0" not in record and pattern.fullmatch(record) and is_utf8(record):
            good[line] = many[line] = True
            end[line] = end[other]
            keep[line + 1 : other + 1] = False
            behind = other
    keep[used_lines:] = False
    kept = np.flatnonzero(keep)
    return Cut(kept, start[kept], end[kept], good[kept], many[kept], quoted[kept], used, used_lines)


def _places(codes: NDArray[np.uint8], code: int, *, above: bool = False) -> Places:
    """Where a byte (or one at or above it) occurs, in stretches that fit the processor's cache."""
    found = [np.zeros(0, np.int64)]
    for at in range(0, len(codes), STRETCH):
        stretch = codes[at : at + STRETCH]
        places = np.flatnonzero(stretch >= code if above else stretch == code)
        places += at
        found.append(places)
    return np.concatenate(found)


def _sums(flags: Flags, bounds: Places) -> Places:
    """How many flags are set between each bound and the next one, and behind the last."""
    # Two bytes suffice but for spans that are longer than they can count.
    sums = np.add.reduceat(flags.view(np.uint8), bounds, dtype=np.uint16).astype(np.int64)
    stops = np.append(bounds[1:], len(flags))
    for at in np.flatnonzero(stops - bounds >= 1 << 16).tolist():
        sums[at] = np.count_nonzero(flags[bounds[at] : stops[at]])
    return sums


def _fits(
    codes: NDArray[np.uint8],
    quotes: Places,
    opening: Flags,
    start: Places,
    end: Places,
    delimiter: int,
) -> Flags:
    """Which quotes stand where one may: begin a field, end one, or are half of a doubled one."""
    before = codes[np.maximum(quotes - 1, 0)]
    behind = codes[np.minimum(quotes + 1, len(codes) - 1)]
    begins = (quotes == start) | (before == delimiter) | (before == QUOTE)
    ends = (quotes + 1 == end) | (behind == delimiter) | (behind == QUOTE)
    ends |= (behind == RETURN) & (quotes + 2 == end)
    fits: Flags = np.where(opening, begins, ends)
    return fits


def record_pattern(layout: Layout) -> re.Pattern[bytes]:
    """What a whole record looks like, without its line break."""
    mark = re.escape(layout.delimiter.encode())
    part = rb'(?:"(?:[^"]|"")*+"|[^"\n%b]*+)' % mark
    return re.compile(rb"%b(?:%b%b){%d}\r?" % (part, mark, part, len(layout.columns) - 1))


def is_utf8(text: bytes) -> bool:
    """Whether the bytes are UTF-8 throughout."""
    if text.isascii():
        return True
    if len(text) <= STRETCH:
        try:
            text.decode()
        except UnicodeDecodeError:
            return False
        return True
    # Arrow looks at a whole block without making a copy of it.
    offsets = pa.py_buffer(np.array([0, len(text)], np.int64).tobytes())
    whole = pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(text))
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
