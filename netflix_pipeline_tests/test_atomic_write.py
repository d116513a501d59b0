"""A file stands there whole or not at all, whoever else writes it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from netflix_pipeline.atomic_write import DRAFT, write_atomically, write_bytes


def test_of_two_that_write_one_file_at_a_time_the_later_counts(tmp_path: Path) -> None:
    path, both = tmp_path / "new" / "file", Barrier(2, timeout=10)

    def write(content: bytes) -> None:
        def fill(draft: Path) -> None:
            draft.write_bytes(content)
            both.wait()

        write_atomically(path, fill)

    contents = [b"one", b"other"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, contents))
    assert path.read_bytes() in contents
    assert list(path.parent.iterdir()) == [path]


def test_who_is_cut_off_leaves_what_stood_there_and_a_draft_that_is_known(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"before")

    def fill(draft: Path) -> None:
        assert DRAFT.fullmatch(draft.name)
        draft.write_bytes(b"half")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        write_atomically(path, fill)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"before"]
    assert DRAFT.fullmatch(".views.csv.4711.tmp")
    assert not DRAFT.fullmatch(".views.csv.tmp")
