"""Which files are to be taken in, and the format of each.

Of files that are named all are taken, of a folder those that are known. A format is recognised by
the file's head: columns, delimiter, and the adapter that knows them.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from netflix_pipeline.errors import (
    BadInput,
    PipelineError,
    UnrecognisedSource,
    ends_one,
    may_pass,
)
from netflix_pipeline.ids import trimmed
from netflix_pipeline.sources.adapter import Adapter
from netflix_pipeline.sources.chunk import Options
from netflix_pipeline.sources.files import QUOTED, check_plain, find_files, read_head
from netflix_pipeline.sources.formats.mapping import Mapping
from netflix_pipeline.sources.readers.ndjson import ndjson_columns
from netflix_pipeline.sources.readers.parquet import MAGIC, parquet_columns
from netflix_pipeline.sources.readers.pieces import LONGEST_LINE
from netflix_pipeline.sources.readers.record_scanner import Layout
from netflix_pipeline.sources.registry import listed, named, recognise
from netflix_pipeline.sources.sidecar import household_of, read_toml
from netflix_pipeline.sources.source_file import SourceFile

# Of a text that is parted by another sign than is tried, all of a line is one field.
csv.field_size_limit(LONGEST_LINE)

DELIMITERS = ",;\t|"
BOM = b"\xef\xbb\xbf"
SEPARATOR = re.compile(rb'"?sep=.?"?\r?\n', re.IGNORECASE)
"""A first line that only tells a spreadsheet how fields are parted."""
ZIP = b"PK\x03\x04"
WIDE = (b"\xff\xfe", b"\xfe\xff")
WIDE_CODES = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def open_file(path: Path, options: Options) -> SourceFile:
    """The file with its format recognised from its head, its dates in the order that is told.

    Raises UnrecognisedSource, telling what was looked for, or BadInput for what is no text table,
    no NDJSON and no Parquet file at all.
    """
    mapping = None
    if options.mapping is not None:
        mapping = _mapping(read_toml(options.mapping), str(options.mapping))
    file = partial(
        SourceFile,
        path,
        household=household_of(path, options.household),
        mapping=None if mapping is None else mapping.text,
        order=options.date_order,
    )
    check_plain(path)
    stored, text = read_head(path)
    if not stored:
        raise UnrecognisedSource(f"{path}: the file is empty; expected CSV, NDJSON or Parquet")
    if stored == MAGIC or path.suffix.lower() in (".parquet", ".pq"):
        columns = parquet_columns(path)
        adapter = _adapter(path, columns, options, mapping)
        _refuse_repeated(path, adapter, columns)
        return file(adapter, "parquet", columns)
    _refuse_binary(path, text, options, mapping)
    body = text.removeprefix(BOM)
    blank = len(body) - len(body.lstrip())
    if not body.strip():
        raise UnrecognisedSource(f"{path}: the file holds only blanks; expected CSV or NDJSON")
    if body.lstrip().startswith((b"{", b"[")):
        columns = ndjson_columns(path, body)
        adapter = _adapter(path, columns, options, mapping)
        return file(adapter, "ndjson", columns, skipped=len(text) - len(body))
    if separator := SEPARATOR.match(body, blank):
        blank = separator.end()
    header, length = _first_record(path, body[blank:], options, mapping)
    begin = len(text) - len(body) + blank
    first_line = text[: begin + length].count(b"\n") + 1
    adapter, layout = _layout(path, header, options, mapping)
    _refuse_repeated(path, adapter, _cells(header, layout.delimiter))
    return file(adapter, "csv", layout.columns, layout.delimiter, begin + length, first_line)


@lru_cache(4)
def _mapping(text: str, where: str) -> Mapping:
    """The mapping in a text, which is that of many files."""
    return Mapping.parse(text, where)


def _adapter(
    path: Path, columns: Sequence[str], options: Options, mapping: Mapping | None
) -> Adapter:
    """The adapter for the file's columns, the one told or the one that knows them; as it reads."""
    if mapping is None and options.source is None:
        adapter = recognise(path, columns)
    else:
        adapter = mapping.adapter if mapping is not None else named(options.source or "")
        if missing := adapter.missing(columns):
            raise UnrecognisedSource(
                f"{path}: {adapter.name} needs the columns {', '.join(missing)}, "
                f"but the file has {listed(columns)}"
            )
    return adapter if options.date_order is None else adapter.in_order(options.date_order)


