"""Answers by Polars from Parquet: `python -m benchmarks.peers.answers.by_polars LAKE ASKED TOLD`.

As its guide advises: lazy scans with Hive partitioning, so that filters on days and columns reach
the files, and queries that share a scan collected together.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.peers.answers.program import Question, Rows, run
from benchmarks.peers.answers.shapes import TABLES, ZONE

Tables = Mapping[str, pl.LazyFrame]
EVENT_DATE = pl.col("event_date")
HOURS = pl.col("watch_seconds").sum() / 3600
VIEWERS = pl.col("user_id").filter("starter").n_unique()


def between(first: str, last: str, column: pl.Expr = EVENT_DATE) -> pl.Expr:
    """Whether a day is one of a period's."""
    return column.is_between(date.fromisoformat(first), date.fromisoformat(last))


def person(of: Tables, asked: Question) -> list[pl.LazyFrame]:
    """The newest 20 plays of one person."""
    plays = of["plays"].filter(pl.col("user_id") == asked["user"])
    newest = plays.sort("started_at", "title_id", descending=[True, False]).head(20)
    return [
        newest.select(
            pl.col("started_at").dt.timestamp("us"), "title_id", "watch_seconds", "device"
        )
    ]


def compared(of: Tables, asked: Question) -> list[pl.LazyFrame]:
    """28 days of a country, and those before."""
    plays = of["plays"].filter(
        pl.col("country") == asked["country"], between(asked["before"], asked["last"])
    )
    side = EVENT_DATE.ge(date.fromisoformat(asked["first"])).cast(pl.Int8).alias("side")
    counts = (pl.len(), pl.col("starter", "completer").sum(), HOURS, VIEWERS)
    return [plays.group_by(side).agg(*counts)]


def ranked(of: Tables, asked: Question) -> list[pl.LazyFrame]:
    """The ten titles with most viewers of 28 days."""
    plays = of["plays"].filter(between(asked["first"], asked["last"]))
    viewers = plays.group_by("title_id").agg(viewers=VIEWERS)
    return [viewers.sort("viewers", "title_id", descending=[True, False]).head(10)]


def by_day_and_country(rows: pl.LazyFrame, value: pl.Expr) -> list[pl.LazyFrame]:
    """A value by day and country, and by country alone."""
    total = rows.group_by("country").agg(value=value)
    return [
        rows.group_by("event_date", "country").agg(value=value),
        total.select(pl.lit(None, pl.Date).alias("event_date"), "country", "value"),
    ]


def hours(of: Tables, asked: Question) -> list[pl.LazyFrame]:
    """Hours by day and country."""
    rows = of["engagement_daily"].filter(between(asked["first"], asked["last"]))
    return by_day_and_country(rows, HOURS)


def viewers(of: Tables, asked: Question) -> list[pl.LazyFrame]:
    """Viewers by day and country."""
    rows = of["user_daily"].filter(between(asked["first"], asked["last"]), pl.col("starters") > 0)
    return by_day_and_country(rows, pl.col("user_id").n_unique())


def local(of: Tables, asked: Question, value: pl.Expr) -> list[pl.LazyFrame]:
    """A value by day of another zone, and of all of them."""
    on_clock = pl.col("started_at").dt.convert_time_zone(ZONE).dt.date()
    timed = pl.col("time_precision") == "second"
    rows = (
        of["plays"]
        .filter(between(asked["day_before"], asked["day_behind"]))
        .with_columns(day=pl.when(timed).then(on_clock).otherwise(EVENT_DATE))
        .filter(between(asked["first"], asked["last"], pl.col("day")))
    )
    total = rows.select(pl.lit(None, pl.Date).alias("day"), value.alias("value"))
    return [rows.group_by("day").agg(value=value), total]


def local_hours(of: Tables, asked: Question) -> list[pl.LazyFrame]:
    """Hours by day of another zone."""
    return local(of, asked, HOURS)


def local_viewers(of: Tables, asked: Question) -> list[pl.LazyFrame]:
    """Viewers by day of another zone."""
    return local(of, asked, VIEWERS)


QUERIES = {
    query.__name__.replace("_", " "): query
    for query in (person, compared, ranked, hours, viewers, local_hours, local_viewers)
}


def opened(lake: Path) -> Callable[[Question], Rows]:
    """What answers questions of a lake."""
    tables = {
        name: pl.scan_parquet(lake / table / "**" / "*.parquet", hive_partitioning=True)
        for name, table in TABLES.items()
    }

    def answer(question: Question) -> Rows:
        parts = pl.collect_all(QUERIES[question["shape"]](tables, question))
        return [row for part in parts for row in part.rows()]

    return answer


if __name__ == "__main__":
    run(opened)
