"""Writes the files of a made-up service: the same arguments give the same bytes.

Late rows and copies wait for their time of arrival, and are written after the others.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from netflix_pipeline.errors import BadInput
from netflix_pipeline.generate import behaviour as behaving
from netflix_pipeline.generate.behaviour import HABITS, Behaviour, Receipts
from netflix_pipeline.generate.dirt import REJECTED, UNPARSABLE, Dirt, dirtied_descriptions
from netflix_pipeline.generate.distributions import Floats, Ints, stream
from netflix_pipeline.generate.interactions import recommendations, reviews, searches
from netflix_pipeline.generate.rendering import Rendering, drawn, layout, payload
from netflix_pipeline.generate.sittings import DAY_MS, WEEKDAYS, Evenings
from netflix_pipeline.generate.viewing import events_of, plays_of
from netflix_pipeline.generate.world import Catalogue, Population, catalogue, population
from netflix_pipeline.generate.writing import CHUNK_ROWS, Format, TableFile

END = 2**63 - 1
"""Behind all times of arrival."""


class Arrivals:
    """The rows of one table of events, put in order of arrival on their way into its file."""

    def __init__(
        self,
        table: str,
        file: TableFile,
        rendering: Rendering,
        dirt: Dirt | None,
        receipts: Receipts | None,
    ) -> None:
        """Rows for `file`, with dirt or without, late as devices report or at once."""
        self._table = table
        self._file = file
        self._rendering = rendering
        self._dirt = dirt
        self._receipts = receipts
        self._new: list[pl.DataFrame] = []
        self._waiting: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame, until: int) -> None:
        """More coded rows, in any order; rows added later all arrive at `until` or after it."""
        if len(rows):
            self._new.append(self._receipts.delayed(rows) if self._receipts else rows)
        if sum(map(len, self._new)) >= CHUNK_ROWS:
            self._admit(until)

    def finish(self) -> None:
        """Write everything that still waits."""
        self._admit(END)

    def _admit(self, until: int) -> None:
        if self._new:
            rows = pl.concat(self._new)
            self._new = []
            self._waiting.append(self._dirt.dirtied(rows) if self._dirt else rows)
        if not self._waiting:
            return
        rows = pl.concat(self._waiting)
        arrived = rows["arrival"] < until
        self._waiting = [rows.filter(~arrived)]
        rows = rows.filter(arrived).sort("arrival", maintain_order=True)
        for chunk in rows.iter_slices(CHUNK_ROWS):
            self._file.write(self._rendering.rendered(self._table, chunk))


EVENTS_A_SEARCH, EVENTS_A_RECOMMENDATION, EVENTS_A_REVIEW = 20, 10, 50
# Names of the streams of random numbers.
_TITLES, _USERS, _DEMAND, _DAYS, _REPORTS, _DIRT = range(6)
_TASTES, _LEAVING, _LAUNCHES, _BREAKS, _RECEIPTS = range(6, 11)


@dataclass(frozen=True)
class GeneratedFiles:
    """What was written, by table: file, rows (headers apart), rows of dirt by kind.

    Dirt is counted in `rows` too; `late` rows are good ones that arrive days later, all other
    dirt is added. `dirt` is empty where the data is clean.
    """

    paths: dict[str, Path]
    rows: dict[str, int]
    dirt: dict[str, dict[str, int]]


@dataclass(frozen=True)
class _Service:
    """A made-up service during a period of `days` days from `start` on; bounds in ms since 1970."""

    catalogue: Catalogue
    population: Population
    start: date
    days: int
    seed: int
    levels: Floats
    receipts: bool

    @property
    def epoch(self) -> int:
        return int(datetime.combine(self.start, time(), UTC).timestamp() * 1000)

    @property
    def horizon(self) -> int:
        return self.epoch + self.days * DAY_MS

    def events_of_days(self, events: int) -> Ints:
        """How many of the events each day has: by who is there, its level, and some chance."""
        chance = np.clip(stream(self.seed, _DEMAND).normal(1, 0.03, self.days), 0.9, 1.1)
        demand = np.cumsum(self.population.demand(self.days) * self.levels * chance)
        total = np.floor(demand / demand[-1] * events).astype(np.int64)
        of_day: Ints = np.diff(total, prepend=0)
        return of_day


def generate(
    directory: Path,
    *,
    events: int,
    users: int,
    titles: int,
    days: int,
    end: date,
    seed: int,
    format: Format = "csv",  # noqa: A002
    dirty: bool,
    behaviour: Behaviour = HABITS,
    progress: Callable[[int], None] = lambda _: None,
) -> GeneratedFiles:
    """Write six tables of a service over the `days` days up to and with `end` into `directory`.

    The tables are watch_events (exactly `events` rows, dirt apart), users and titles (that many
    rows, dirt apart), and search_events, recommendation_events and reviews, whose number follows
    from the events. Their columns are the payloads of the bronze contracts; one of which nothing is
    made up is empty, and events with receipts have a `received_at` besides. `progress` is told how
    many more watch events there are. Raises BadInput where a number is not positive, OSError where
    the directory cannot be written; then no file is left behind.
    """
    for name, number in (("events", events), ("users", users), ("titles", titles), ("days", days)):
        if number < 1:
            raise BadInput(f"generate: {name} is {number}; give a number of at least 1")
    start = end - timedelta(days=days - 1)
    service = _service(users, titles, start, days, seed, behaviour)
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files = {
            table: stack.enter_context(
                TableFile(
                    directory / f"{table}.{format}",
                    layout(table, receipts=behaviour.receipts and table in REJECTED),
                    format,
                )
            )
            for table in (*REJECTED, "users", "titles")
        }
        dirt = _write_descriptions(service, files, dirty=dirty)
        dirt |= _write_events(service, files, events, progress, dirty=dirty)
    if format == "parquet":
        for kinds in dirt.values():
            kinds.pop(UNPARSABLE)
    return GeneratedFiles(
        paths={table: file.path for table, file in files.items()},
        rows={table: file.rows for table, file in files.items()},
        dirt=dirt,
    )


def _service(
    users: int, titles: int, start: date, days: int, seed: int, behaviour: Behaviour
) -> _Service:
    known = catalogue(titles, start, days, stream(seed, _TITLES))
    people = population(users, start, days, stream(seed, _USERS))
    weekdays = np.array(WEEKDAYS)[(start.weekday() + np.arange(days)) % 7]
    if behaviour.steady:
        weekdays = np.ones(days)
        people = behaving.steady(people, start)
    if behaviour.leaving is not None:
        people = behaving.with_leaving(people, behaviour.leaving, days, stream(seed, _LEAVING))
    if behaviour.taste is not None:
        people = behaving.with_tastes(people, behaviour.taste, stream(seed, _TASTES))
    if behaviour.holidays:
        people = behaving.with_holidays(people, start, days)
    if behaviour.launches:
        rng = stream(seed, _LAUNCHES)
        known = behaving.with_launches(known, behaviour.launches, start, days, rng)
    growth = behaving.trend(behaviour.breaks, days, stream(seed, _BREAKS))
    levels = behaving.levels(known, weekdays, growth)
    return _Service(known, people, start, days, seed, levels, behaviour.receipts)


def _write_descriptions(
    service: _Service, files: dict[str, TableFile], *, dirty: bool
) -> dict[str, dict[str, int]]:
    """Write users and titles; gives the counts of their dirt."""
    counts = {}
    for number, (table, frame) in enumerate(
        {"users": service.population.frame, "titles": service.catalogue.frame}.items()
    ):
        columns = (drawn(frame, name).cast(dtype) for name, dtype in payload(table).items())
        rows = frame.select(*columns, broken=pl.lit(value=False))
        if dirty:
            rng = stream(service.seed, _DIRT, len(REJECTED) + number)
            rows, counts[table] = dirtied_descriptions(table, rows, rng)
        for chunk in rows.iter_slices(CHUNK_ROWS):
            files[table].write(chunk)
    return counts


def _write_events(
    service: _Service,
    files: dict[str, TableFile],
    events: int,
    progress: Callable[[int], None],
    *,
    dirty: bool,
) -> dict[str, dict[str, int]]:
    """Write the tables of events, day by day; gives the counts of their dirt."""
    known, people = service.catalogue, service.population
    epoch, horizon = service.epoch, service.horizon
    rendering = Rendering(known, people, receipts=service.receipts)
    dirts = {
        table: Dirt(table, stream(service.seed, _DIRT, number))
        for number, table in enumerate(REJECTED if dirty else ())
    }
    arrivals = {
        table: Arrivals(
            table,
            files[table],
            rendering,
            dirts.get(table),
            Receipts(stream(service.seed, _RECEIPTS, number)) if service.receipts else None,
        )
        for number, table in enumerate(REJECTED)
    }
    evenings = Evenings(known, people, service.start.weekday())
    done = 0
    for day, wanted in enumerate(service.events_of_days(events).tolist()):
        if not wanted:
            continue
        rng = stream(service.seed, _DAYS, day)
        sittings = evenings.day(day, wanted, rng)
        plays = plays_of(sittings, known, people, epoch, horizon, rng)
        n_searches, n_recommendations, n_reviews = (
            -(-(done + wanted) // each) + (-done // each)
            for each in (EVENTS_A_SEARCH, EVENTS_A_RECOMMENDATION, EVENTS_A_REVIEW)
        )
        tomorrow = epoch + (day + 1) * DAY_MS
        for table, rows in (
            ("search_events", searches(sittings, known, people, epoch, n_searches, rng)),
            (
                "recommendation_events",
                recommendations(sittings, known, epoch, day, n_recommendations, rng),
            ),
            ("reviews", reviews(plays, known, horizon, n_reviews, rng)),
        ):
            arrivals[table].add(rows, tomorrow)
        # Sittings stand in order of their start: what follows a part of them begins no earlier.
        earliest = np.minimum.accumulate(np.append(plays.start, tomorrow)[::-1])[::-1]
        for number, part in enumerate(plays.parts(CHUNK_ROWS)):
            rows = events_of(plays, part, stream(service.seed, _REPORTS, day, number))
            arrivals["watch_events"].add(rows, int(earliest[part.stop]))
            progress(len(rows))
        done += wanted
    for waiting in arrivals.values():
        waiting.finish()
    return {table: dirt.counts for table, dirt in dirts.items()}
