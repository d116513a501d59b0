"""A file with given contents, read as a person would have it read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import pytest

from netflix_pipeline.sources import Options, SourceFile, open_file

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Result:
    file: SourceFile
    frame: pl.DataFrame
    unparsable: pl.DataFrame
    titles: pl.DataFrame | None

    def column(self, name: str) -> list[object]:
        return self.frame[name].to_list()


Read = Callable[..., Result]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(
        content: str | bytes, name: str = "file.csv", options: Options | None = None
    ) -> Result:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_path(path, options)

    return read_text


def read_path(path: Path, options: Options | None = None) -> Result:
    file = open_file(path, options or Options())
    digest = hashlib.sha256()
    chunks = [part() for part in file.parts(digest.update)]
    if any(chunk.undecided for chunk in chunks):
        file = file.decided(lambda _: None)
        chunks = [part() for part in file.parts(lambda _: None)]
    # Whoever reads a file must have seen all its bytes, in order.
    assert digest.digest() == hashlib.sha256(path.read_bytes()).digest()
    for chunk in chunks:
        lines = chunk.frame["line"].to_list()
        assert chunk.raw(lines) == file.raw(lines)
    assert chunks or not path.read_bytes().rstrip().count(b"\n")
    titles = [chunk.titles for chunk in chunks if chunk.titles is not None]
    empty = file.adapter.contract.empty()
    return Result(
        file,
        pl.concat([chunk.frame for chunk in chunks]) if chunks else empty,
        pl.concat([chunk.unparsable for chunk in chunks]) if chunks else pl.DataFrame(),
        pl.concat(titles).unique("title_id", keep="first", maintain_order=True) if titles else None,
    )
