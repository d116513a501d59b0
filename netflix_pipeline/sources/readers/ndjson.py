"""Newline-delimited JSON: read as a whole where it can be, line by line where it cannot.

A bare NaN or Infinity is not JSON, yet many programs write it: it stands for a missing number and
never disturbs its neighbours. Every scalar becomes text here and is typed later like any text; an
object or array is no value: what it costs, the field that holds it decides.

JSON itself leaves open what a name that comes twice tells, and how deep a reader must follow. So an
object that tells a name twice is no row, and whoever takes events reads them by `read_object`,
which gives only what can be read in one way.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.ids import digits
from netflix_pipeline.sources.chunk import Raw, Records, texts_at, unparsable
from netflix_pipeline.sources.readers.pieces import Piece
from netflix_pipeline.sources.readers.record_scanner import Flags, count_of, decoded

DEEPEST = 64
"""Objects and arrays that may lie within one another."""

REPEATED = "tells a name twice"

HALF_A_PAIR = re.compile(
    rb"(?i)\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}"
)
"""A surrogate that stands alone, of which the decoder says that the text ends there."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def read_object(text: bytes) -> dict[str, Any]:
    """What a JSON object tells, the last of each name; ValueError where the text is none.

    Text is UTF-8 without lone surrogates, numbers are finite: what is less strict is no JSON.
    """
    try:
        fields = _decode(text)
    except RecursionError:
        deep = True
    except msgspec.DecodeError as error:
        if HALF_A_PAIR.search(text) is None:
            raise
        raise ValueError("a text holds half of a surrogate pair") from error
    else:
        # How deep a reader can go depends on where it is called: this does not.
        deep = text.count(b"[") + text.count(b"{") > DEEPEST and _is_deep(fields)
    if deep:
        raise ValueError(f"more than {DEEPEST} objects and arrays lie within one another")
    return fields


def read_once(text: bytes) -> dict[str, Any]:
    """The same of an object that tells each name once; ValueError for any other."""
    fields = read_object(text)
    if repeats_a_name(text, len(fields)):
        raise ValueError(REPEATED)
    return fields


def repeats_a_name(text: bytes, names: int) -> bool:
    """Whether one of so many different names comes twice in an object that could be read."""
    # There are at least as many commas as members, but for one.
    if text.count(b",") < names:
        return False
    return len(json.loads(text, object_pairs_hook=tuple, parse_int=str)) > names


def _is_deep(fields: dict[str, Any]) -> bool:
    """Whether more than the deepest objects and arrays lie within one another."""
    level: list[Any] = [fields]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, (dict, list))
        ]
    return bool(level)


HEAD_LINES = 100
STRETCH = 512
LONG_NUMBER = 39
"""Signs of a whole number from which on Polars may not read it exactly."""
# A quote after anything but a structural sign closes a key, so what follows is no part of a text.
BARE_NUMBER = re.compile(rb'(?<=[^\s:,{\["\\])("\s*:\s*)(?:NaN|-?Infinity)(?=\s*[,}])')
_names = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
HALF_SIGNS = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")


