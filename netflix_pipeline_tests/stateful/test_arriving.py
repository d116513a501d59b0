"""Any sequence of steps, with kills within and between them, leaves what the reference says.

Events over HTTP and in files, with repeats, conflicts, rows that break a rule and several days;
drained, merged, replayed, erased and built. STATEFUL_EXAMPLES tells how many sequences are tried.
"""

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from netflix_pipeline.contracts import contract
from netflix_pipeline.eventlog import POSITIONS, existing_log, open_log
from netflix_pipeline.ingest import differences, ingest_paths, ledger, manifests
from netflix_pipeline.ingest import drain as drain_log
from netflix_pipeline.ingest.erasing import erase_bronze
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.batch_ranges import Range
from netflix_pipeline.materialize import SILVER, build
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_erasures
from netflix_pipeline_tests.reference.native import read_csv, typed
from netflix_pipeline_tests.reference.rows import Row
from netflix_pipeline_tests.stateful.model import Model
from netflix_pipeline_tests.support.dying_step import lived
from netflix_pipeline_tests.support.events import search, watch

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "5"))
STEPS = 40

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
NAMES = ("event_id", "user_id", "title_id", "event_time", "action", "watch_seconds")
NO_EVENT = b"no event"

events = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from("abcdefghijkl"),
        "user_id": st.sampled_from(["cy", "cy", "ann", "bob"]),
        "title_id": st.just("film"),
        # In the past, and within a day from now: what is too early can be replayed later.
        "event_time": st.sampled_from(
            [
                *["2026-02-01T10:00:00Z"] * 4,
                *["2026-01-31T10:00:00Z"] * 2,
                "2026-01-30T23:59:59Z",
                "2026-02-01T20:00:00Z",
            ]
        ),
        "action": st.just("stopped"),
        "watch_seconds": st.sampled_from([*[60.0] * 6, 61.0, -1.0]),
    }
)
searches = events.map(
    lambda told: {name: told[name] for name in ("event_id", "user_id", "event_time")}
)
requests = st.lists(st.one_of(events, events, searches, st.none()), min_size=1, max_size=5)
files = st.lists(events, min_size=1, max_size=5)
moments = st.one_of(st.just(0), st.just(0), st.integers(1, 80))
minutes = st.sampled_from([1, 1, 1, 60, 60 * 24])


