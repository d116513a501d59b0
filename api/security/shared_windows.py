"""Counts within a window of time that several processes of a machine make together.

Each writes a file of its own, which all hold in memory, and reads those of the others: nobody waits
for anybody, and what one has counted that was killed counts until the window is over.
"""

import fcntl
import mmap
import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from api.security.windows import Windows

NAMES = 2048
"""Places for names in the part of a process."""
LOOKS = 8
"""Places that are looked at for one name."""
CELL = 8
BYTES = CELL * (1 + 2 * NAMES)
NOTHING = memoryview(bytes(BYTES)).cast("q")


class SharedWindows:
    """Counts by name; windows must begin at the same times in all processes.

    There is room for so many `processes`; a process beyond those counts by itself, as each does
    what finds no place.
    """

    def __init__(self, folder: Path, seconds: float, processes: int) -> None:
        self._seconds = seconds
        self._alone = Windows(seconds)
        folder.mkdir(parents=True, exist_ok=True)
        self._files = [
            os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            for number in range(processes)
        ]
        self._parts = [_in_memory(file) for file in self._files]
        mine = (part for file, part in zip(self._files, self._parts, strict=True) if _is_free(file))
        self._mine = next(mine, None)

    def add(self, name: str, now: float, amount: int = 1) -> int:
        """The count of that name in the window of `now`, with this."""
        window, key = int(now / self._seconds), _key(name)
        if self._mine is None or (at := self._place(self._mine, key, window)) is None:
            return self._alone.add(name, now, amount)
        self._mine[at] = key
        self._mine[at + 1] += amount
        places = ((part, _place(part, key)) for part in self._parts if part[0] == window)
        return sum(part[at + 1] for part, at in places if at is not None)

    def close(self) -> None:
        """Let another process have the place of this one."""
        for part in self._parts:
            part.release()
        for file in self._files:
            os.close(file)

    def _place(self, part: memoryview, key: int, window: int) -> int | None:
        if part[0] != window:
            part[1:] = NOTHING[1:]
            part[0] = window  # from here on others read it
        return _place(part, key)


def _in_memory(file: int) -> memoryview:
    """A part: the window, then names and their counts."""
    os.ftruncate(file, BYTES)
    return memoryview(mmap.mmap(file, BYTES)).cast("q")


def _is_free(file: int) -> bool:
    """Whether no process writes it; then this one does, as long as it lives."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@lru_cache(1024)
def _key(name: str) -> int:
    """A number for a name, the same in all processes; never 0, which stands where none is."""
    digest = blake2b(name.encode(errors="surrogatepass"), digest_size=CELL).digest()
    return int.from_bytes(digest, "little", signed=True) or 1


def _place(part: memoryview, key: int) -> int | None:
    """Where a name stands, or may be put; None where all places for it are taken."""
    for look in range(LOOKS):
        at = 1 + 2 * ((key + look) % NAMES)
        if part[at] in (key, 0):
            return at
    return None
