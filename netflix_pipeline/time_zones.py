"""Time zones by their names in the IANA time zone database."""

import difflib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from netflix_pipeline.errors import BadInput

UTC = "UTC"
COMPARED = 64
"""Characters of an unknown name that are compared with those there are."""
NEAR = 3
"""Names near to an unknown one that are told, at most."""
NO_PLACE = {"Factory", "localtime"}
"""Files beside the zones: what says that none is chosen, and whatever one machine is set to."""


class UnknownZone(BadInput):
    """No time zone is called `name`; those `near` to it are."""

    parameters = ("tz",)

    def __init__(self, name: str) -> None:
        self.name, self.near = name, _near(name)
        near = f" Near to that: {', '.join(self.near)}." if self.near else ""
        super().__init__(
            f"there is no time zone {name!r}: give a name of the IANA time zone database, such as "
            f"Europe/Berlin.{near}"
        )


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones() - NO_PLACE)


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises UnknownZone."""
    if name not in _names():
        raise UnknownZone(name)
    return ZoneInfo(name)


def meant(text: str) -> ZoneInfo:
    """The zone that somebody means who typed its name in any case, or a place that is in one alone.

    `europe/berlin` and `berlin` are Europe/Berlin. Raises UnknownZone.
    """
    asked = _typed(text)
    known = _written().get(asked, ())
    whole = [name for name in known if name.casefold() == asked] or known
    return zone(whole[0] if len(whole) == 1 else text)


def clock(name: str) -> ZoneInfo | None:
    """The zone of a name; None where it is UTC, which the tables go by. Raises UnknownZone."""
    return None if name == UTC else zone(name)


@cache
def _written() -> Mapping[str, tuple[str, ...]]:
    """Names by what people write for them, without case: the whole, or the place at its end."""
    names: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for name in sorted(_names()):
        for word in {name.casefold(), _place(name.casefold())}:
            names[word] += (name,)
    return dict(names)


def _typed(text: str) -> str:
    return text[:COMPARED].strip().casefold().replace(" ", "_")


def _place(name: str) -> str:
    return name.rpartition("/")[2]


def _near(text: str) -> tuple[str, ...]:
    """The names that are most like one, by the place with which they end or as wholes."""
    asked, names = _typed(text), _written()
    found = [
        name
        for part in (_place(asked), asked)
        for word in difflib.get_close_matches(part, names, n=NEAR)
        for name in names[word]
    ]
    return tuple(dict.fromkeys(found))[:NEAR]