class Errors(logging.Handler):
    """What code failed at, though it may have been done in another way."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(logging.Formatter().format(record))


class Arriving(RuleBasedStateMachine):
    """A home and the reference, to which the same happens."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.home = Settings(home=self.folder / "home")
        self.lake = Lake.of(self.home)
        self.model = Model()
        self.clock = NOON
        self.sent: dict[int, list[tuple[str, Row]]] = {}
        self.applied: set[tuple[str, int]] = set()
        self.known: set[str] = set()
        self.files: dict[str, Path] = {}
        self.begun: Path | None = None
        self.said: list[dict[str, Any]] = []
        self.exact = True
        self.errors = Errors(logging.ERROR)
        logging.getLogger("netflix_pipeline").addHandler(self.errors)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)
            logging.getLogger("netflix_pipeline").removeHandler(self.errors)

    def _later(self, by: int) -> None:
        self.clock += timedelta(minutes=by)

    def _step(self, step: Callable[[], Iterable[str]], at: int) -> bool:
        """Take a step that dies at a moment; returns whether it lived. Nothing may fail in it."""
        notes: list[str] = []
        self.exact = lived(lambda: notes.extend(filter(None, step())), self.home.root, at)
        assert not notes
        assert not self.errors.records
        self._follow()
        return self.exact

    def _follow(self) -> None:
        """Tell the reference what came into bronze since."""
        fresh = self.lake.standing_batches() - self.known
        self.known |= fresh
        ranges = [told for name in fresh if (told := Range.parse(name)) is not None]
        for told in sorted(ranges, key=lambda each: (each.first, each.last)):
            for offset in range(told.first, told.last + 1):
                if (told.table, offset) in self.applied or offset not in self.sent:
                    continue
                self.applied.add((told.table, offset))
                for table, row in self.sent[offset]:
                    if table == told.table:
                        self.model.take(table, row)
        for name in fresh:
            if Range.parse(name) is None:
                told_at = next(told.received_at for told in manifests(self.lake, [name]))
                path = self.files[name.split("-")[0]]
                lineage = {"source": "native-watch-events", "received_at": told_at, "batch": name}
                for row in read_csv(path, "watch_events", lineage):
                    self.model.take("watch_events", row)

    @rule(request=requests, by=minutes)
    def send_later(self, request: Sequence[dict[str, Any] | None], by: int) -> None:
        self.send(request, by)

    def send(self, request: Sequence[dict[str, Any] | None], by: int) -> None:
        """A request that is in the log."""
        self._later(by)
        lines = []
        rows: list[tuple[str, Row]] = []
        for told in request:
            table = "watch_events"
            if told is None:
                lines.append(NO_EVENT)
                row: Row = {"problems": ["unparsable_row"]}
            elif "watch_seconds" in told:
                lines.append(watch(**told))
                self.said.append(told)
                row = typed(table, {name: str(value) for name, value in told.items()})
            else:
                table = "search_events"
                lines.append(search(**told))
                names = {"event_id": "search_id"}
                texts = {names.get(name, name): value for name, value in told.items()}
                row = typed(table, {**texts, "query": "x"})
            rows.append((table, row))
        with closing(open_log(self.home)) as log:
            offset = log.append(self.clock, lines).result()
        for number, (_, row) in enumerate(rows):
            row |= {
                "source": "http",
                "received_at": self.clock,
                "batch": "http",
                "line": offset * POSITIONS + number,
                "raw": lines[number].decode(),
                "path": "",
            }
        self.sent[offset] = rows

    @rule(told=events)
    def send_and_drain(self, told: dict[str, Any]) -> None:
        self.send([told], 1)
        self._drain(0)

    @precondition(lambda self: len(self.said) > 1)
    @rule(data=st.data(), more=events, in_file=st.booleans())
    def say_again(self, data: st.DataObject, more: dict[str, Any], in_file: bool) -> None:
        """Some of what was said before comes once more, with something new."""
        before = st.lists(st.sampled_from(self.said), min_size=2, max_size=5)
        rows = [*data.draw(before), more]
        if in_file:
            self.ingest(rows, 0, 1)
        else:
            self.send(rows, 1)
            self._drain(0)

    @precondition(lambda self: self.sent)
    @rule(at=moments, by=minutes)
    def drain(self, at: int, by: int) -> None:
        self._later(by)
        self._drain(at)

    def _drain(self, at: int) -> None:

        def step() -> Iterable[str]:
            with existing_log(self.home) as log:
                assert log is not None
                return [told.note for told in drain_log(self.home, log, now=lambda: self.clock)]

        self._step(step, at)

    @rule(rows=files, at=moments, by=minutes)
    def ingest_file(self, rows: list[dict[str, Any]], at: int, by: int) -> None:
        self.ingest(rows, at, by)

    def ingest(self, rows: list[dict[str, Any]], at: int, by: int) -> None:
        """A file that is taken in."""
        self._later(by)
        cells = [NAMES, *([str(row[name]) for name in NAMES] for row in rows)]
        text = "\n".join(map(",".join, cells)) + "\n"
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        path = self.folder / f"{name}.csv"
        path.write_text(text)
        self.files[name] = path
        self._take(path, at)

    @precondition(lambda self: self.begun is not None)
    @rule(at=moments)
    def ingest_again(self, at: int) -> None:
        """The same command after it was killed, maybe with others in between."""
        assert self.begun is not None
        if (self.home.root / "ingest.json").exists():
            self._take(self.begun, at)
        self.begun = None

    def _take(self, path: Path, at: int) -> None:
        def step() -> Iterable[str]:
            taken = ingest_paths(self.home, [path], now=lambda: self.clock)
            # Rows that are all wrong in one column are told besides.
            return [told.note for told in taken if "can be taken as" not in (told.note or "")]

        self.begun = None if self._step(step, at) else path

    @precondition(lambda self: self.known)
    @rule(at=moments, by=minutes)
    def replay(self, at: int, by: int) -> None:
        self._later(by)

        def step() -> Iterable[str]:
            return replay(self.home, quarantined(self.lake), now=lambda: self.clock).failures

        if not self._step(step, at):
            self._step(step, 0)
        self.model.replay(self.clock, self._batch_of)

    def _batch_of(self, row: Row) -> str:
        if row["batch"] != "http":
            name: str = row["batch"]
            return name
        offset = row["line"] // POSITIONS
        for name in self.lake.committed_batches():
            told = Range.parse(name)
            if told and told.table == row["table"] and told.first <= offset <= told.last:
                return name
        raise AssertionError(row)

    @precondition(lambda self: self.known)
    @rule(user=st.sampled_from(["ann", "bob"]), at=moments)
    def erase(self, user: str, at: int) -> None:
        with open_erasures(self.home) as erasures:
            erasures.mark([user])
        if not self._step(lambda: erase_bronze(self.home, [user]).failures, at):
            self._step(lambda: erase_bronze(self.home, [user]).failures, 0)
        self.model.erase(user)

    @precondition(lambda self: self.known)
    @rule()
    def materialize(self) -> None:
        built = list(build(self.lake, SILVER, None, only_pending=True))
        assert not [told for told in built if told.problem or not told.violations.is_empty()]
        main = sum(
            int(self.lake.read("silver/plays", day, ["events"])["events"].sum())
            for day in self.lake.partitions("silver/plays")
        )
        assert main == self._rows("watch_events").height

    @invariant()
    def holds_what_the_reference_says(self) -> None:
        if not hasattr(self, "folder") or not self.exact:
            return
        assert self._contents() == self.model.contents()
        counted = ledger(self.lake, manifests(self.lake))
        assert differences(counted).is_empty()
        assert counted["received"].sum() == self.model.received

    def _rows(self, table: str) -> pl.DataFrame:
        name = f"bronze/{table}"
        if table == "user_mentions":
            return self.lake.read(name)
        days = [
            self.lake.read(name, day).with_columns(day=pl.lit(day))
            for day in self.lake.partitions(name)
        ]
        none = contract(name).empty().with_columns(day=pl.lit(None, pl.Date))
        return pl.concat([none, *days])

    def _contents(self) -> dict[str, list[tuple[Any, ...]]]:
        watched, searched = self._rows("watch_events"), self._rows("search_events")
        lineage = ("event_time", "received_at", "line")
        waiting = self._rows("quarantine").select("table", "received_at", "line", "reasons")
        return {
            "watch_events": sorted(
                watched.select("event_id", "user_id", "day", *lineage, "watch_seconds").iter_rows()
            ),
            "search_events": sorted(
                searched.select(
                    "search_id", "user_id", "day", *lineage, pl.lit(None).alias("seconds")
                ).iter_rows()
            ),
            "duplicates": sorted(
                self._rows("duplicates")
                .select("table", "identity", "identity_date", "received_at", "line")
                .iter_rows()
            ),
            "quarantine": sorted((*row[:3], *sorted(row[3])) for row in waiting.iter_rows()),
            "users": sorted(
                self._rows("user_mentions").select(pl.col("user_id").unique()).iter_rows()
            ),
        }


def test_any_sequence_of_steps_leaves_what_the_reference_says() -> None:
    run_state_machine_as_test(
        Arriving, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    )


def test_the_sequence_in_which_a_library_once_panicked() -> None:
    def told(event_id: str, day: str = "2026-02-01") -> dict[str, Any]:
        seen = {"event_time": f"{day}T10:00:00Z", "action": "stopped", "watch_seconds": 60.0}
        return {"event_id": event_id, "user_id": "cy", "title_id": "film", **seen}

    for in_file in (False, True):
        state = Arriving()
        state.begin()
        for name in "abc":
            state.send_and_drain(told(name))
        rows = [told("a"), told("c"), told("d", "2026-01-31")]
        if in_file:
            state.ingest(rows, 0, 1)
        else:
            state.send(rows, 1)
            state._drain(0)
        state.holds_what_the_reference_says()
        state.teardown()
