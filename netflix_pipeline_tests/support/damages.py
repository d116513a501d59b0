"""What can become of a file on a disk."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

Damage = Callable[[Path], object]


def _replaced(path: Path, content: bytes) -> None:
    # Another file under the name: the bytes may be shared with the home that this one is a copy of.
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def emptied(path: Path) -> None:
    _replaced(path, b"")


def halved(path: Path) -> None:
    _replaced(path, path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    """Other bytes of the same number; of a Parquet file the footer stays whole."""
    content = bytearray(path.read_bytes())
    begin, end = 0, len(content)
    if content[:4] == content[-4:] == b"PAR1":
        begin, end = 4, end - 8 - int.from_bytes(content[-8:-4], "little")
    content[begin:end] = bytes(byte ^ 0xFF for byte in content[begin:end])
    _replaced(path, bytes(content))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def foreign(path: Path) -> None:
    path.unlink(missing_ok=True)
    pl.DataFrame({"colour": ["red"]}).write_parquet(path)


def a_link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


DAMAGES: tuple[Damage, ...] = (emptied, halved, flipped, a_folder)
"""What can become of any file."""
