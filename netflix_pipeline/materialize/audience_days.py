"""The days of gold/audience_daily, each of which looks over a month of gold/user_daily."""

import time
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import chain

import polars as pl

from netflix_pipeline.lake import WHOLE, Partition, Share
from netflix_pipeline.materialize.full_rebuild import rows_of
from netflix_pipeline.materialize.incremental import are_few, standing
from netflix_pipeline.materialize.pending import inputs_of_day
from netflix_pipeline.materialize.retained_versions import change_since
from netflix_pipeline.materialize.shards import frames_of_shares
from netflix_pipeline.materialize.versions import EMPTY, Versions, input_name, partitions_of
from netflix_pipeline.materialize.windows import (
    DAY,
    KNOWN_DAYS,
    MONTH,
    data_from,
    days_between,
    running_into,
)
from netflix_pipeline.materialize.writer import ComputedPartition, Outcome, each_day
from netflix_pipeline.transforms import audience
from netflix_pipeline.transforms.sessionize import stretches

TABLE, VIEWED, PLAYED = "gold/audience_daily", "gold/user_daily", "silver/plays"
ID = ("user_id", "day")

FEW_ROWS = 100_000
"""Plays that are read together."""


def audience_days(versions: Versions, days: Sequence[date], *, anew: bool) -> Iterator[Outcome]:
    """The given days, in order; with `anew` nothing is taken from what is stored."""
    return each_day(TABLE, days, partial(_drafts, versions, anew=anew))


def _drafts(versions: Versions, days: Sequence[date], *, anew: bool) -> Iterator[ComputedPartition]:
    # A month at a time, so that memory does not grow with the range.
    for start in range(0, len(days), MONTH):
        since = time.perf_counter()
        month = days[start : start + MONTH]
        frames = None if anew else _patched(versions, month)
        if frames is None:
            peaks = _peaks(versions, month)
            shares = versions.shares(VIEWED, _window(month))
            counts = frames_of_shares(versions, viewers_of_share, [TABLE], month, shares)
            frames = audience.audience_daily(counts, peaks, data_from(versions))
        inputs = versions.confirmed({day: inputs_of_day(versions, TABLE, day) for day in month})
        taken = (time.perf_counter() - since) / len(month)
        for day in month:
            yield ComputedPartition(TABLE, day, frames[day], inputs[day], taken)


def viewers_of_share(
    versions: Versions, tables: Sequence[str], days: Sequence[date], share: Share
) -> Iterator[ComputedPartition]:
    """The viewers in a share of each window that ends with one of the days."""
    since = time.perf_counter()
    (table,) = tables
    counts = audience.viewers(_viewers(versions, _window(days), share=share), days)
    yield ComputedPartition(table, None, counts, {}, time.perf_counter() - since)


def _viewers(
    versions: Versions,
    days: Sequence[date],
    users: pl.Series | None = None,
    share: Share = WHOLE,
) -> pl.DataFrame:
    """Each user (of `users`, of a share) once a day with a starter: user_id, day."""
    return _once(rows_of(versions, VIEWED, ("user_id", "starters"), users, days, share))


def _once(rows: pl.DataFrame) -> pl.DataFrame:
    # The rows of a user stand together.
    other = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in ID)
    return rows.filter(pl.col("starters") > 0).select(ID).filter(other)


def _peaks(versions: Versions, days: Sequence[date]) -> dict[date, int]:
    """The most plays at one time on each of the days."""
    peaks: dict[date, int] = {}
    for stretch in stretches(days, lambda _: True):
        into = (running_into(versions, day) for day in stretch)
        sources = sorted(set(chain.from_iterable(into)))
        peaks |= audience.peaks_concurrent(_running(versions, sources), stretch)
    return peaks


def _running(versions: Versions, days: Sequence[date]) -> Iterator[pl.DataFrame]:
    """When the plays of some days run: days with few rows are read together."""
    columns = ["started_at", "running"]
    rows = sum(versions.height(PLAYED, day) for day in days)
    if days and rows <= FEW_ROWS and len(versions.shares(PLAYED, days)) == 1:
        yield versions.rows_of_days(PLAYED, days, columns)
        return
    for day in days:
        for share in versions.shares(PLAYED, [day]):
            yield versions.rows(PLAYED, day, columns, share)


def _patched(versions: Versions, days: Sequence[date]) -> dict[date, pl.DataFrame] | None:
    """The stored days with what changed since; None where they must be made anew."""
    stored: dict[date, pl.DataFrame] = {}
    peaks: dict[date, int] = {}
    was: dict[Partition, str] = {}
    for day in days:
        stands = standing(versions, TABLE, day)
        if stands is None:
            return None
        stored[day], footer = stands
        now = inputs_of_day(versions, TABLE, day)
        if footer.inputs.get(KNOWN_DAYS) != now[KNOWN_DAYS]:
            return None
        for source in _month(day):
            version = footer.inputs.get(input_name(VIEWED, source), EMPTY)
            if was.setdefault(source, version) != version:
                return None
        same = partitions_of(PLAYED, footer.inputs) == partitions_of(PLAYED, now)
        peaks[day] = stored[day]["peak_concurrent"].item() if same else _peaks(versions, [day])[day]
    change = change_since(versions, VIEWED, was, ["starters"])
    if change is None:
        return None
    touched = change.rows["user_id"].unique()
    if not are_few(versions, touched, "silver/users"):
        return None
    window = _viewers(versions, [day for day in was if day is not None], touched)
    old = [
        _once(rows.filter(pl.col("user_id").is_in(touched.implode())).with_columns(day=pl.lit(day)))
        for day, rows in change.before.items()
    ]
    before = pl.concat([window.filter(~pl.col("day").is_in(list(change.before))), *old])
    return audience.audience_changed(stored, before, window, peaks, data_from(versions))


def _month(last: date) -> list[date]:
    return days_between(last - DAY * (MONTH - 1), last)


def _window(days: Sequence[date]) -> list[date]:
    """All days that a month of days looks back on."""
    return days_between(_month(days[0])[0], days[-1])
