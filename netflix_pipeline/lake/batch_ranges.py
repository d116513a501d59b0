"""Batches out of an event log, by their names alone: which offsets each holds, and which count."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

PREFIX = "events-"
NAME = re.compile(
    r"events-(?P<log>[0-9a-f]+)-(?P<first>\d{16})-(?P<last>\d{16})-(?P<day>\d{8})-(?P<table>\w+)"
)


@dataclass(frozen=True)
class Range:
    """The events of one bronze table in the records `first` to `last` of a log.

    All of them arrived on the UTC day `day`.
    """

    log: str
    first: int
    last: int
    day: date
    table: str

    @property
    def name(self) -> str:
        """The name of the batch; those of a log sort by offset."""
        return (
            f"{PREFIX}{self.log}-{self.first:016d}-{self.last:016d}-{self.day:%Y%m%d}-{self.table}"
        )

    @classmethod
    def parse(cls, name: str) -> "Range | None":
        """The range that a batch's name tells; None for a batch of a file."""
        match = NAME.fullmatch(name)
        if match is None:
            return None
        day = date.fromisoformat(match["day"])
        return cls(match["log"], int(match["first"]), int(match["last"]), day, match["table"])


def ranges(names: Iterable[str]) -> list[Range]:
    """The ranges among the names of batches, by log and offset."""
    parsed = filter(None, (Range.parse(name) for name in names if name.startswith(PREFIX)))
    return sorted(parsed, key=lambda batch: (batch.log, batch.first, batch.last, batch.table))


def outermost(names: Iterable[str]) -> set[str]:
    """The names of batches but those whose range lies within another's: that one holds their rows.

    Names are compared as texts, for this is asked for often: their parts have fixed places.
    """
    counted = set(names)
    reached: dict[tuple[str, str], str] = {}
    log, first, last, table = slice(7, 19), slice(20, 36), slice(37, 53), slice(63, None)
    logged = [name for name in counted if name.startswith(PREFIX)]
    logged.sort(key=lambda name: name[last], reverse=True)
    for name in sorted(logged, key=lambda name: name[first]):
        known = name[log], name[table]
        if name[last] <= reached.get(known, ""):
            counted.discard(name)
        else:
            reached[known] = name[last]
    return counted
