"""Table files, written chunk by chunk as CSV, NDJSON or Parquet."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal, Self

import polars as pl
import pyarrow.parquet as pq

Format = Literal["csv", "ndjson", "parquet"]

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%.3fZ"
BAD_TIMES = ("2026-02-30T20:15:04.123Z", "yesterday", "", "31.12. 20 Uhr")
"""What stands in text files, in turn, where a time is unreadable; Parquet has null."""
CHUNK_ROWS = 100_000


def _time_as_text(frame: pl.DataFrame) -> pl.DataFrame:
    if "event_time" not in frame.columns:
        return frame
    if "received_at" in frame.columns:
        frame = frame.with_columns(pl.col("received_at").dt.to_string(TIME_FORMAT))
    text = frame["event_time"].dt.to_string(TIME_FORMAT)
    bad = text.is_null().arg_true()
    if len(bad):
        text = text.scatter(bad, [BAD_TIMES[i % len(BAD_TIMES)] for i in range(len(bad))])
    return frame.with_columns(text.alias("event_time"))


def _broken_csv(line: bytes, number: int) -> bytes:
    """A line with too few fields, or too many; cut where no quoted field is torn."""
    return b",".join(line.split(b",", 2)[:2]) if number % 2 else line + b",,surplus"


def _broken_ndjson(line: bytes, number: int) -> bytes:
    """A line that ends in the middle of an object, or too late."""
    return line[: len(line) // 2] if number % 2 else line + b"}"


class TextFile:
    """A CSV or NDJSON file; rows that are `broken` become lines that no reader can parse."""

    def __init__(self, file: BinaryIO, schema: pl.Schema, file_format: Format) -> None:
        """An open file; CSV gets its header at once."""
        self._file = file
        self._csv = file_format == "csv"
        self._break: Callable[[bytes, int], bytes] = _broken_csv if self._csv else _broken_ndjson
        self._n_broken = 0
        if self._csv:
            schema.to_frame().write_csv(file)

    def write(self, rows: pl.DataFrame) -> None:
        """Append rows of the schema, with `broken`."""
        text = _time_as_text(rows.drop("broken"))
        buffer = io.BytesIO()
        if self._csv:
            text.write_csv(buffer, include_header=False)
        else:
            text.write_ndjson(buffer)
        lines = buffer.getvalue().split(b"\n")
        for row in rows["broken"].arg_true():
            lines[row] = self._break(lines[row], self._n_broken)
            self._n_broken += 1
        self._file.write(b"\n".join(lines))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class ParquetFile:
    """A Parquet file; rows that are `broken` have no counterpart in it and are left out."""

    def __init__(self, file: BinaryIO, schema: pl.Schema) -> None:
        """An open file."""
        self._file = file
        arrow = schema.to_frame().to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        self._writer = pq.ParquetWriter(file, arrow, compression="zstd", compression_level=1)

    def write(self, rows: pl.DataFrame) -> None:
        """Append rows of the schema, with `broken`."""
        whole = rows.filter(~pl.col("broken")).drop("broken")
        self._writer.write_table(whole.to_arrow(compat_level=pl.CompatLevel.oldest()))

    def close(self) -> None:
        """Write the footer and close the file."""
        self._writer.close()
        self._file.close()


class TableFile:
    """A file of one table that appears under its name only when it is whole."""

    def __init__(self, path: Path, schema: pl.Schema, file_format: Format) -> None:
        """Begin the file beside its place."""
        self.path = path
        self.rows = 0
        self._half = path.with_name(f".{path.name}.half")
        file = self._half.open("wb")
        self._file = (
            ParquetFile(file, schema)
            if file_format == "parquet"
            else TextFile(file, schema, file_format)
        )
        self._counts_broken = file_format != "parquet"

    def write(self, rows: pl.DataFrame) -> None:
        """Append rows of the schema, with `broken`."""
        self._file.write(rows)
        self.rows += len(rows) if self._counts_broken else int((~rows["broken"]).sum())

    def __enter__(self) -> Self:
        """The file, to write to."""
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Put the file in its place, or nothing there when writing failed."""
        try:
            self._file.close()
            if error is None:
                self._half.replace(self.path)
        finally:
            self._half.unlink(missing_ok=True)
