"""Sittings: a user's plays without a pause of more than 30 minutes (the table silver/sessions)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import polars as pl

from netflix_pipeline.contracts import UTC_MICROSECONDS, contract
from netflix_pipeline.contracts.dimensions import OF_SITTINGS
from netflix_pipeline.metrics import BINGE_EPISODES, SITTING_GAP
from netflix_pipeline.transforms.sessionize import (
    CHAIN,
    LATEST,
    ONE_DAY,
    OPENS,
    REACHES,
    START_DAY,
    Chaining,
    Positions,
    days_reached,
    first_rows,
    how_many,
    last_rows,
    lengths,
    microseconds,
    midnight,
    total_of_known,
    walk,
)
from netflix_pipeline.transforms.several_days import apart

COLUMNS = (
    "play_id",
    "user_id",
    "title_id",
    "started_at",
    "ended_at",
    "time_precision",
    "watch_seconds",
    "starter",
    *OF_SITTINGS,
)
"""The columns of silver/plays that sittings are made of."""

GROUP = ("user_id",)
GAP_MICROSECONDS = SITTING_GAP // timedelta(microseconds=1)


def reaching(reaches: Mapping[date, datetime]) -> Mapping[date, Sequence[date]]:
    """By day the earlier days with a play whose sitting can go on into it, in order.

    `reaches` says of each day of silver/plays the latest ended_at of its plays.
    """
    return days_reached({day: latest + SITTING_GAP for day, latest in reaches.items()})


def _rows(plays: pl.DataFrame) -> pl.DataFrame:
    """The plays of second precision, with when they begin and reach, in microseconds."""
    return (
        plays.lazy()
        .filter(pl.col("time_precision") == "second")
        .select(
            *("play_id", "user_id", "title_id", "watch_seconds", "starter"),
            *OF_SITTINGS,
            pl.col("started_at").to_physical().alias(OPENS),
            (pl.col("ended_at").to_physical() + GAP_MICROSECONDS).alias(REACHES),
        )
        .collect()
    )


def _arrange(plays: pl.DataFrame) -> pl.DataFrame:
    """Plays of earlier days before those of a day, each in canonical order, in that order."""
    return plays.sort("user_id", maintain_order=True)


def _binges(plays: pl.DataFrame, firsts: Positions, titles: pl.DataFrame) -> pl.Series:
    """The chains in which a user started at least three different episodes of one series."""
    starters = how_many(plays.get_column("starter"), firsts)
    enough = (starters >= BINGE_EPISODES).gather(plays.get_column(CHAIN))
    episodes = titles.lazy().filter(pl.col("series_key").is_not_null())
    known = pl.col("episode").is_not_null()
    different = pl.struct("season", "episode").filter(known).n_unique() + (~known).sum()
    return (
        plays.filter(pl.col("starter") & enough)
        .lazy()
        .select(CHAIN, "title_id")
        .join(episodes.select("title_id", "series_key", "season", "episode"), on="title_id")
        .group_by(CHAIN, "series_key")
        .agg(different=different)
        .filter(pl.col("different") >= BINGE_EPISODES)
        .select(pl.col(CHAIN).unique())
        .collect()
        .to_series()
    )


def _merge(plays: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """One row a sitting of linked plays, in the order of their numbers."""
    firsts = first_rows(plays)
    different = plays.lazy().group_by(CHAIN, maintain_order=True).agg(pl.col("title_id").n_unique())
    leading = ("play_id", "user_id", OPENS, *OF_SITTINGS, CHAIN)
    return (
        plays.select(leading)[firsts]
        .with_columns(
            lengths(plays, firsts).alias("plays"),
            plays.get_column(LATEST).gather(last_rows(plays, firsts)),
            total_of_known(plays.get_column("watch_seconds"), firsts),
            different.collect().get_column("title_id").cast(pl.Int32).alias("titles"),
            pl.col(CHAIN).is_in(_binges(plays, firsts, titles).implode()).alias("binge"),
        )
        .rename({"play_id": "session_id"})
    )


def _finish(merged: pl.DataFrame) -> pl.DataFrame:
    """Merged sittings as silver/sessions rows, in canonical order by day, with `start_day`."""
    table_contract = contract("silver/sessions")
    return (
        merged.lazy()
        .with_columns(
            pl.col(OPENS).cast(UTC_MICROSECONDS).alias("started_at"),
            (pl.col(LATEST) - GAP_MICROSECONDS).cast(UTC_MICROSECONDS).alias("ended_at"),
            pl.col("watch_seconds").fill_null(0),
        )
        .select(START_DAY, *table_contract.names)
        # Those that ended on one day are in order, and of a user's the first to end is the first.
        .sort("user_id", maintain_order=True)
        .collect()
    )


def walk_sittings(
    days: Sequence[date],
    read: Callable[[Sequence[date]], pl.DataFrame],
    height: Callable[[date], int],
    reaches: Mapping[date, datetime],
    titles: pl.DataFrame,
) -> Iterator[tuple[date, pl.DataFrame, list[date]]]:
    """Each day in order, as soon as it is final: the day, its silver/sessions, the days used.

    `read(days)` gives silver/plays of days, one after the other, with `COLUMNS`, each in canonical
    order; `height(day)` tells how many a day has; `reaches` says of every day that has plays the
    latest ended_at among them: days not in it are not read. A play may last for days, so that
    sittings depend on those of `reaching(reaches)`, on the two days before, and on the days to the
    last on which one of the day's sittings could have gone on.
    """
    nothing = _rows(contract("silver/plays").empty())
    reached = reaching(reaches)

    def before(day: date) -> pl.DataFrame:
        touching = pl.col(REACHES) >= microseconds(midnight(day))
        candidates = [_rows(read([earlier])).filter(touching) for earlier in reached.get(day, ())]
        return pl.concat([nothing, *candidates])

    chaining = Chaining(
        GROUP,
        has_rows=lambda day: day in reaches,
        height=height,
        read=read,
        rows=_rows,
        nothing=nothing,
        before=before,
        arrange=_arrange,
        merge=lambda plays: _merge(plays, titles),
    )
    for final in walk(days, chaining):
        for day, of_day in apart(_finish(final.chains), final.needed, START_DAY):
            last = final.needed[day]
            near = {day + n * ONE_DAY for n in range(-2, (last - day).days + 1)}
            yield day, of_day, sorted(near.union(reached.get(day, ())))
