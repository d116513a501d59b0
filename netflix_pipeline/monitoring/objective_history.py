"""What the built-in watch measured of objectives, over 30 days: a row for five minutes of each.

A row has the seconds for which something was measured, how much, and how much of that was bad. Time
of which nothing was measured has no row, and counts neither as good nor as bad.
"""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from netflix_pipeline.monitoring import prometheus
from netflix_pipeline.monitoring.counter_growth import CounterGrowth
from netflix_pipeline.monitoring.expressions import DAY, HOUR, MINUTE
from netflix_pipeline.monitoring.indicators import Arrivals, Measurement
from netflix_pipeline.monitoring.objectives import DAYS, OBJECTIVES
from netflix_pipeline.monitoring.samples import Scraped
from netflix_pipeline.settings import Settings

log = logging.getLogger(__name__)

STEP = 5 * MINUTE
"""Seconds of a row."""
KEPT = DAYS * DAY
MISSED = 4
"""Looks as far apart as so many: nothing was measured in between."""
STORED_EVERY = MINUTE
QUIET = HOUR
"""Seconds without anything bad after which trouble is over."""
PATIENCE = 5.0
"""Seconds to wait for another process that reads or writes."""

SCHEMA = """
    CREATE TABLE IF NOT EXISTS measured (
        objective TEXT, begin REAL, seconds REAL NOT NULL, every REAL NOT NULL, bad REAL NOT NULL,
        PRIMARY KEY (objective, begin)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ledger (
        objective TEXT PRIMARY KEY, at REAL NOT NULL, every REAL NOT NULL, bad REAL NOT NULL
    ) WITHOUT ROWID;
"""
ADD = """
    INSERT INTO measured VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        seconds = seconds + excluded.seconds,
        every = every + excluded.every,
        bad = bad + excluded.bad
"""
FORGET = "DELETE FROM measured WHERE begin < ? OR begin > ?"
"""What lies ahead is of a clock that was set back since."""
PUT = """
    INSERT INTO ledger VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET at = excluded.at, every = excluded.every, bad = excluded.bad
"""
SUMS = """
    SELECT
        objective, min(begin), sum(seconds), sum(every), sum(bad),
        coalesce(sum(every) FILTER (WHERE begin > :recent), 0),
        coalesce(sum(bad) FILTER (WHERE begin > :recent), 0)
    FROM measured WHERE begin BETWEEN :first AND :now GROUP BY objective
"""
TROUBLE = """
    SELECT objective, max(begin) FROM (
        SELECT
            objective, begin,
            lag(begin) OVER (PARTITION BY objective ORDER BY begin) AS before
        FROM measured WHERE bad > 0 AND begin BETWEEN :first AND :now
    )
    WHERE before IS NULL OR begin - before > :quiet GROUP BY objective
"""
LEDGER = "SELECT objective, every, bad FROM ledger"


@dataclass
class Measured:
    """So many seconds were measured, so much was, and so much of it was bad."""

    seconds: float = 0.0
    every: float = 0.0
    bad: float = 0.0

    def add(self, more: Measurement) -> None:
        """Measure more."""
        self.seconds += more.seconds
        self.every += more.every
        self.bad += more.bad


@dataclass(frozen=True)
class Summary:
    """What is known of an objective: when it was measured first, and sums over 30 days.

    `recent_every` and `recent_bad` are of the last hour; `bad_since` is when trouble began last,
    and None where there was none. Times are seconds since 1970.
    """

    measured_from: float
    seconds: float
    every: float
    bad: float
    recent_every: float
    recent_bad: float
    bad_since: float | None


class ObjectiveHistory:
    """Measures objectives by what services tell, look by look. For one thread.

    It is written down once a minute: who is killed loses as much, which then was not measured.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = _path(settings)
        self._speed = settings.alert_speed
        self._counters = CounterGrowth(
            frozenset[str]().union(*(one.indicator.counters() for one in OBJECTIVES))
        )
        self._looked_at: float | None = None
        self._stored_at = 0.0
        self._pending: dict[tuple[str, float], Measured] = {}
        self._ledgers: dict[str, tuple[float, float, float]] = {}

    def look(self, at: float, told: Mapping[str, Sequence[Scraped]]) -> None:
        """This is what services told at a time, by their names."""
        before, self._looked_at = self._looked_at, at
        apart = at - before if before is not None else 0.0
        seconds = apart if 0 < apart <= MISSED * prometheus.every(self._speed) else 0.0
        series = [each for scraped in told.values() for each in scraped]
        grown = self._counters.grown(told)
        step = STEP / self._speed
        for objective in OBJECTIVES:
            measured = objective.indicator.measured(series, grown, seconds)
            if measured is not None and any(measured):
                key = objective.name, at // step * step
                self._pending.setdefault(key, Measured()).add(measured)
            if isinstance(objective.indicator, Arrivals):
                rows = objective.indicator.standing(series)
                if rows is not None:
                    self._ledgers[objective.name] = (at, *rows)
        if abs(at - self._stored_at) >= STORED_EVERY / self._speed:
            self.store(at)

    def store(self, now: float) -> None:
        """Write down what was measured. Where that fails, it is kept and tried again."""
        self._stored_at = now
        first = now - KEPT / self._speed
        self._pending = {key: each for key, each in self._pending.items() if key[1] >= first}
        try:
            self._write(first, now)
        except sqlite3.OperationalError as error:
            log.warning("objectives are measured, and not written down: %s: %s", self._path, error)
        except sqlite3.DatabaseError as error:
            log.warning("%s cannot be read (%s): objectives begin anew", self._path, error)
            for name in (self._path.name, f"{self._path.name}-journal"):
                self._path.with_name(name).unlink(missing_ok=True)
        else:
            self._pending.clear()
            self._ledgers.clear()

    def _write(self, first: float, now: float) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=PATIENCE)) as database, database:
            database.executescript(SCHEMA)
            rows = (
                (*key, each.seconds, each.every, each.bad) for key, each in self._pending.items()
            )
            database.executemany(ADD, rows)
            database.executemany(PUT, ((name, *told) for name, told in self._ledgers.items()))
            database.execute(FORGET, (first, now))


def summaries(settings: Settings, now: float) -> dict[str, Summary]:
    """What is known of each objective by its name; nothing where nobody measured."""
    path = _path(settings)
    if not path.exists():
        return {}
    speed = settings.alert_speed
    bound = {
        "now": now,
        "first": now - KEPT / speed,
        "recent": now - (HOUR + STEP) / speed,
        "quiet": QUIET / speed,
    }
    try:
        # A journal that was left behind is rolled back by whoever comes next: not read-only.
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, timeout=PATIENCE, uri=True)) as database:
            trouble = dict(database.execute(TROUBLE, bound).fetchall())
            ledger = {name: (every, bad) for name, every, bad in database.execute(LEDGER)}
            found = database.execute(SUMS, bound).fetchall()
    except sqlite3.Error as error:
        log.warning("%s cannot be read: nothing is known of objectives: %s", path, error)
        return {}
    known = {}
    for name, measured_from, seconds, every, bad, recent_every, recent_bad in found:
        all_rows, bad_rows = ledger.get(name, (every, bad))
        known[name] = Summary(
            measured_from, seconds, all_rows, bad_rows, recent_every, recent_bad, trouble.get(name)
        )
    return known


def _path(settings: Settings) -> Path:
    return settings.monitoring / "objectives.sqlite"
