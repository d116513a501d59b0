"""The gold tables of a day: what its silver rows add up to, group by group.

All but `ledger_daily` also take the rows of several days at once (`several_days`).
"""

import polars as pl

from netflix_pipeline.contracts import CANARY_USER, ROW_COUNTS, contract
from netflix_pipeline.contracts.dimensions import OF_ACTIVITY, OF_SITTINGS
from netflix_pipeline.contracts.dimensions import OF_PLAYS as DIMENSIONS
from netflix_pipeline.contracts.measures import OF_ENTRIES, OF_PLAYS, exact_total, made_of, of_entry
from netflix_pipeline.metrics import STEPS, STEPS_REACHED
from netflix_pipeline.transforms.bulk_loads import OF_A_BULK_LOAD
from netflix_pipeline.transforms.search_terms import with_terms
from netflix_pipeline.transforms.several_days import conformed, grouped, telling_days
from netflix_pipeline.transforms.sums import Sums

PLAYED = (
    *("user_id", "title_id", "started_at", "time_precision"),
    *DIMENSIONS,
    *made_of(OF_PLAYS),
)
"""The columns of silver plays that these tables are made of: the others, long texts among them,
need not be read."""

SITTING = ("started_at", "plays", "watch_seconds", "binge", *OF_SITTINGS)
"""The same of silver sessions."""

AN_HOUR, A_DAY = 3_600_000_000, 24
"""Microseconds of an hour, and hours of a day."""

QUARTER = (
    pl.col("started_at").dt.hour().cast(pl.Int32) * 4 + pl.col("started_at").dt.minute() // 15
).alias("quarter")
"""The quarter of an hour of UTC in which a play or a sitting started."""


