"""Where the records of a text lie: by the places of its line breaks, quotes and delimiters.

A record is a line; or several, where a quoted field holds line breaks. A quote that does not begin
or end a field is a stray one and spoils its own line only. So does one that opens a field which
is not closed within MAX_LINES lines, or whose record has a wrong number of fields, or swallows a
line that is itself a whole record (of MIN_FIELDS fields or more, which text hardly ever is).
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netflix_pipeline.sources.chunk import Lines

MAX_LINES = 50
MIN_FIELDS = 4
STRETCH = 1 << 15
"""Bytes of a text that are told plain or not at once; they fit the processor's cache."""
NEWLINE, RETURN, QUOTE = 10, 13, 34
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """The columns of a delimited text and what parts them."""

    columns: tuple[str, ...]
    delimiter: str


class RecordKind(IntEnum):
    """What a record is: none at all, no row, a row without quotes, with them, of several lines."""

    BLANK = 0
    BAD = 1
    PLAIN = 2
    QUOTED = 3
    SEVERAL = 4


Kinds = NDArray[np.int8]


@dataclass(frozen=True)
class Cut:
    """A text cut into records: each line is a plain row, but for the records that are listed.

    Of these: first line (from 0), number of lines, first byte, byte behind the last, and Kind.
    `used` and `lines` tell how much of the text was cut. Where the cut is not `exact`, a line with
    too few fields may pass for a row, but only where another one has too many.
    """

    line: Lines
    height: Lines
    start: Places
    end: Places
    kind: Kinds
    used: int
    lines: int
    exact: bool

    def of(self, kind: RecordKind) -> Places:
        """Which of the listed records are of a kind."""
        return np.flatnonzero(self.kind == kind)

    @property
    def rows(self) -> Lines:
        """The lines at which rows begin, ascending."""
        begins = np.ones(self.lines, bool)
        begins[self.line[self.kind < RecordKind.PLAIN]] = False
        for at in self.of(RecordKind.SEVERAL).tolist():
            begins[self.line[at] + 1 : self.line[at] + self.height[at]] = False
        return np.flatnonzero(begins)


class Stretch(NamedTuple):
    """Whole lines of a text: from which byte to which, the first line (from 0), how many."""

    begin: int
    end: int
    line: int
    lines: int

    def joined(self, later: Self) -> Self:
        """Both, and what lies between them."""
        return self._replace(end=later.end, lines=later.line + later.lines - self.line)


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


def cut_records(
    text: bytes, stretches: list[Stretch], layout: Layout, *, last: bool, exact: bool = False
) -> Cut:
    """Cut a text that begins with a record and, but for the last, ends with a line break.

    A quoted field that may go on in the next block is left to it. Unless it must be `exact`, lines
    are looked at one by one only in stretches that hold quotes or worse, or too few delimiters.
    """
    exact = exact or len(layout.columns) == 1
    lines = lines_of(stretches)
    whole = [Stretch(0, len(text), 0, lines)]
    seen = _look(text, whole if exact else _suspects(text, stretches, layout), layout)
    kind, end = seen.kind.copy(), seen.end.copy()
    height = np.ones(len(kind), np.int64)
    kept = kind != RecordKind.PLAIN
    used_lines, used = lines, len(text)
    pattern = record_pattern(layout)
    candidates = np.flatnonzero(seen.odd).tolist()
    behind = -1
    for place, at in enumerate(candidates):
        if at <= behind:
            continue
        first, begin = int(seen.line[at]), int(seen.start[at])
        # Only the next line with an odd number of quotes can close what this one opened.
        other = candidates[place + 1] if place + 1 < len(candidates) else None
        if other is None and not last and lines - first <= MAX_LINES:
            used_lines, used = first, begin
            kept[at:] = False
            break
        if other is None or seen.line[other] - first >= MAX_LINES:
            continue
        if len(layout.columns) >= MIN_FIELDS and (kind[at + 1 : other] >= RecordKind.PLAIN).any():
            continue
        record = text[begin : end[other]]
        if b"\0" not in record and pattern.fullmatch(record) and is_utf8(record):
            kind[at], end[at], height[at] = RecordKind.SEVERAL, end[other], other - at + 1
            kept[at + 1 : other + 1] = False
            behind = other
    listed = np.flatnonzero(kept)
    line, height, start = seen.line[listed], height[listed], seen.start[listed]
    return Cut(line, height, start, end[listed], kind[listed], used, used_lines, exact)


def stretches_of(text: bytes) -> list[Stretch]:
    """The text in stretches, one behind the other."""
    codes = np.frombuffer(text, np.uint8)
    stretches: list[Stretch] = []
    begin = line = 0
    while begin < len(text):
        end = text.find(b"\n", begin + STRETCH - 1) + 1 or len(text)
        lines = int(np.count_nonzero(codes[begin:end] == NEWLINE)) + (text[end - 1] != NEWLINE)
        stretches.append(Stretch(begin, end, line, lines))
        begin, line = end, line + lines
    return stretches