def ndjson_columns(path: Path, head: bytes) -> tuple[str, ...]:
    """The names in the first lines' objects, in the order of their appearance.

    A name that holds half of a surrogate pair is no text: nobody can map it or write it down.
    Raises BadInput for a JSON array, UnrecognisedSource when no line is an object.
    """
    names: dict[str, None] = {}
    for line in head.split(b"\n", HEAD_LINES)[:HEAD_LINES]:
        fields = _object(line.decode(errors="replace"))
        if isinstance(fields, dict):
            names.update(dict.fromkeys(filter(is_whole, fields)))
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
        if frame is not None:
            return Records(frame, lines, unparsable(), piece.raw)
    records = [text[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    return _by_stretches(records, lines.tolist(), whole, wanted, piece.raw)


def read_objects(raws: Sequence[str], wanted: Sequence[str], *, replaced: bool = False) -> Records:
    """Raw objects read again, each by itself; `lines` tells which they are, from 1.

    Where bytes that were no UTF-8 were `replaced`, by U+FFFD, they are no better now.
    """
    found = Objects(wanted)
    texts = (b"\xff" if replaced and "\ufffd" in raw else raw.encode() for raw in raws)
    refused = _one_by_one(((at, text, at + 1) for at, text in enumerate(texts)), found)
    told_apart = unparsable([(at + 1, raws[at], why) for at, why in refused])
    return found.records(told_apart, texts_at(raws))


class Objects:
    """JSON objects gathered into records, in the wanted columns."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self._wanted = wanted
        self._frames = [pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))]
        self._rows: list[list[str | None]] = []
        self._lines: list[int] = []
        self._no_values: dict[str, list[int]] = {}

    def add(self, line: int, told: Mapping[str, Any]) -> None:
        """Take in an object. Raises ValueError for what is no value at all."""
        values = [told.get(name) for name in self._wanted]
        self._rows.append([scalar(value) for value in values])
        self._lines.append(line)
        for name, value in zip(self._wanted, values, strict=True):
            if is_nested(value):
                self._no_values.setdefault(name, []).append(line)

    def add_frame(self, lines: Sequence[int], frame: pl.DataFrame) -> None:
        """Take in objects that were read together."""
        self._end_frame()
        self._frames.append(frame)
        self._lines.extend(lines)

    def records(self, told_apart: pl.DataFrame, raw: Raw) -> Records:
        """All of them."""
        self._end_frame()
        no_values = {name: np.array(lines, np.int64) for name, lines in self._no_values.items()}
        lines = np.array(self._lines, np.int64)
        return Records(pl.concat(self._frames), lines, told_apart, raw, no_values)

    def _end_frame(self) -> None:
        if self._rows:
            schema = dict.fromkeys(self._wanted, pl.String)
            self._frames.append(pl.DataFrame(self._rows, schema=schema, orient="row"))
            self._rows = []


def _by_stretches(
    records: list[bytes], lines: list[int], whole: Flags, wanted: Sequence[str], raw: Raw
) -> Records:
    """The records in short stretches: only one that holds a bad line is read line by line."""
    refused: list[tuple[int, str]] = []
    likely: list[int] = []
    for at, (record, looks_whole) in enumerate(zip(records, whole.tolist(), strict=True)):
        if looks_whole or isinstance(_object(decoded(record)), dict):
            likely.append(at)
        else:
            refused.append((at, "is no JSON object"))
    found = Objects(wanted)

    def take(places: list[int]) -> bool:
        """Take in those records if they can be read together."""
        text = b"\n".join([records[at] for at in places])
        frame = _parse(text, wanted, len(places)) if places else None
        if frame is not None:
            found.add_frame([lines[at] for at in places], frame)
        return frame is not None

    if not take(likely):
        for begin in range(0, len(likely), STRETCH):
            stretch = likely[begin : begin + STRETCH]
            if not take(stretch):
                refused += _one_by_one(((at, records[at], lines[at]) for at in stretch), found)
    refused.sort()
    told_apart = unparsable([(lines[at], decoded(records[at]), why) for at, why in refused])
    return found.records(told_apart, raw)


def _parse(text: bytes, wanted: Sequence[str], rows: int) -> pl.DataFrame | None:
    """What Polars makes of the text; None when it is not so many objects of scalars."""
    if b"\\" in text and HALF_SIGNS.search(text) is not None:
        return None  # Half a surrogate pair would come out as another sign.
    if b"NaN" in text or b"Infinity" in text:
        text = BARE_NUMBER.sub(rb"\1null", text)
    try:
        frame = pl.read_ndjson(text, schema=dict.fromkeys(wanted, pl.String))
    except pl.exceptions.PolarsError:
        return None
    if frame.height != rows or _may_repeat_a_name(text):
        return None
    # Polars gives a nested value as its JSON: such a line is looked at by itself.
    if b"[" in text or count_of(text, 123) > rows:
        opens = pl.all().str.starts_with("{") | pl.all().str.starts_with("[")
        if frame.select(pl.any_horizontal(opens.any())).item():
            return None
    # So is a number that it may not give with all its digits, and a zero with a sign.
    if frame.select(pl.any_horizontal(_is_inexact(pl.all()).any())).item():
        return None
    if b'""' in text:
        frame = frame.select(pl.when(pl.all() != "").then(pl.all()))
    return frame


def _is_inexact(text: pl.Expr) -> pl.Expr:
    long = (text.str.len_bytes() >= LONG_NUMBER) & text.str.contains(r"^-?\d+$")
    return long | (text == "-0")


def _may_repeat_a_name(text: bytes) -> bool:
    """Whether a line of the text may hold a name twice; it does not where this is not so."""
    try:
        return any(repeats_a_name(line, len(_names(line))) for line in text.split(b"\n") if line)
    except (ValueError, RecursionError):
        return True


def _one_by_one(records: Iterable[tuple[int, bytes, int]], found: Objects) -> list[tuple[int, str]]:
    """Read records, each with its place and line, into `found`; the places of those refused."""
    refused: list[tuple[int, str]] = []
    for at, record, line in records:
        try:
            fields = _object(record.decode())
            if not isinstance(fields, dict):
                refused.append((at, "is no JSON object"))
            elif repeats_a_name(record, len(fields)):
                refused.append((at, REPEATED))
            else:
                found.add(line, fields)
        except UnicodeDecodeError:
            refused.append((at, "is not UTF-8"))
        except ValueError as error:
            refused.append((at, str(error)))
    return refused


def _object(text: str) -> Any:
    """What the text is as JSON with bare NaN as null; None when it is none."""
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def is_nested(value: Any) -> bool:
    """Whether a JSON value is an object or array."""
    return isinstance(value, (dict, list))


def is_whole(text: str) -> bool:
    """Whether the text holds no half of a surrogate pair."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def scalar(value: Any) -> str | None:
    """A JSON value as text; None where it is missing, and of an object or array.

    Raises ValueError for no text of whole signs.
    """
    if value is None or value == "" or is_nested(value):
        return None
    if isinstance(value, str):
        if not is_whole(value):
            raise ValueError("holds half of a sign")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return digits(value)
