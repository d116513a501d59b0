"""Lines of bytes that came as one text, and are written as one again."""

from collections.abc import Sequence
from functools import cached_property
from itertools import repeat

import numpy as np


class TextLines(list[bytes]):
    """The lines of `text`, which a line feed parts; it is kept, so that nobody has to join them."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text.split(b"\n"))
        self.text = text

    @cached_property
    def begin_objects(self) -> bool:
        """Whether each begins as an object of JSON does."""
        return all(map(bytes.startswith, self, repeat(b"{")))


def count(text: bytes, sign: bytes) -> int:
    """How often a sign of one byte stands in a text, quicker than `bytes.count` where often."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord(sign)))


def joined(lines: Sequence[bytes]) -> bytes:
    """Lines as one text; a line feed within one becomes a blank."""
    if isinstance(lines, TextLines):
        return lines.text
    text = b"\n".join(lines)
    if text.count(b"\n") >= len(lines) > 0:
        text = b"\n".join(line.replace(b"\n", b" ") for line in lines)
    return text


def size(lines: Sequence[bytes]) -> int:
    """Bytes of all of them, about."""
    return len(lines.text) if isinstance(lines, TextLines) else sum(map(len, lines))
