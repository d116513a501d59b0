"""Follows the end of the log, so that every process knows what came in, whoever took it.

A worker's own records become visible the moment that they are durable, those of others when the
log is looked at next. Who begins reads the last hour first, and does so again when the clock was
set or somebody was erased: then it knows what one knows that begins now.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from itertools import groupby

from netflix_pipeline.background import Thread
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.eventlog import (
    POSITIONS,
    Damaged,
    EventLog,
    Record,
    find_log,
    is_erased,
    since,
)
from netflix_pipeline.ingest.fault_isolation import sets_aside
from netflix_pipeline.receiving.recent_identities import Place, Recent
from netflix_pipeline.receiving.rolling_window import WINDOW, RollingWindow
from netflix_pipeline.receiving.validate_events import Judged, Reading, event_of, theirs
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.http_events import EPOCH, Event
from netflix_pipeline.state import NOBODY, Marked

STEP = 2.0
"""Seconds by which the clock must have been set between two looks: less is lived with."""


class Clock:
    """The time of day, compared with a clock that only ever goes forward."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self._apart = self._difference()

    def was_set(self) -> bool:
        """Whether the time was set since this was asked last."""
        before, self._apart = self._apart, self._difference()
        return abs(self._apart - before) > STEP

    def _difference(self) -> float:
        return self.now().timestamp() - time.monotonic()


log = logging.getLogger(__name__)

LOOK_EVERY = 0.05
"""Seconds between two looks at the log."""
LOOK_FOR_LOG_EVERY = 1.0
"""Seconds between two looks whether there is a log."""