def lines_of(stretches: list[Stretch]) -> int:
    """The lines of a text in stretches."""
    return stretches[-1].line + stretches[-1].lines


def _suspects(text: bytes, stretches: list[Stretch], layout: Layout) -> list[Stretch]:
    """The stretches in which not every line is a plain row."""
    codes = np.frombuffer(text, np.uint8)
    delimiter, parts = ord(layout.delimiter), len(layout.columns) - 1
    marks = [mark for mark in (b'"', b"\0") if mark in text]
    sound = is_utf8(text)
    suspects: list[Stretch] = []
    for one in stretches:
        if (
            np.count_nonzero(codes[one.begin : one.end] == delimiter) == one.lines * parts
            and all(text.find(mark, one.begin, one.end) == -1 for mark in marks)
            and (sound or is_utf8(text[one.begin : one.end]))
        ):
            continue
        # A record may reach from one into the next: then what it swallows is looked at, too.
        if suspects and one.line - suspects[-1].line - suspects[-1].lines < MAX_LINES:
            suspects[-1] = suspects[-1].joined(one)
        else:
            suspects.append(one)
    return suspects


@dataclass(frozen=True)
class _Seen:
    """Lines that were looked at, each by itself; `odd` are those with an odd number of quotes."""

    line: Lines
    start: Places
    end: Places
    kind: Kinds
    odd: Flags


def _look(text: bytes, stretches: list[Stretch], layout: Layout) -> _Seen:
    """What the lines of some stretches of a text are."""
    looked_at = b"".join([text[one.begin : one.end] for one in stretches])
    start, end = bounds_of(looked_at)
    kind, odd = _kinds(looked_at, start, end, layout)
    begins, ends, first_lines, lines = np.array(stretches, np.int64).reshape(-1, 4).T
    sizes = ends - begins
    below = np.repeat(first_lines - (np.cumsum(lines) - lines), lines)
    before = np.repeat(begins - (np.cumsum(sizes) - sizes), lines)
    return _Seen(np.arange(len(start)) + below, start + before, end + before, kind, odd)


def bounds_of(text: bytes) -> tuple[Places, Places]:
    """Where each line of a text begins and ends."""
    end = _places(np.frombuffer(text, np.uint8), NEWLINE)
    if text and text[-1] != NEWLINE:
        end = np.append(end, len(text))
    start = np.empty_like(end)
    start[:1] = 0
    np.add(end[:-1], 1, out=start[1:])
    return start, end


def _kinds(text: bytes, start: Places, end: Places, layout: Layout) -> tuple[Kinds, Flags]:
    """What each line of a text is by itself, and whether its number of quotes is odd."""
    codes = np.frombuffer(text, np.uint8)
    parting = codes == ord(layout.delimiter)
    count = len(start)
    length = end - start
    blank = length == 0
    blank |= (length == 1) & (codes[np.minimum(start, len(text) - 1)] == RETURN)
    fields = _sums(parting, start) + 1
    odd = np.zeros(count, bool)
    broken = np.zeros(count, bool)
    quoted = np.zeros(count, bool)
    quotes = _places(codes, QUOTE)
    if quotes.size:
        home = np.searchsorted(end, quotes)
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
        good[np.searchsorted(end, _places(codes, 0))] = False
    if not is_utf8(text):
        high = np.unique(np.searchsorted(end, _places(codes, 128, above=True)))
        for at in high.tolist():
            good[at] &= is_utf8(text[start[at] : end[at]])
    kind = np.where(good, np.where(quoted, RecordKind.QUOTED, RecordKind.PLAIN), RecordKind.BAD)
    kind[blank] = RecordKind.BLANK
    return kind.astype(np.int8), odd


def _places(codes: NDArray[np.uint8], code: int, *, above: bool = False) -> Places:
    """Where a byte (or one at or above it) occurs, in stretches that fit the processor's cache."""
    parts = [np.zeros(0, np.int64)]
    for at in range(0, len(codes), STRETCH):
        stretch = codes[at : at + STRETCH]
        places = np.flatnonzero(stretch >= code if above else stretch == code)
        places += at
        parts.append(places)
    return np.concatenate(parts)


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


def field_pattern(layout: Layout) -> re.Pattern[str]:
    """The fields of a good record one after the other: what stands in quotes, or what does not.

    The csv module ends a row at any carriage return: to Polars, and here, one is part of its field.
    """
    mark = re.escape(layout.delimiter)
    return re.compile(rf'(?:^|{mark})(?:"([^"]*(?:""[^"]*)*)"|([^{mark}]*))')


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
