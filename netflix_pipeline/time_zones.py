"""Time zones by their names in the IANA time zone database."""

import difflib
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from netflix_pipeline.errors import BadInput

UTC = "UTC"
COMPARED = 64
"""Characters of an unknown name that are compared with those there are."""
NO_PLACE = {"Factory", "localtime"}
"""Files beside the zones: what says that none is chosen, and whatever one machine is set to."""


class UnknownZone(BadInput):
    """No time zone has that name."""

    parameters = ("tz",)


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones() - NO_PLACE)


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises UnknownZone."""
    if name not in _names():
        near = f" Near to that: {', '.join(some)}." if (some := _near(name)) else ""
        raise UnknownZone(
            f"there is no time zone {name!r}: give a name of the IANA time zone database, such as "
            f"Europe/Berlin.{near}"
        )
    return ZoneInfo(name)


def clock(name: str) -> ZoneInfo | None:
    """The zone of a name; None where it is UTC, which the tables go by. Raises UnknownZone."""
    return None if name == UTC else zone(name)


def _near(name: str) -> list[str]:
    """The names that are most like one, as wholes or by the place with which they end."""
    words: dict[str, str] = {}
    for known in sorted(_names()):
        for word in (known, known.rpartition("/")[2]):
            words.setdefault(word.casefold(), known)
    asked = name[:COMPARED].casefold().replace(" ", "_")
    found = (
        words[word]
        for part in (asked, asked.rpartition("/")[2])
        for word in difflib.get_close_matches(part, words, n=3)
    )
    return list(dict.fromkeys(found))
