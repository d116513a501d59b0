"""What the platform keeps of how the rows of days came, as faults of the data are judged by it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.contracts import missing_rows
from netflix_pipeline.ingest.batches import Manifest
from netflix_pipeline.ingest.ledger import differences, ledger
from netflix_pipeline.intelligence.anomalies.data_faults import Arrivals
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import Versions
from netflix_pipeline.metrics import Lateness, measured_days

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ARRIVALS, LEDGER, ACTIVITY = "gold/arrival_daily", "gold/ledger_daily", "gold/activity"
EVENTS, QUARANTINE = "bronze/watch_events", "bronze/quarantine"
WATCHED_TABLE = "watch_events"
QUARTERS_AN_HOUR = 4
TOTAL = "total", "all"
BATCHES_TOLD = 3
"""Batches of a day that are named: the first of those with most rows."""


@dataclass(frozen=True)
class Facts:
    """How the rows of days came, from `first` on: of all, and plays by hour of each series.

    `settled` days lie before the first that is not settled. `lost` and `quarantined` are the
    batches that the missing rows of a day came in, those with most of them first.
    """

    first: date
    settled: int
    arrivals: Arrivals
    hours: Mapping[tuple[str, str], Floats]
    lost: Mapping[date, Sequence[str]]
    quarantined: Mapping[date, Sequence[str]]

    def of_series(self, level: str, key: str) -> Arrivals:
        """The same as far as it is known of a series: of its own plays by hour."""
        arrivals = self.arrivals
        hours = self.hours.get((level, key))
        if hours is None:
            return arrivals
        return Arrivals(
            arrivals.received, arrivals.lost, arrivals.quarantined, arrivals.late, hours
        )


def facts(lake: Lake, first: date, origin: date) -> Facts:
    """What was kept of the days from `first` up to an origin, of what had come before it."""
    length = (origin - first).days
    rows, late, settled = _arrived(lake, first, origin)
    versions = Versions(lake)
    batches = [
        each
        for day, arrived in versions.arrivals().items()
        if first <= day < origin
        for each in arrived
        if each.table == WATCHED_TABLE
    ]
    lost = _lost(lake, batches, first, origin)
    refused = _quarantined(lake, batches, first, origin)
    missing, quarantined = (_rows(counted, first, length) for counted in (lost, refused))
    received = rows + quarantined + np.maximum(missing, 0)
    hours = _hours(lake, first, origin)
    whole = hours.get(TOTAL, np.zeros((length, 24)))
    return Facts(
        first,
        settled,
        Arrivals(received, missing, quarantined, late, whole),
        hours,
        _named(lost),
        _named(refused),
    )


def _arrived(lake: Lake, first: date, origin: date) -> tuple[Ints, Ints, int]:
    """By day rows and late rows, and how many days are settled, as known at an origin."""
    length = (origin - first).days
    none = np.zeros(length, dtype=np.int64)
    days = _there(lake, ARRIVALS, first, origin)
    arrived = lake.partitions(LEDGER)
    if not days or not arrived:
        return none, none.copy(), length
    age = (pl.lit(origin) - pl.col("event_date")).dt.total_days() * 24 - 24
    counts = lake.read_days(ARRIVALS, days).with_columns(own=pl.col("rows") - pl.col("bulk_rows"))
    counts = counts.with_columns(
        own=pl.when(pl.col("within_hours") <= age).then("own").otherwise(0)
    )
    lateness, measured = Lateness(), measured_days(origin, arrived[0])
    if measured is not None:
        own = counts.filter(pl.col("event_date").is_between(*measured), pl.col("own") > 0)
        by_hours = own.group_by("within_hours").agg(pl.col("own").sum())
        lateness = Lateness.of(dict(by_hours.rows()), own["event_date"].n_unique())
    settles = lateness.settles_within
    at = (pl.col("event_date") - first).dt.total_days().alias("at")
    after = pl.col("event_date") > arrived[0]
    is_late = (
        after & (pl.col("within_hours") > settles) if settles is not None else pl.lit(value=False)
    )
    sums = counts.group_by(at).agg(
        rows=(pl.col("own") + pl.col("bulk_rows")).sum(), late=pl.col("own").filter(is_late).sum()
    )
    rows, late = none, none.copy()
    rows[sums["at"].to_numpy()] = sums["rows"].to_numpy()
    late[sums["at"].to_numpy()] = sums["late"].to_numpy()
    provisional = lateness.provisional_from(datetime.combine(origin, time(), UTC))
    return rows, late, min(max((provisional - first).days, 0), length)


def _hours(lake: Lake, first: date, origin: date) -> dict[tuple[str, str], Floats]:
    """The plays that began by hour (days × 24): of all, and of each country and device."""
    days = _there(lake, ACTIVITY, first, origin)
    told: dict[tuple[str, str], Floats] = {}
    if not days:
        return told
    rows = lake.read_days(ACTIVITY, days, ["quarter", "country", "device", "plays"]).select(
        at=(pl.col("event_date") - first).dt.total_days(),
        hour=pl.col("quarter") // QUARTERS_AN_HOUR,
        total=pl.lit(TOTAL[1]),
        country=pl.col("country").cast(pl.String),
        device=pl.col("device").cast(pl.String),
        plays="plays",
    )
    for level in ("total", "country", "device"):
        sums = rows.group_by(level, "at", "hour").agg(pl.col("plays").sum())
        for key, at, hour, plays in sums.rows():
            series = told.setdefault((level, key), np.zeros(((origin - first).days, 24)))
            series[at, hour] = plays
    return told


Counted = dict[date, dict[str, float]]
"""Rows by day and batch."""


def _lost(lake: Lake, batches: Sequence[Manifest], first: date, origin: date) -> Counted:
    """Rows without an outcome, by the day of their events.

    Those of a batch are of its days of which no file is left; where each has one, of all alike.
    """
    told: Counted = defaultdict(dict)
    days = _there(lake, LEDGER, first, origin)
    wrong: set[date] = set()
    if days:
        counted = lake.read_days(LEDGER, days)
        counted = counted.filter(pl.col("table") == WATCHED_TABLE, missing_rows() != 0)
        wrong.update(counted["event_date"].to_list())
    # The table tells what was found when its day was built; files may have gone since.
    there = _with_files(lake, batches)
    suspects = {
        each.batch: each
        for each in batches
        if each.received_at.date() in wrong
        or any(each.batch not in there[day] for day in each.days)
    }
    for row in differences(ledger(lake, suspects.values())).iter_rows(named=True):
        batch = suspects[row["batch"]]
        gone = [day for day in batch.days if batch.batch not in there[day]] or batch.days
        for day in gone or [batch.received_at.date()]:
            told[day][batch.batch] = row["missing"] / max(len(gone), 1)
    return told


def _with_files(lake: Lake, batches: Sequence[Manifest]) -> dict[date, set[str]]:
    """By day the batches that have a file of it."""
    names = {each.batch for each in batches}
    days = {day for each in batches for day in each.days}
    return {
        day: {path.name.split(".", 1)[0] for path in lake.batch_files(EVENTS, day, names)}
        for day in days
    }


def _quarantined(lake: Lake, batches: Sequence[Manifest], first: date, origin: date) -> Counted:
    """Rows that wait in quarantine, by the days of the rows that came with them."""
    told: Counted = defaultdict(dict)
    days = _there(lake, QUARANTINE, first, origin)
    if not days:
        return told
    waiting = lake.read_days(QUARANTINE, days, ["batch", "table"])
    waiting = waiting.filter(pl.col("table") == WATCHED_TABLE)
    rows = dict(waiting.group_by("batch").agg(pl.len()).rows())
    stored = _stored(lake, rows, first, origin)
    for batch in (each for whole in batches for each in whole.by_file()):
        if batch.batch not in rows:
            continue
        of_days = stored.get(batch.batch, {})
        whole = max(batch.stored, sum(of_days.values()))
        for day, count in of_days.items():
            told[day][batch.batch] = rows[batch.batch] * count / whole
        if not whole:
            told[batch.received_at.date()][batch.batch] = rows[batch.batch]
    return told


def _stored(
    lake: Lake, batches: Iterable[str], first: date, origin: date
) -> dict[str, dict[date, int]]:
    """How many rows of some batches are stored, by batch and day."""
    days = _there(lake, EVENTS, first, origin)
    if not days:
        return {}
    rows = lake.read_days(EVENTS, days, ["batch"]).group_by("batch", "event_date").agg(pl.len())
    told: dict[str, dict[date, int]] = {name: {} for name in batches}
    for batch, day, count in rows.rows():
        if batch in told:
            told[batch][day] = count
    return told


def _rows(counted: Counted, first: date, length: int) -> Ints:
    """Rows by day, of the days that are looked at."""
    rows = np.zeros(length, dtype=np.int64)
    for day, by_batch in counted.items():
        if 0 <= (day - first).days < length:
            rows[(day - first).days] = round(sum(by_batch.values()))
    return rows


def _named(counted: Counted) -> dict[date, list[str]]:
    return {
        day: sorted(by_batch, key=lambda name: (-abs(by_batch[name]), name))[:BATCHES_TOLD]
        for day, by_batch in counted.items()
    }


def _there(lake: Lake, table: str, first: date, origin: date) -> list[date]:
    return [day for day in lake.partitions(table) if first <= day < origin]
