"""Everything that a home holds, as text: what stands in its files, packed or not."""

import gzip
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import duckdb
import polars as pl
import zstandard

WINDOWS = 1 << 26


def traces(root: Path, texts: Iterable[str]) -> list[str]:
    """Where one of the texts is found: in a name, in bytes, or in what they unpack to."""
    wanted = [text.encode() for text in texts]
    found = list(contents(root))
    # All texts are looked for in one pass; Latin-1 has a sign for every byte.
    looked = pl.Series([content.decode("latin-1") for _, content in found], dtype=pl.String)
    hits = looked.str.contains_any([text.decode("latin-1") for text in wanted])
    return [
        f"{where}: {text.decode()}"
        for (where, content), hit in zip(found, hits, strict=True)
        if hit
        for text in wanted
        if text in content
    ]


def contents(root: Path) -> Iterator[tuple[str, bytes]]:
    """Place and content of all that lies below a folder; of folders and links their names."""
    for path in sorted(root.rglob("*")):
        yield f"name of {path}", str(path.relative_to(root)).encode()
        if path.is_symlink():
            yield str(path), str(path.readlink()).encode()
        elif path.is_file():
            yield from _of_file(path)


def _of_file(path: Path) -> Iterator[tuple[str, bytes]]:
    content = path.read_bytes()
    yield str(path), content
    if content.startswith(b"PAR1"):
        told = pl.read_parquet(path, hive_partitioning=False, glob=False)
        yield f"rows of {path}", repr(told.to_dicts()).encode()
        yield f"footer of {path}", repr(pl.read_parquet_metadata(path)).encode()
    elif content.startswith(b"SQLite format 3"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as sql:
            sql.text_factory = bytes
            for (name,) in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
                for row in sql.execute(f'SELECT * FROM "{name.decode()}"'):
                    for value in row:
                        yield f"{name.decode()} of {path}", _bytes(value)
    elif content[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as duck:
            tables = duck.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            for schema, name in tables:
                rows = duck.execute(f'SELECT * FROM "{schema}"."{name}"').fetchall()
                yield f"{schema}.{name} of {path}", repr(rows).encode()
    yield from _unpacked(str(path), content)


def _unpacked(where: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    with suppress(OSError, EOFError):
        if content.startswith(b"\x1f\x8b"):
            yield f"{where}, unpacked", gzip.decompress(content)
    with suppress(zstandard.ZstdError):
        if content.startswith(zstandard.FRAME_HEADER):
            yield (
                f"{where}, unpacked",
                zstandard.ZstdDecompressor().decompress(content, max_output_size=WINDOWS),
            )


def _bytes(value: object) -> bytes:
    content = value if isinstance(value, bytes) else str(value).encode()
    return content + b"".join(more for _, more in _unpacked("", content))
