"""Follows the end of the log, so that every worker knows what came in, whoever took it.

A worker's own records become visible the moment that they are durable, those of others when the
log is looked at next. A new worker reads the last hour first, and does so again when the clock was
set: then it knows what one knows that begins now.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from itertools import groupby

from netflix_pipeline.background import Thread
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.eventlog import POSITIONS, Damaged, EventLog, Record, is_erased, since
from netflix_pipeline.ingest.fault_isolation import sets_aside
from netflix_pipeline.live.memory_limits import USUAL, MemoryLimits
from netflix_pipeline.live.recent_identities import Before, Place, Recent
from netflix_pipeline.live.rolling_window import WINDOW, RollingWindow
from netflix_pipeline.receiving.clock import STEP, Clock
from netflix_pipeline.receiving.erasure_filter import theirs
from netflix_pipeline.receiving.validate_events import Judged, event_of, judged
from netflix_pipeline.sources.formats.http_events import Event
from netflix_pipeline.state import NOBODY, Marked

log = logging.getLogger(__name__)

LOOK_EVERY = 0.05
"""Seconds between two looks at the log."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tail:
    """What is known of the newest records: `recent` by identity, `view` by minute.

    `erased` gives the persons of whom nothing is made visible, `bounds` how much is kept, `oldest`
    how long before its receipt an event may have happened.

    `caught_up` is whether the last hour was read, `position` changes with all that becomes
    visible, `progress` says how far reading has come.
    """

    def __init__(
        self,
        log: EventLog,
        erased: Callable[[], Marked] = lambda: NOBODY,
        bounds: MemoryLimits = USUAL,
        clock: Clock | None = None,
        oldest: timedelta | None = None,
    ) -> None:
        self.erased = erased
        self.oldest = oldest
        self._bounds = bounds
        self.recent = Recent(bounds.identities)
        self._forget()
        self.progress = "the last hour of events is about to be read"
        self._log = log
        self._log_id = log.id
        self._clock = clock or Clock()
        self._visible = 0
        self._last = 0
        self._after = -1
        self._again = threading.Event()
        self._begun = self._done = 0
        self._counting = threading.Lock()
        self._thread = Thread("tail", self._look)

    @property
    def position(self) -> str:
        """How far the log is visible here."""
        return f"{self._log_id}-{self._last}-{self._visible}"

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the thread has."""
        self._thread.stop()

    def append(self, received_at: datetime, texts: Sequence[bytes]) -> Future[int]:
        """Append a record that its writer makes visible by `own`, so it is not read again here."""
        with self._counting:
            self._begun += 1
        try:
            future = self._log.append(received_at, texts)
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
            self.recent.add(verdicts.places(offset))
            if offset in self._unshown:
                self._unshown.discard(offset)
                self._show(offset, received_at, verdicts, received_at + timedelta(seconds=seconds))

    def read_again(self) -> None:
        """Read the last hour anew: somebody in it was erased."""
        self._again.set()

    def originals(self, places: Collection[Place]) -> dict[Place, Event | None]:
        """The events that lie at these places of the log; None for one that is gone from it."""
        events: dict[Place, Event | None] = {}
        for offset, group in groupby(sorted(places), key=lambda place: place // POSITIONS):
            positions = [place % POSITIONS for place in group]
            record = next(iter(self._log.read(offset - 1, most=1)), None)
            for position in positions:
                event = None
                if isinstance(record, Record) and record.offset == offset:
                    event = event_of(record.lines[position], record.received_at, self.oldest)
                events[offset * POSITIONS + position] = event
        return events

    def _resolved(self, future: Future[int]) -> None:
        with self._counting:
            if self.caught_up and not future.cancelled() and future.exception() is None:
                self._own.add(future.result())
                self._unshown.add(future.result())
            self._done += 1

    def _forget(self) -> None:
        """Begin anew; what is appended here is read like all else until that is done."""
        self.caught_up = False
        self._own: set[int] = set()
        self._unshown: set[int] = set()
        self.view = RollingWindow(viewers=self._bounds.viewers, titles=self._bounds.titles)
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
        if self._after < 0:
            self._after = self._hour()
        if self._log.id != self._log_id:
            # Offsets begin anew with what could be saved of the log before: so does all of this.
            self._log_id = self._log.id
            self._read_anew("the log began anew", Recent(self._bounds.identities))
        elif self._again.is_set():
            self._again.clear()
            self._read_anew("somebody was erased", Recent(self._bounds.identities))
        elif self._clock.was_set() or self.view.is_ahead(self._clock.now()):
            self._read_anew("the clock was set", self.recent)
        last = self._log.last()
        self._wait_for_own()
        self._pass_own()
        if last <= self._after:
            return ()
        records = self._log.read(self._after)
        self._wait_for_own()
        # Begun anew while it was read: these may be records of either.
        return records if self._log.id == self._log_id else self._news()

    def _read_anew(self, why: str, recent: Recent) -> None:
        self.progress = f"the last hour of events is read again: {why}"
        with self._counting:
            self._forget()
            self.recent = recent
        self._after = self._hour()

    def _hour(self) -> int:
        """The offset behind which the last hour lies."""
        now = self._clock.now()
        return since(self._log, now - timedelta(minutes=WINDOW), now)

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
        before = Before(self.recent, record.offset * POSITIONS)
        verdicts = judged(lines, record.received_at, before, self.originals, self.oldest)
        verdicts.identities = {name: positions[at] for name, at in verdicts.identities.items()}
        # What came in before this worker began was visible in others.
        visible_at = self._clock.now() if self.caught_up else record.received_at
        with self._counting:
            self.recent.add(verdicts.places(record.offset))
            self._show(record.offset, record.received_at, verdicts, visible_at)
        if not self.caught_up:
            self.progress = f"events have been read up to {record.received_at:%H:%M:%S} UTC"
