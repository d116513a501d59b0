"""What the log of events holds that is not in bronze: since when, and how much of it.

Whoever takes events in looks for itself: also where no Dagster runs that would drain them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from typing_extensions import override

from netflix_pipeline.eventlog import EventLog, Record
from netflix_pipeline.ingest import drained, is_of_others
from netflix_pipeline.lake import Lake
from netflix_pipeline.receiving.repeated_look import RepeatedLook
from netflix_pipeline.settings import Settings

LOOK_EVERY, SOONEST = 5.0, 0.2
"""Seconds between two looks; at least, however much shorter windows of alerts are."""
PATIENCE = 5.0
"""Seconds for which a store that is away is asked again: who ends waits for the look to end."""
READ_BYTES = 64 * 2**10
"""Stored bytes that are read at once to find what others sent: canaries are short."""
PROBES = 32
"""Requests that are looked at to tell how many events wait."""
SPREAD = (5**0.5 - 1) / 2
"""Its multiples lie evenly between whole numbers, and in step with nothing."""


class Waiting(NamedTuple):
    """What waits: when the oldest came in, None where nothing waits; how many events, about.

    Canaries that came in before the oldest do not count: they may wait for an hour.
    """

    since: datetime | None
    events: int


class Backlog(RepeatedLook[Waiting]):
    """Looks at a log and at bronze.

    A replica that has no lake knows of nothing that waits: who has it does.
    """

    def __init__(self, settings: Settings, log: EventLog) -> None:
        super().__init__("backlog", settings, LOOK_EVERY, SOONEST)
        self._log = log
        self._lake = Lake.of(settings, PATIENCE)
        self._replicated = bool(settings.snapshots) and not settings.lake_address
        self._name = ""
        self._passed = 0

    @override
    def look(self) -> Waiting:
        """What waits now. What was passed once, in bronze or a canary, is not read again."""
        if self._replicated and not self._lake.root.exists():
            return Waiting(None, 0)
        name, last = self._log.id, self._log.last()
        if name != self._name:  # offsets begin anew
            self._name, self._passed = name, 0
        if last > self._passed:
            self._passed = max(self._passed, drained(self._lake, name))
        oldest = self._oldest(last)
        return Waiting(oldest, self._events(last) if oldest else 0)

    def _oldest(self, last: int) -> datetime | None:
        """When the first record came in, of those that are not passed, that others sent."""
        while self._passed < last:
            records = self._log.read(self._passed, READ_BYTES)
            if not records:
                return None
            for record in records:
                if is_of_others(record):
                    return record.received_at
                self._passed = record.offset
            self._thread.task.begins()
        return None

    def _events(self, last: int) -> int:
        """How many events are not passed; of many requests, as some of them have it."""
        requests = last - self._passed
        places: Iterable[int] = range(self._passed, last)
        if requests > PROBES:
            spread = (probe * SPREAD % 1 for probe in range(PROBES))
            places = (self._passed + int(requests * part) for part in spread)
        counts = [
            len(record.lines) if isinstance(record, Record) else 1
            for place in places
            for record in self._log.read(place, most=1)[:1]
        ]
        return round(sum(counts) / max(1, len(counts)) * requests)