def _with_entries(rows: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    runtimes = titles.select("title_id", "entry_runtime_minutes")
    return rows.join(runtimes, on="title_id", how="left")


def _of_titles(plays: pl.DataFrame, _titles: pl.DataFrame) -> pl.DataFrame:
    return grouped(plays, "title_id", "country").agg(
        *(measure.exact for measure in OF_PLAYS),
        pl.col("user_id").filter("starter").n_unique().alias("viewers"),
    )


def _with_views(sums: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    return _with_entries(sums, titles).with_columns(of_entry())


title_daily = Sums("gold/title_daily", _of_titles, _with_views)
"""Gold `title_daily`: the plays (silver, of one day) by title and country.

With views and distinct viewers. It takes the whole of silver titles besides, of which title_id and
entry_runtime_minutes are used.
"""


def user_daily(plays: pl.DataFrame) -> pl.DataFrame:
    """Gold `user_daily`: the plays (silver, of one day) by user and dimensions."""
    table = contract("gold/user_daily")
    sums = grouped(plays, *table.key).agg(measure.summed for measure in OF_PLAYS)
    return conformed(table.table, sums)


def _engagement(plays: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    key = contract("gold/engagement_daily").key
    return grouped(_with_entries(plays, titles), *key).agg(
        measure.exact for measure in (*OF_PLAYS, *OF_ENTRIES)
    )


engagement_daily = Sums("gold/engagement_daily", _engagement)
"""Gold `engagement_daily`: the additive measures of the plays (silver, of one day).

By country, device, plan, content type and genre. It takes the whole of silver titles besides, of
which title_id and entry_runtime_minutes are used.
"""


def _activity(plays: pl.DataFrame) -> pl.DataFrame:
    days = telling_days(plays)
    timed = plays.select(*days, *OF_ACTIVITY, "watch_seconds", "time_precision", QUARTER).filter(
        pl.col("time_precision") == "second"
    )
    return grouped(timed, *contract("gold/activity").key).agg(
        pl.len().alias("plays"), exact_total(pl.col("watch_seconds"))
    )


activity = Sums("gold/activity", _activity)
"""Gold `activity`: plays and hours by the quarter of an hour in which they started.

Of the plays of second precision (silver, of one day).
"""


def _drop_off(plays: pl.DataFrame) -> pl.DataFrame:
    step = (pl.col("reached") * STEPS_REACHED).floor().clip(0, STEPS).cast(pl.Int32)
    starters = plays.select(*telling_days(plays), "title_id", "starter", "reached").filter(
        "starter", pl.col("reached").is_not_null()
    )
    return grouped(starters, "title_id", step.alias("step")).agg(pl.len().alias("starters"))


drop_off = Sums("gold/drop_off", _drop_off)
"""Gold `drop_off`: how far starters (silver plays of one day) came, by title and step.

Those of which nobody knows how far they came are left out.
"""


SAT = (
    pl.len().alias("sittings"),
    pl.col("binge").sum().alias("binge_sittings"),
    pl.col("plays").cast(pl.Int64).sum(),
    exact_total(pl.col("watch_seconds")),
)
"""What is counted of sittings."""


def _sittings(sessions: pl.DataFrame) -> pl.DataFrame:
    return grouped(sessions, *contract("gold/sitting_daily").key).agg(SAT)


sitting_daily = Sums("gold/sitting_daily", _sittings)
"""Gold `sitting_daily`: the sittings (silver, of one day) by country, device and plan."""


def _sittings_by_quarter(sessions: pl.DataFrame) -> pl.DataFrame:
    key = contract("gold/sitting_quarters").key
    return grouped(sessions.with_columns(QUARTER), *key).agg(SAT)


sitting_quarters = Sums("gold/sitting_quarters", _sittings_by_quarter)
"""Gold `sitting_quarters`: the sittings (silver, of one day) by when they started.

By the quarter of an hour, country, device and plan.
"""


SEARCHED = (
    pl.len().alias("searches"),
    pl.col("clicked_position").count().alias("clicked"),
    (pl.col("results_count") == 0).sum().alias("without_results"),
)
"""What is counted of searches."""


def _searches(searches: pl.DataFrame) -> pl.DataFrame:
    return grouped(searches, *contract("gold/search_daily").key).agg(SEARCHED)


search_daily = Sums("gold/search_daily", _searches)
"""Gold `search_daily`: the searches (silver, of one day) and their success.

By country and device.
"""


def search_term_daily(searches: pl.DataFrame) -> pl.DataFrame:
    """Gold `search_term_daily`: the searches (silver, of one day) and their success.

    By user, term, country and device.
    """
    table = contract("gold/search_term_daily")
    sums = grouped(with_terms(searches), *table.key).agg(SEARCHED)
    return conformed(table.table, sums)


def _recommendations(recommendations: pl.DataFrame) -> pl.DataFrame:
    return grouped(recommendations, "device", "algorithm").agg(
        pl.len().alias("shown"), pl.col("clicked").sum()
    )


recommendation_daily = Sums("gold/recommendation_daily", _recommendations)
"""Gold `recommendation_daily`: the recommendations (silver, of one day) and their clicks.

By device and algorithm.
"""


def ledger_daily(batches: pl.DataFrame) -> pl.DataFrame:
    """Gold `ledger_daily`: the ledger of an arrival day's batches by source and table.

    `batches` has one row a batch: source, table, received, stored, duplicate, quarantined, erased,
    promo, canary, left_out. Stored watch events that are neither promos nor canaries are in plays.
    """
    in_plays = pl.when(pl.col("table") == "watch_events").then(
        pl.col("stored") - pl.col("promo") - pl.col("canary")
    )
    summed = (*ROW_COUNTS, "promo", "canary", "field_left_out")
    return contract("gold/ledger_daily").conform(
        batches.rename({"left_out": "field_left_out"})
        .with_columns(in_plays=in_plays.otherwise(0))
        .group_by("source", "table")
        .agg(pl.len().alias("batches"), pl.col(*summed, "in_plays").sum())
    )


def _arrivals(events: pl.DataFrame) -> pl.DataFrame:
    event, received = pl.col("event_time"), pl.col("received_at")
    late = (received - event.dt.truncate("1d")).dt.total_microseconds() - A_DAY * AN_HOUR
    hours = ((late + AN_HOUR - 1) // AN_HOUR).clip(lower_bound=0)
    days = (hours + A_DAY - 1) // A_DAY
    within = pl.when(hours <= A_DAY).then(hours).otherwise(days * A_DAY).alias("within_hours")
    counted = events.filter(pl.col("kind") == "main", pl.col("user_id") != CANARY_USER)
    return grouped(counted, within).agg(
        pl.len().alias("rows"),
        OF_A_BULK_LOAD.sum().alias("bulk_rows"),
        received.max().alias("last_received_at"),
    )


ARRIVING = ("user_id", "event_time", "kind", "source", "received_at")
"""The few columns of an event that tell when it came; a day's events have many more."""

arrival_daily = Sums("gold/arrival_daily", _arrivals, largest=("last_received_at",))
"""Gold `arrival_daily`: when the watch events (bronze, of one day) that are in plays came.

By hours from the day's end to the receipt. Promos and canaries are left out. Of the events,
`ARRIVING` are used.
"""
