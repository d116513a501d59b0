"""Events of persons who are erased, or are about to be: they are not taken."""

from collections.abc import Mapping, Sequence

from netflix_pipeline.receiving.body import EVENT_BYTES
from netflix_pipeline.receiving.validate_events import Result, shown
from netflix_pipeline.sources.readers.json_object import read_object
from netflix_pipeline.sources.readers.ndjson import scalar
from netflix_pipeline.state import Marked

ERASED = "erased"
DETAIL = "the person was erased, or is about to be: nothing of them is kept"


def theirs(texts: Sequence[bytes], persons: Marked) -> dict[int, Result]:
    """The word on each event of theirs, by its place; what cannot be read is not looked at."""
    places = {}
    for at, text in enumerate(texts):
        if len(text) > EVENT_BYTES:
            continue  # it is not kept, whoever's it is
        try:
            fields = read_object(text)
            user = scalar(fields.get("user_id"))
        except ValueError:
            continue
        if user is not None and user in persons:
            places[at] = Result(shown(fields.get("event_id")), "rejected", (ERASED,), DETAIL)
    return places


def together(others: Sequence[Result], refused: Mapping[int, Result]) -> list[Result]:
    """The words on all events in order: those in their places, the others in between."""
    rest = iter(others)
    return [
        refused[at] if at in refused else next(rest) for at in range(len(others) + len(refused))
    ]
