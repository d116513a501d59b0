"""Files for their owner alone, whole and on disk by the time that they have their name."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from netflix_pipeline.atomic_write import sync, write_atomically


def make(path: Path, content: bytes) -> None:
    """A new file. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def make_once(path: Path, content: bytes = b"") -> None:
    """The file where there is none yet: whoever comes first makes it, whole."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    make(draft, content)
    try:
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    sync(path.parent)


def replace(path: Path, content: bytes) -> None:
    """The file in place of the one that is there, if there is one. Raises StorageFull."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, lambda draft: make(draft, content))
