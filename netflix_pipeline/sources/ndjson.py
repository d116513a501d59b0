"""Newline-delimited JSON: read as a whole where it can be, line by line where it cannot.

A bare NaN or Infinity is not JSON, yet many programs write it: it stands for a missing number and
never disturbs its neighbours. An object that tells a name twice is no row, because readers differ
in which of them they take. Every scalar becomes text here and is typed later like any text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import polars as pl

from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.sources.chunk import Raw, Records, unparsable
from netflix_pipeline.sources.cutting import Flags, Piece, count_of, decoded
from netflix_pipeline.sources.json_object import REPEATED, repeats_a_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEAD_LINES = 100
STRETCH = 512
# A quote after anything but a structural sign closes a key, so what follows is no part of a text.
BARE_NUMBER = re.compile(rb'(?<=[^\s:,{\["\\])("\s*:\s*)(?:NaN|-?Infinity)(?=\s*[,}])')
_names = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
HALF_SIGNS = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")


def ndjson_columns(path: Path, head: bytes) -> tuple[str, ...]:
    """The names in the first lines' objects, in the order of their appearance.

    Raises BadInput for a JSON array, UnrecognisedSource when no line is an object.
    """
    names: dict[str, None] = {}
    for line in head.split(b"\n", HEAD_LINES)[:HEAD_LINES]:
        told = _object(line.decode(errors="replace"))
        if isinstance(told, dict):
            names.update(dict.fromkeys(told))
    if not names and head.lstrip().startswith(b"["):
        raise BadInput(f"{path}: this is a JSON array; write one object a line (NDJSON)")
    if not names:
        raise UnrecognisedSource(f"{path}: none of the first lines is a whole JSON object")
    return tuple(names)


def read_ndjson(piece: Piece, wanted: Sequence[str]) -> Records:
    """The objects of a piece of NDJSON in the wanted columns, as text, empty ones null."""
    start, end = piece.bounds
    codes = np.frombuffer(piece.text, np.uint8)
    # A line's first and last sign tell blank lines and most torn ones without reading them.
    end = end - ((end > start) & (codes[end - 1] == 13))
    filled = np.flatnonzero(end > start)
    start, end = start[filled], end[filled]
    lines = filled + piece.first_line
    whole = (codes[start] == 123) & (codes[end - 1] == 125)
    text = piece.text
    if whole.all() and len(filled) == piece.lines:
        frame = _parse(text, wanted, len(filled))
    else:
        frame = None
    if frame is not None:
        return Records(frame, lines, unparsable((), (), ()), piece.raw)
    records = [text[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    return _by_stretches(records, lines.tolist(), whole, wanted, piece.raw)


def read_objects(raws: Sequence[str], wanted: Sequence[str]) -> Records:
    """Raw objects read again, each by itself; `lines` tells which they are, from 1."""
    frame, rows, refused = _one_by_one([raw.encode() for raw in raws], wanted)
    return Records(
        frame,
        np.array(rows, np.int64) + 1,
        unparsable(
            [at + 1 for at, _ in refused],
            [raws[at] for at, _ in refused],
            [why for _, why in refused],
        ),
        lambda lines: [raws[line - 1] for line in lines],
    )


def _by_stretches(
    records: list[bytes], lines: list[int], whole: Flags, wanted: Sequence[str], raw: Raw
) -> Records:
    """The records in short stretches: only one that holds a bad line is read line by line."""
    frames: list[pl.DataFrame] = []
    kept: list[int] = []
    refused: list[tuple[int, str]] = []
    likely = np.flatnonzero(whole).tolist()
    for at in np.flatnonzero(~whole).tolist():
        likely_object = isinstance(_object(decoded(records[at])), dict)
        if likely_object:
            likely.append(at)
        else:
            refused.append((at, "is no JSON object"))
    likely.sort()
    joined = b"\n".join([records[at] for at in likely])
    frame = _parse(joined, wanted, len(likely)) if likely else None
    if frame is not None:
        frames.append(frame)
        kept = likely
    else:
        for begin in range(0, len(likely), STRETCH):
            stretch = likely[begin : begin + STRETCH]
            part = [records[at] for at in stretch]
            frame = _parse(b"\n".join(part), wanted, len(part))
            if frame is not None:
                frames.append(frame)
                kept.extend(stretch)
                continue
            frame, rows, broken = _one_by_one(part, wanted)
            frames.append(frame)
            kept.extend(stretch[row] for row in rows)
            refused.extend((stretch[row], why) for row, why in broken)
    refused.sort()
    told = unparsable(
        [lines[at] for at, _ in refused],
        [decoded(records[at]) for at, _ in refused],
        [why for _, why in refused],
    )
    empty = pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
    return Records(
        pl.concat([empty, *frames]), np.array([lines[at] for at in kept], np.int64), told, raw
    )


def _parse(text: bytes, wanted: Sequence[str], rows: int) -> pl.DataFrame | None:
    """What Polars makes of the text; None when it is not so many objects of scalars."""
    if b"\\" in text and HALF_SIGNS.search(text) is not None:
        return None  # Half a surrogate pair would come out as another sign.
    schema = dict.fromkeys(wanted, pl.String)
    try:
        frame = pl.read_ndjson(text, schema=schema)
    except pl.exceptions.PolarsError:
        if b"NaN" not in text and b"Infinity" not in text:
            return None
        text = BARE_NUMBER.sub(rb"\1null", text)
        try:
            frame = pl.read_ndjson(text, schema=schema)
        except pl.exceptions.PolarsError:
            return None
    if frame.height != rows or _may_repeat_a_name(text):
        return None
    # Polars gives a nested value as its JSON: such a line is looked at by itself.
    if b"[" in text or count_of(text, 123) > rows:
        opens = pl.all().str.starts_with("{") | pl.all().str.starts_with("[")
        if frame.select(pl.any_horizontal(opens.any())).item():
            return None
    if b'""' in text:
        frame = frame.select(pl.when(pl.all() != "").then(pl.all()))
    return frame


def _may_repeat_a_name(text: bytes) -> bool:
    """Whether a line of the text may hold a name twice; it does not where this is not so."""
    try:
        return any(repeats_a_name(line, len(_names(line))) for line in text.split(b"\n") if line)
    except (ValueError, RecursionError):
        return True


def _one_by_one(
    records: Sequence[bytes], wanted: Sequence[str]
) -> tuple[pl.DataFrame, list[int], list[tuple[int, str]]]:
    """The frame of the records that are objects, which they are, and why the others are not."""
    rows: list[list[str | None]] = []
    kept: list[int] = []
    refused: list[tuple[int, str]] = []
    for at, record in enumerate(records):
        try:
            told = _object(record.decode())
            if not isinstance(told, dict):
                refused.append((at, "is no JSON object"))
                continue
            if repeats_a_name(record, len(told)):
                refused.append((at, REPEATED))
                continue
            rows.append([scalar(told.get(name)) for name in wanted])
            kept.append(at)
        except UnicodeDecodeError:
            refused.append((at, "is not UTF-8"))
        except TypeError as error:
            refused.append((at, str(error)))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(wanted, pl.String), orient="row")
    return frame, kept, refused


def _object(text: str) -> Any:
    """What the text is as JSON with bare NaN as null; None when it is none."""
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def scalar(value: Any) -> str | None:
    """A JSON value as text; TypeError when it is an object, an array, or no text of whole signs."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise TypeError("holds half of a sign")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    raise TypeError("holds an object or array where a plain value belongs")
