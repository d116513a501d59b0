"""Events of persons who are erased, or are about to be: they are not taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from netflix_pipeline.receiving.judging import Result, shown
from netflix_pipeline.state import Marked

ERASED = "erased"
DETAIL = "the person was erased, or is about to be: nothing of them is kept"


class _Sent(msgspec.Struct, gc=False):
    event_id: Any = None
    user_id: Any = None


_read = msgspec.json.Decoder(_Sent).decode


def theirs(texts: Sequence[bytes], persons: Marked) -> dict[int, Result]:
    """The word on each event of theirs, by its place; what cannot be read is not looked at."""
    found = {}
    for at, text in enumerate(texts):
        try:
            told = _read(text)
        except (ValueError, RecursionError):
            continue
        user = told.user_id
        if isinstance(user, (int, float)) and not isinstance(user, bool):
            user = str(user)
        if isinstance(user, str) and user in persons:
            found[at] = Result(shown(told.event_id), "rejected", (ERASED,), DETAIL)
    return found


def together(others: Sequence[Result], refused: Mapping[int, Result]) -> list[Result]:
    """The words on all events in order: those in their places, the others in between."""
    rest = iter(others)
    return [
        refused[at] if at in refused else next(rest) for at in range(len(others) + len(refused))
    ]