class Follower:
    """What is known of the newest records: `recent` by identity, `view` by minute.

    It follows the `log` that is given, which it closes when it ends; else that of the home, once
    there is one: it makes none. `erased` gives the persons of whom nothing is made visible.

    `caught_up` is whether the last hour was read, `position` changes with all that becomes
    visible, `progress` says how far reading has come, empty while there is no log.
    """

    def __init__(
        self,
        settings: Settings,
        log: EventLog | None = None,
        erased: Callable[[], Marked] = lambda: NOBODY,
        clock: Clock | None = None,
    ) -> None:
        self.erased = erased
        self.oldest = settings.oldest_event
        self.recent = Recent(settings.known_events)
        self.progress = ""
        self._settings = settings
        self._clock = clock or Clock()
        self._erased = erased()
        self._log: EventLog | None = None
        self._log_id = ""
        self._visible = self._last = 0
        self._begun = self._done = 0
        self._counting = threading.Lock()
        self._forget()
        if log is not None:
            self._take_up(log)
        self._thread = Thread("tail", self._look)

    @property
    def position(self) -> str:
        """How far the log is visible here."""
        return f"{self._log_id}-{self._last}-{self._visible}"

    @property
    def problem(self) -> str | None:
        """Why the log cannot be followed; None when all is well."""
        return self._thread.task.problem

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the thread has, and the log is closed."""
        self._thread.stop()
        if self._log is not None:
            self._log.close()

    def append(
        self, received_at: datetime, texts: Sequence[bytes], traceparent: str | None = None
    ) -> Future[int]:
        """Append a record that its writer makes visible by `own`, so it is not read again here."""
        with self._counting:
            self._begun += 1
        try:
            future = self._followed.append(received_at, texts, traceparent)
        except BaseException:
            with self._counting:
                self._done += 1
            raise
        future.add_done_callback(self._resolved)
        return future

    def own(self, offset: int, received_at: datetime, verdicts: Judged, seconds: float) -> None:
        """Make a record visible that was appended here and is durable now, `seconds` after receipt.

        While the last hour is read it waits for its turn there, so that all count in order.
        """
        with self._counting:
            self.recent.add(verdicts.identities, verdicts.places(offset))
            if offset in self._unshown:
                self._unshown.discard(offset)
                self._show(offset, received_at, verdicts, received_at + timedelta(seconds=seconds))

    def originals(self, places: Collection[Place]) -> dict[Place, Event | None]:
        """The events that lie at these places of the log; None for one that is gone from it."""
        events: dict[Place, Event | None] = {}
        for offset, group in groupby(sorted(places), key=lambda place: place // POSITIONS):
            record = next(iter(self._followed.read(offset - 1, most=1)), None)
            for place in group:
                events[place] = None
                if isinstance(record, Record) and record.offset == offset:
                    line = record.lines[place % POSITIONS]
                    events[place] = event_of(line, record.received_at, self.oldest)
        return events

    @property
    def _followed(self) -> EventLog:
        assert self._log is not None
        return self._log

    def _take_up(self, log: EventLog) -> None:
        self._log = log
        self.progress = "the last hour of events is about to be read"
        self._log_id = log.id

    def _resolved(self, future: Future[int]) -> None:
        with self._counting:
            if self.caught_up and not future.cancelled() and future.exception() is None:
                self._own.add(future.result())
                self._unshown.add(future.result())
            self._done += 1

    def _forget(self) -> None:
        """Begin anew; what is appended here is read like all else until that is done."""
        self.caught_up = False
        self._after = -1
        self._own: set[int] = set()
        self._unshown: set[int] = set()
        self.view = RollingWindow(
            viewers=self._settings.live_viewers, titles=self._settings.live_titles
        )
        self._counted_at = EPOCH

    def _show(
        self, offset: int, received_at: datetime, verdicts: Judged, visible_at: datetime
    ) -> None:
        # Received while the clock was set wrongly, it counts where those before it do.
        if received_at <= self._clock.now() + timedelta(seconds=STEP):
            self._counted_at = max(self._counted_at, received_at)
        self.view.take(
            received_at,
            verdicts.new,
            duplicates=verdicts.duplicates,
            quarantined=verdicts.quarantined,
            visible_at=visible_at,
            counted_at=self._counted_at,
        )
        self._last = max(self._last, offset)
        self._visible += 1

    def _look(self) -> None:
        if self._log is None:
            log = find_log(self._settings)
            if log is None:
                self._thread.wait(LOOK_FOR_LOG_EVERY)
                return
            self._take_up(log)
        records = self._news()
        for record in records:
            self._read(record)
            self._after = record.offset
            if self._thread.ending:
                return
            self._thread.task.begins()
        if not records:
            with self._counting:
                self.caught_up = True
            self._thread.wait(LOOK_EVERY)

    def _news(self) -> Sequence[Record | Damaged]:
        """The next records; none when all that is new was appended here."""
        log = self._followed
        before, self._erased = self._erased, self.erased()
        if log.id != self._log_id:
            # Offsets begin anew with what could be saved of the log before: so does all of this.
            self._log_id = log.id
            self._read_anew("the log began anew", Recent(self._settings.known_events))
        elif not self._erased.is_as(before):
            self._read_anew("somebody was erased", Recent(self._settings.known_events))
        elif self._clock.was_set() or self.view.is_ahead(self._clock.now()):
            self._read_anew("the clock was set", self.recent)
        if self._after < 0:
            now = self._clock.now()
            self._after = since(log, now - timedelta(minutes=WINDOW), now)
        last = log.last()
        self._wait_for_own()
        self._pass_own()
        if last <= self._after:
            return ()
        records = log.read(self._after)
        self._wait_for_own()
        # Begun anew while it was read: these may be records of either.
        return records if log.id == self._log_id else self._news()

    def _read_anew(self, why: str, recent: Recent) -> None:
        self.progress = f"the last hour of events is read again: {why}"
        with self._counting:
            self._forget()
            self.recent = recent

    def _pass_own(self) -> None:
        """Go on behind the records that were appended here one after the other."""
        with self._counting:
            while self._after + 1 in self._own:
                self._after += 1
                self._own.discard(self._after)

    def _wait_for_own(self) -> None:
        """Until it is known which of the records just read were appended here."""
        with self._counting:
            begun = self._begun
        while self._done < begun and not self._thread.wait(0.001):
            pass

    def _read(self, record: Record | Damaged) -> None:
        """Make a record visible; one at which code fails is passed, and drained all the same."""
        try:
            self._read_one(record)
        except BaseException as error:
            if isinstance(error, PipelineError) or not sets_aside(error):
                raise
            log.exception("record %d of the log of events is not shown", record.offset)

    def _read_one(self, record: Record | Damaged) -> None:
        with self._counting:
            if record.offset in self._own:
                self._own.discard(record.offset)
                return
        if isinstance(record, Damaged):
            log.error("record %d of the log of events is damaged", record.offset)
            return
        persons = self.erased()
        refused = theirs(record.lines, persons) if persons else ()
        positions = [
            at for at, line in enumerate(record.lines) if at not in refused and not is_erased(line)
        ]
        lines = [record.lines[at] for at in positions]
        before = self.recent.before(record.offset * POSITIONS)
        verdicts = Reading(lines, record.received_at, self.oldest).judged(before, self.originals)
        verdicts.positions = [positions[at] for at in verdicts.positions]
        # What came in before this worker began was visible in others.
        visible_at = self._clock.now() if self.caught_up else record.received_at
        with self._counting:
            self.recent.add(verdicts.identities, verdicts.places(record.offset))
            self._show(record.offset, record.received_at, verdicts, visible_at)
        if not self.caught_up:
            self.progress = f"events have been read up to {record.received_at:%H:%M:%S} UTC"
