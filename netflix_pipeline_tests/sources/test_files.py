from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources import Options, find_files, open_file
from netflix_pipeline.sources.files import text_blocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = b"user_id,title_id,event_time\n"
ROWS = b"".join(b"u%d,t%d,2025-03-01T10:00:00Z\n" % (at, at * 7919) for at in range(20_000))


def zstd(text: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(text, asbytes=True))


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd}


def test_a_folder_gives_its_data_files_sorted_without_hidden_and_temporary_ones(
    tmp_path: Path,
) -> None:
    names = ["b.csv", "a.ndjson", "sub/c.parquet", "sub/d.csv.gz", "E.JSON"]
    others = [".hidden.csv", ".cache/x.csv", "half.csv.part", "x.tmp", "README.md", "~$b.csv"]
    for name in (*names, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in find_files(tmp_path)]
    assert found == sorted(names)


def test_a_file_is_itself_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "export.data"
    path.touch()
    assert find_files(path) == [path]


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere: there is no such file or folder"):
        find_files(tmp_path / "nowhere")


def test_a_folder_without_read_rights_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    user = os.geteuid()
    try:
        if user == 0:  # Rights do not bind root.
            os.seteuid(65_534)
        with pytest.raises(BadInput, match=r"cannot be read .*give yourself the right"):
            find_files(closed)
    finally:
        os.seteuid(user)
        closed.chmod(0o700)


def test_a_file_without_read_rights_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "closed.csv"
    path.write_bytes(HEADER)
    path.chmod(0)
    user = os.geteuid()
    try:
        if user == 0:
            tmp_path.chmod(0o755)
            os.seteuid(65_534)
        with pytest.raises(BadInput, match=r"closed\.csv.*cannot be read"):
            open_file(path, Options())
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("packed", PACKERS)
def test_packed_text_is_known_by_its_bytes_not_its_name(read: Any, packed: str) -> None:
    result = read(PACKERS[packed](HEADER + ROWS), "events.csv")
    assert result.frame.height == 20_000
    assert result.file.raw([20_001]) == ["u19999,t158372081,2025-03-01T10:00:00Z"]


@pytest.mark.parametrize("packed", PACKERS)
def test_packed_files_put_together_are_one_text(read: Any, packed: str) -> None:
    pack = PACKERS[packed]
    assert read(pack(HEADER) + pack(ROWS[:100]) + pack(ROWS[100:])).frame.height == 20_000


@pytest.mark.parametrize("packed", PACKERS)
def test_a_packed_file_that_is_cut_off_gives_its_rows_then_says_where_it_ends(
    tmp_path: Path, packed: str
) -> None:
    whole = PACKERS[packed](HEADER + ROWS)
    path = tmp_path / "events.csv.gz"
    path.write_bytes(whole[:-500])
    stored: list[bytes] = []
    users: list[str] = []

    def read_all() -> None:
        for part in open_file(path, Options()).parts(stored.append):
            chunk = part()
            users.extend(chunk.frame["user_id"])
            assert chunk.unparsable.is_empty()

    with pytest.raises(BadInput, match=rf"cannot be read beyond byte {len(whole) - 500} "):
        read_all()
    assert users == [f"u{at}" for at in range(len(users))]
    assert len(users) > 10_000
    assert b"".join(stored) == whole[:-500]


def test_damage_within_a_packed_file_still_shows_all_its_bytes(tmp_path: Path) -> None:
    damaged = gzip.compress(HEADER + ROWS) + b"this is no gzip member" * 100
    path = tmp_path / "events.csv.gz"
    path.write_bytes(damaged)
    stored: list[bytes] = []
    text: list[bytes] = []

    def unpack() -> None:
        text.extend(text_blocks(path, stored.append, 1 << 16))

    with pytest.raises(BadInput, match="gzip data cannot be read beyond byte"):
        unpack()
    assert b"".join(text) == HEADER + ROWS
    assert b"".join(stored) == damaged


def test_unpacking_keeps_blocks_small_however_well_the_text_was_packed(tmp_path: Path) -> None:
    path = tmp_path / "zeros.gz"
    path.write_bytes(gzip.compress(b"0" * (64 << 20)))
    sizes = [len(block) for block in text_blocks(path, lambda _: None, 1 << 20)]
    assert sum(sizes) == 64 << 20
    assert max(sizes) < 8 << 20
