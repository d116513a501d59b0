"""Files on disk: which of them hold data, and their text in blocks, unpacked."""

import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, NoReturn, TypeVar

import pyarrow as pa

from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.sources.chunk import OnBytes

SUFFIXES = frozenset([".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".pq"])
PACKED = frozenset((".gz", ".zst"))
TEMPORARY = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
HEAD = 1 << 20
QUOTED = re.compile(rb'"[^"]*(?:"|\Z)')
PACKED_BLOCK, LINES_BLOCK = 1 << 18, 1 << 20

T = TypeVar("T")


def find_files(path: Path) -> list[Path]:
    """The data files at a path, sorted: a file is itself, a folder every data file below it.

    In a folder hidden and temporary files are left out, and those whose name does not end like
    data (csv, tsv, txt, json, jsonl, ndjson, parquet, pq, also with .gz or .zst). Raises BadInput
    when the path is missing or a folder cannot be read.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadInput(f"{path}: there is no such file or folder; check the path") from error
    except OSError as error:
        _unreadable(error)
    if not stat.S_ISDIR(mode):
        return [path]
    files: list[Path] = []
    for folder, folders, names in os.walk(path, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files.extend(Path(folder, name) for name in names if _is_data(name))
    return sorted(files)


def _is_data(name: str) -> bool:
    lower = name.lower()
    if lower.startswith((".", "~$")) or lower.endswith(TEMPORARY):
        return False
    name_in_pack = Path(lower)
    if name_in_pack.suffix in PACKED:
        name_in_pack = name_in_pack.with_suffix("")
    return name_in_pack.suffix in SUFFIXES


def _unreadable(error: OSError) -> NoReturn:
    raise BadInput(
        f"{error.filename}: it cannot be read ({error.strerror}); "
        "give yourself the right to read it, or name another path"
    ) from error


def check_plain(path: Path) -> None:
    """Raise where the path is none of a plain file with a name that can be written down.

    Reading from a pipe would wait for whoever writes to it; what is no UTF-8 can stand in no table.
    """
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"{path}: its name is not UTF-8; rename it") from error
    mode = stat.S_IFREG
    with suppress(OSError):  # that it cannot be read is told when it is
        mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise UnrecognisedSource(f"{path}: it is no plain file; write what it gives into one")


def open_bytes(path: Path) -> BufferedReader:
    """The file, open for reading; BadInput when it cannot be."""
    try:
        return path.open("rb")
    except OSError as error:
        raise BadInput(
            f"{path}: the file cannot be read ({error.strerror}); check the path and its rights"
        ) from error


def is_as_stored(path: Path) -> bool:
    """Whether the file's bytes are those of its text: neither packed, nor with other line ends."""
    with open_bytes(path) as file:
        head = file.read(HEAD)
    return not (head.startswith((GZIP, ZSTD)) or _has_returns_alone(head))


def _has_returns_alone(head: bytes) -> bool:
    """Whether lines end with carriage returns alone; line feeds then lie in quoted fields only."""
    first = head.find(b"\r")
    if first == -1 or head[first + 1 : first + 2] == b"\n":
        return False
    return b"\n" not in head or b"\n" not in QUOTED.sub(b"", head)


def read_head(path: Path) -> tuple[bytes, bytes]:
    """The first bytes of the file as stored, and of its text, unpacked (up to 1 MB)."""
    with open_bytes(path) as file:
        stored = file.read(4)
    text = b""
    try:
        for block in text_blocks(path, lambda _: None, HEAD, HEAD):
            text += block
            if len(text) >= HEAD:
                break
    except BadInput:
        if not text:
            raise
    return stored, text[:HEAD]


def text_blocks(
    path: Path, on_bytes: OnBytes, size: int, packed: int = PACKED_BLOCK
) -> Iterator[bytes]:
    """The file's text in blocks of about `size` bytes; gzip and zstd are unpacked on the way.

    Lines end with a line feed, also where the file ends them with carriage returns alone.
    `on_bytes` gets every block as stored, in order. When a packed file is cut off or damaged,
    everything that can be unpacked comes first, then BadInput says at which byte it ends.
    """
    returns = None
    for block in _unpacked_blocks(path, on_bytes, size, packed):
        if returns is None:
            returns = _has_returns_alone(block[:HEAD])
        yield block.replace(b"\r", b"\n") if returns else block


def until_damage(parts: Iterator[T], damage: list[BadInput]) -> Iterator[T]:
    """The parts of something up to where it is damaged; what is said of that is put into the list.

    So what was read before can be handed on first.
    """
    try:
        yield from parts
    except BadInput as error:
        damage.append(error)


def text_lines(path: Path) -> Iterator[bytes]:
    """The lines of the file's text, each with its line break.

    Raises BadInput where the file is damaged, behind all that can be unpacked.
    """
    rest = b""
    damage: list[BadInput] = []
    for block in until_damage(text_blocks(path, lambda _: None, LINES_BLOCK), damage):
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest
    if damage:
        raise damage[0]


def _unpacked_blocks(path: Path, on_bytes: OnBytes, size: int, packed: int) -> Iterator[bytes]:
    with open_bytes(path) as file:
        magic = file.read(4)
        file.seek(0)
        stored = _Stored(file, on_bytes)
        if magic.startswith(GZIP):
            parts = _gunzip(path, stored, min(packed, size))
        elif magic == ZSTD:
            parts = _unzstd(path, stored)
        else:
            parts = iter(partial(stored.read, size), b"")
        held: list[bytes] = []
        length = 0
        damage: list[BadInput] = []
        for part in until_damage(parts, damage):
            held.append(part)
            length += len(part)
            if length >= size:
                yield b"".join(held)
                held, length = [], 0
        if held:
            yield b"".join(held)
        # The rest of a damaged file still belongs to its bytes.
        while stored.read(size):
            pass
        if damage:
            raise damage[0]


class _Stored:
    """The bytes of a file as stored, each told to `on_bytes` once."""

    closed = False

    def __init__(self, file: BinaryIO, on_bytes: OnBytes) -> None:
        self.file = file
        self.on_bytes = on_bytes
        self.offset = 0

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        if block:
            self.offset += len(block)
            self.on_bytes(block)
        return block

    def close(self) -> None:
        """Whoever opened the file closes it; Arrow asks for it when it is not read to its end."""


def _gunzip(path: Path, stored: _Stored, size: int) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    pending = b""
    while pending := pending or stored.read(size):
        if member.eof:
            # Zero bytes may pad a gzip file; anything else starts another member.
            pending = pending.lstrip(b"\0")
            if not pending:
                continue
            member = zlib.decompressobj(wbits=31)
        try:
            text = member.decompress(pending, PACKED_BLOCK * 16)
        except zlib.error as error:
            at = stored.offset - len(pending)
            raise _cut(path, "gzip", at, str(error)) from error
        pending = member.unused_data if member.eof else member.unconsumed_tail
        if text:
            yield text
    if not member.eof:
        raise _cut(path, "gzip", stored.offset, "it is cut off")


def _unzstd(path: Path, stored: _Stored) -> Iterator[bytes]:
    unpacked = pa.CompressedInputStream(pa.PythonFile(stored, mode="r"), "zstd")
    try:
        # Small reads: a failing read loses what it had unpacked so far.
        while text := unpacked.read(1 << 12):
            yield text
    except OSError as error:
        raise _cut(path, "zstd", stored.offset, str(error)) from error


def _cut(path: Path, kind: str, at: int, why: str) -> BadInput:
    return BadInput(
        f"{path}: the {kind} data cannot be read beyond byte {at} ({why}); "
        "the rows before it are whole: fetch the file again"
    )
