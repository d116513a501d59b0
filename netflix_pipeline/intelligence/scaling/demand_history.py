"""What services were asked, by the minute: counted by the built-in watch, for five weeks.

It lies in the database of state where one is named, so that all machines add to the same minutes,
else in a file of the home. A row a minute, with nothing of anybody in it; a minute that nobody
counted has none.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import (
    Column,
    Engine,
    Float,
    Integer,
    MetaData,
    Table,
    delete,
    insert,
    select,
    update,
)

from netflix_pipeline.errors import PipelineError
from netflix_pipeline.intelligence.scaling.minutes import DAY, WEEK, Floats
from netflix_pipeline.intelligence.scaling.service_rates import KINDS, Kind
from netflix_pipeline.monitoring.counter_growth import CounterGrowth
from netflix_pipeline.monitoring.samples import Scraped
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_state
from netflix_pipeline.state.database import engine_at, ensure, making, rows_of

log = logging.getLogger(__name__)

KEPT = 5 * WEEK + DAY
"""Minutes that are kept: what a forecast looks back to."""
WAITING = 120
"""Minutes that wait at most to be written, while the database is away."""
REQUESTS, EVENTS = "netflix_http_requests_total", "netflix_events_total"
ANSWERS, VIEWS = "netflix_cache_answers_total", "netflix_dashboard_cache_answers_total"
MINUTE = 60

DEMAND = Table(
    "demand",
    MetaData(),
    Column("minute", Integer, primary_key=True, autoincrement=False),
    *(Column(kind, Float, nullable=False) for kind in KINDS),
)
"""The number of the minute since 1970, and how much of each kind came in it."""


class DemandCounter:
    """Counts demand by what services tell, look by look. For one thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._growth = CounterGrowth({REQUESTS, EVENTS, ANSWERS, VIEWS})
        self._counted: dict[int, dict[Kind, float]] = {}
        self._begun: int | None = None

    def look(self, at: float, told: Mapping[str, Sequence[Scraped]]) -> None:
        """This is what services told at a time; minutes that are over are written down."""
        minute = int(at // MINUTE)
        if self._begun is None:  # this one is not whole
            self._begun = minute
        grown = self._growth.grown(told)
        if any(told.values()):
            counts = self._counted.setdefault(minute, dict.fromkeys(KINDS, 0.0))
            for name, labels, amount in grown:
                kind = _kind(name, dict(labels))
                if kind is not None:
                    counts[kind] += amount
        over = {each: counts for each, counts in self._counted.items() if each != minute}
        over.pop(self._begun, None)
        if not over:
            return
        try:
            with _opened(self._settings) as engine:
                _add(engine, over, minute)
        except PipelineError as error:
            log.warning("demand is counted, and not written down: %s", error)
            over = {each: counts for each, counts in over.items() if each < minute - WAITING}
        for each in (*over, *(each for each in self._counted if each == self._begun != minute)):
            self._counted.pop(each, None)


@dataclass(frozen=True)
class DemandHistory:
    """Demand of each kind a second, by the minute: NaN where nobody counted.

    It begins at a midnight of UTC; `until` is the minute behind the last, in minutes since 1970.
    """

    a_second: dict[Kind, Floats]
    until: int


def demand_history(settings: Settings, now: float) -> DemandHistory | None:
    """What was counted until now; None where nothing was. Raises StateUnavailable."""
    if not settings.state_database and not _file(settings).exists():
        return None
    first = int(now // MINUTE) - KEPT
    with _opened(settings) as engine:
        within = (first <= DEMAND.c.minute) & (now // MINUTE > DEMAND.c.minute)
        rows = rows_of(engine, select(DEMAND).where(within).order_by(DEMAND.c.minute))
    if not rows:
        return None
    begin = rows[0][0] // DAY * DAY
    counted = np.array(rows, dtype=np.float64)
    minutes = counted[:, 0].astype(np.int64) - begin
    found: dict[Kind, Floats] = {}
    for place, kind in enumerate(KINDS, start=1):
        values = np.full(int(minutes[-1]) + 1, np.nan)
        values[minutes] = counted[:, place] / MINUTE
        found[kind] = values
    return DemandHistory(found, begin + int(minutes[-1]) + 1)


def _kind(name: str, labels: Mapping[str, str]) -> Kind | None:
    """What a counter counts; None for what costs next to nothing, such as `/health`."""
    route = labels.get("route", "")
    match name:
        case "netflix_events_total":
            return "events"
        case "netflix_cache_answers_total":
            return "computed" if labels["source"] == "computed" else None
        case "netflix_dashboard_cache_answers_total":
            fits = (labels["cache"], labels["source"]) == ("views", "computed")
            return "views" if fits else None
    if route.endswith("/events"):
        return "event_requests"
    if route.endswith("/users/{user_id}"):
        return "people"
    return "answers" if route.startswith("/v1/") else None


def _add(engine: Engine, minutes: Mapping[int, Mapping[Kind, float]], now: int) -> None:
    """Add to what is known of minutes, by whichever machines; forget what is too old."""
    with making(engine) as connection:
        for minute, counts in minutes.items():
            of = DEMAND.c.minute == minute
            more = {DEMAND.c[kind]: DEMAND.c[kind] + counts[kind] for kind in KINDS}
            if not connection.execute(update(DEMAND).where(of).values(more)).rowcount:
                came = {DEMAND.c[kind]: counts[kind] for kind in KINDS}
                connection.execute(insert(DEMAND).values({DEMAND.c.minute: minute, **came}))
        # What lies ahead is of a clock that was set back since.
        old = (DEMAND.c.minute < now - KEPT) | (DEMAND.c.minute > now + DAY)
        connection.execute(delete(DEMAND).where(old))


@contextmanager
def _opened(settings: Settings) -> Iterator[Engine]:
    if settings.state_database:
        engine = open_state(settings)
    else:
        _file(settings).parent.mkdir(parents=True, exist_ok=True)
        engine = engine_at(f"sqlite:///{_file(settings)}", "NETFLIX_HOME", "demand")
    try:
        ensure(engine, DEMAND)
        yield engine
    finally:
        engine.dispose()


def _file(settings: Settings) -> Path:
    return settings.monitoring / "demand.sqlite"
