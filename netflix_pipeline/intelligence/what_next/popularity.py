"""What is popular in a country: the baseline, and what scores rest on where nothing is known.

The share of the country's people of the last 28 days who started each work in them. Where few
people are behind it, it leans to the share everywhere, and that to what was started at any time, as
if `prior` people more had chosen like those: a Dirichlet prior on two levels. Without it the
popularity of small countries, and of works that are seldom started, would be chance, and any other
model look good beside it.
"""

from datetime import date, timedelta

import polars as pl

DAYS = 28
PRIORS = (100.0, 1_000.0, 10_000.0)
"""The people of the prior that are tried."""
LARGEST = 5.0
PLAIN = 0.0
"""That of popularity as it was counted."""


def shares(begun: pl.DataFrame, until: date, prior: float) -> pl.DataFrame:
    """The popularity of each work in each country in the days before `until`: country, work, share.

    `begun` are `STARTS` of which none is later. The country null is everywhere.
    """
    ever = begun.group_by("work").agg(ever=pl.len())
    recent = begun.filter(pl.col("day") >= until - timedelta(days=DAYS))
    people = recent["user_id"].n_unique()
    usual = len(recent) / max(1, people) / max(1, len(begun))
    everywhere = ever.join(
        recent.group_by("work").agg(started=pl.len()), on="work", how="left"
    ).select(
        "work",
        share=(pl.col("started").fill_null(0) + prior * usual * pl.col("ever"))
        / max(1.0, people + prior),
    )
    by_country = (
        recent.group_by("country")
        .agg(people=pl.col("user_id").n_unique())
        .join(everywhere, how="cross")
        .join(
            recent.group_by("country", "work").agg(started=pl.len()),
            on=["country", "work"],
            how="left",
        )
        .select(
            "country",
            "work",
            share=(pl.col("started").fill_null(0) + prior * pl.col("share"))
            / (pl.col("people") + prior),
        )
    )
    world = everywhere.select(pl.lit(None, pl.String).alias("country"), "work", "share")
    return pl.concat([world, by_country])


def trend(begun: pl.DataFrame, until: date) -> pl.DataFrame:
    """How many times as popular each work is before `until` as it was ever: work, trend.

    In the last 28 days, by the shares of all starts, between 1 ÷ `LARGEST` and `LARGEST`.
    """
    recent = shares(begun, until, PRIORS[1]).filter(pl.col("country").is_null())
    ever = begun.group_by("work").agg(ever=pl.len())
    now, then = pl.col("share") / pl.col("share").sum(), pl.col("ever") / pl.col("ever").sum()
    return recent.join(ever, on="work").select(
        "work", trend=(now / then).clip(1 / LARGEST, LARGEST)
    )
