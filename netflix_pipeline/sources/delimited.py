"""Delimited text: fast where it is clean, and never losing a good row where it is not.

A piece without quotes whose delimiters add up is read by Polars as it is. Any other piece is cut
into records first: what is no row is set aside, the rest is read by Polars all the same.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from netflix_pipeline.sources.chunk import Records, unparsable
from netflix_pipeline.sources.cutting import (
    Cut,
    Layout,
    Piece,
    Places,
    count_of,
    cut_records,
    decoded,
    is_utf8,
    record_pattern,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_delimited(piece: Piece, layout: Layout) -> Records:
    """The records of a piece of delimited text, all columns as text, empty ones null."""
    if piece.cut is None and (frame := _read_clean(piece, layout)) is not None:
        lines = np.arange(piece.first_line, piece.first_line + frame.height, dtype=np.int64)
        return Records(frame, lines, unparsable((), (), ()), piece.raw)
    cut = piece.cut or cut_records(piece.text, layout, last=True)
    frame, order = _read_cut(piece.text, cut, layout)
    bad = np.flatnonzero(cut.bad)
    refused = [
        piece.text[a:b] for a, b in zip(cut.start[bad].tolist(), cut.end[bad].tolist(), strict=True)
    ]
    return Records(
        frame,
        cut.line[order] + piece.first_line,
        unparsable(
            (cut.line[bad] + piece.first_line).tolist(),
            [decoded(record) for record in refused],
            [_why(record, layout) for record in refused],
        ),
        piece.raw,
    )


def read_rows(raws: Sequence[str], layout: Layout) -> Records:
    """Raw records read again, each by itself; `lines` tells which they are, from 1."""
    fields = record_pattern(layout)
    rows: list[list[str]] = []
    lines: list[int] = []
    refused: list[tuple[int, str, str]] = []
    for at, raw in enumerate(raws, 1):
        record = raw.rstrip("\r\n")
        if fields.fullmatch(record.encode()) and "\0" not in record and "\ufffd" not in record:
            rows.append(next(csv.reader(io.StringIO(record), delimiter=layout.delimiter)))
            lines.append(at)
        else:
            refused.append((at, raw, "no row of as many fields as the file has columns"))
    frame = _empty_to_null(
        pl.DataFrame(rows, schema=dict.fromkeys(layout.columns, pl.String), orient="row")
    )
    at_lines, texts, details = zip(*refused, strict=True) if refused else ((), (), ())
    return Records(
        frame,
        np.array(lines, np.int64),
        unparsable(at_lines, texts, details),
        lambda wanted: [raws[line - 1] for line in wanted],
    )


def _read_clean(piece: Piece, layout: Layout) -> pl.DataFrame | None:
    """The frame of a piece without quotes that is a table throughout; None when it is not."""
    parts = count_of(piece.text, ord(layout.delimiter))
    if parts != piece.lines * (len(layout.columns) - 1) or b"\0" in piece.text:
        return None
    return _parse(piece.text, layout, piece.lines, quoted=False)


def _parse(text: bytes, layout: Layout, rows: int, *, quoted: bool) -> pl.DataFrame | None:
    """What Polars makes of the text; None when it is not so many whole rows."""
    if not rows:
        return pl.DataFrame(schema=dict.fromkeys(layout.columns, pl.String))
    try:
        frame = pl.read_csv(
            text,
            has_header=False,
            schema=dict.fromkeys(layout.columns, pl.String),
            separator=layout.delimiter,
            quote_char='"' if quoted else None,
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != rows:
        return None
    return _empty_to_null(frame) if quoted else frame


def _empty_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.when(pl.all() != "").then(pl.all()))


def _read_cut(text: bytes, cut: Cut, layout: Layout) -> tuple[pl.DataFrame, Places]:
    """The rows of the good records, and their places among the records.

    Records of several lines are read by themselves: no parser then has to cut inside a field.
    """
    single = np.flatnonzero(cut.good & ~cut.many)
    several = np.flatnonzero(cut.many)
    plain = _joined(text, cut.start[single], cut.end[single])
    frame = _parse(plain, layout, len(single), quoted=bool(cut.quoted[single].any()))
    if frame is None:
        frame = _by_rows(text, cut, single, layout)
    if not several.size:
        return frame, single
    order = np.concatenate((single, several))
    frame = pl.concat((frame, _by_rows(text, cut, several, layout)))
    rank = np.argsort(order, kind="stable")
    return frame[rank], order[rank]


def _joined(text: bytes, start: Places, end: Places) -> bytes:
    """The records one a line; those that lie side by side are taken in one piece."""
    if not len(start):
        return b""
    apart = np.flatnonzero(start[1:] != end[:-1] + 1)
    begins = np.append(0, apart + 1)
    stops = np.append(apart, len(start) - 1)
    view = memoryview(text)
    pieces = [view[a:b] for a, b in zip(start[begins].tolist(), end[stops].tolist(), strict=True)]
    return b"\n".join(pieces)


def _by_rows(text: bytes, cut: Cut, at: Places, layout: Layout) -> pl.DataFrame:
    """The rows of some good records, read one by one."""
    records = (
        text[a:b].removesuffix(b"\r").decode()
        for a, b in zip(cut.start[at].tolist(), cut.end[at].tolist(), strict=True)
    )
    rows = [
        next(csv.reader(io.StringIO(record, newline=""), delimiter=layout.delimiter))
        for record in records
    ]
    return _empty_to_null(
        pl.DataFrame(rows, schema=dict.fromkeys(layout.columns, pl.String), orient="row")
    )


def _why(record: bytes, layout: Layout) -> str:
    """Why a record is no row, for people."""
    if b"\0" in record:
        return "holds NUL bytes"
    if not is_utf8(record):
        return "is not UTF-8"
    fields = record.count(layout.delimiter.encode()) + 1
    if b'"' in record:
        return "holds a quote that does not begin and end a field"
    return f"has {fields} fields, the header {len(layout.columns)}"