def _layout(
    path: Path, header: str, options: Options, mapping: Mapping | None
) -> tuple[Adapter, Layout]:
    """The adapter and the delimiter: the one under which the header makes sense."""
    layouts = sorted(
        (Layout(_names(header, mark), mark) for mark in DELIMITERS),
        key=lambda layout: -len(layout.columns),
    )
    unknown: list[UnrecognisedSource] = []
    for layout in layouts:
        try:
            return _adapter(path, layout.columns, options, mapping), layout
        except UnrecognisedSource as error:
            unknown.append(error)
    raise unknown[0]


def _refuse_repeated(path: Path, adapter: Adapter, columns: Sequence[str]) -> None:
    """Raise BadInput where a column that is looked at comes twice: nothing says which it is."""
    for name, count in Counter(adapter.wanted(columns)).items():
        if count > 1:
            raise BadInput(
                f"{path}: {count} columns have the name {name!r}; write the file with one of "
                "them, or give the others names of their own"
            )


def _cells(header: str, delimiter: str) -> list[str]:
    cells = csv.reader(io.StringIO(header, newline=""), delimiter=delimiter)
    return [trimmed(cell) for cell in next(cells, [])]


def _names(header: str, delimiter: str) -> tuple[str, ...]:
    """The column names of a header; a repeated or empty one gets its number behind it."""
    names: dict[str, None] = {}
    for at, cell in enumerate(_cells(header, delimiter), 1):
        name = cell
        if not name or name in names:
            name = f"{name}#{at}"
        while name in names:
            name += "#"
        names[name] = None
    return tuple(names)


def _first_record(
    path: Path, text: bytes, options: Options, mapping: Mapping | None
) -> tuple[str, int]:
    """The header's text and its length in bytes with its line break."""
    end = text.find(b"\n")
    while end != -1 and text[:end].count(b'"') % 2:
        end = text.find(b"\n", end + 1)
    length = len(text) if end == -1 else end + 1
    if b"\r" in QUOTED.sub(b"", text[:length]).rstrip(b"\r\n"):
        why = "lines end in several ways, the first with a carriage return alone; save it anew"
        raise _other_text(path, text[:length], ["utf-8"], why, options, mapping)
    try:
        return text[:length].decode().rstrip("\r\n"), length
    except UnicodeDecodeError as error:
        why = f"line 1 is not UTF-8 ({error.reason}); save the file as UTF-8"
        raise _other_text(path, text[:length], ["cp1252"], why, options, mapping) from error


def _refuse_binary(path: Path, text: bytes, options: Options, mapping: Mapping | None) -> None:
    if text.startswith(WIDE) or (b"\0" in text[:4] and _is_wide(text[:64])):
        why = "the text is UTF-16 or UTF-32; save it as UTF-8"
        raise _other_text(path, text, WIDE_CODES, why, options, mapping)
    if text.startswith(ZIP):
        raise UnrecognisedSource(
            f"{path}: this is no text but a zip archive, as workbooks of spreadsheets are; "
            "expected CSV, NDJSON or Parquet: unpack it, or save the sheet as CSV in UTF-8"
        )
    if b"\0" in text[: text.find(b"\n") + 1 or 1 << 12]:
        raise UnrecognisedSource(f"{path}: this is no text; expected CSV, NDJSON or Parquet")


def _is_wide(head: bytes) -> bool:
    """Whether the bytes are a text in two or four bytes a sign."""
    texts = (head[: len(head) // 4 * 4].decode(code, errors="replace") for code in WIDE_CODES)
    return any(
        text and "\ufffd" not in text and all(sign.isprintable() or sign.isspace() for sign in text)
        for text in texts
    )


def _other_text(
    path: Path,
    text: bytes,
    codes: Sequence[str],
    why: str,
    options: Options,
    mapping: Mapping | None,
) -> BadInput:
    """What is told of a text in another code: whether it would be known if it were UTF-8."""
    for code in codes:
        with suppress(UnrecognisedSource):
            header = text.decode(code, errors="replace").lstrip("\ufeff").splitlines()[:1]
            _layout(path, "".join(header), options, mapping)
            return BadInput(f"{path}: {why}")
    return UnrecognisedSource(f"{path}: {why}")


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
                known.append(_opened_or_told(file, options))
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


def _opened_or_told(file: Path, options: Options) -> SourceFile:
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
