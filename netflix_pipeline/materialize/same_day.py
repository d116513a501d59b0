"""The daily tables that are made from the same day of one other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, partial

import polars as pl

from netflix_pipeline.materialize.pending import INPUTS
from netflix_pipeline.materialize.storing import (
    Draft,
    Failed,
    Job,
    Outcome,
    attempt,
    ends_partition,
)
from netflix_pipeline.materialize.tables import DIMENSIONS, USES_DIMENSIONS
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.transforms.activity import activity
from netflix_pipeline.transforms.drop_off import drop_off
from netflix_pipeline.transforms.engagement_daily import engagement_daily
from netflix_pipeline.transforms.quarantine import quarantine
from netflix_pipeline.transforms.recommendation_daily import recommendation_daily
from netflix_pipeline.transforms.recommendations import recommendations
from netflix_pipeline.transforms.reviews import reviews
from netflix_pipeline.transforms.search_daily import search_daily
from netflix_pipeline.transforms.searches import searches
from netflix_pipeline.transforms.sitting_daily import sitting_daily
from netflix_pipeline.transforms.title_daily import title_daily
from netflix_pipeline.transforms.user_daily import user_daily

Dimensions = Mapping[str, pl.DataFrame]
Make = Callable[[pl.DataFrame, Dimensions], pl.DataFrame]

FROM_PLAYS: Mapping[str, Make] = {
    "gold/title_daily": lambda rows, dims: title_daily(rows, dims["silver/titles"]),
    "gold/user_daily": lambda rows, _: user_daily(rows),
    "gold/engagement_daily": lambda rows, dims: engagement_daily(rows, dims["silver/titles"]),
    "gold/activity": lambda rows, _: activity(rows),
    "gold/drop_off": lambda rows, _: drop_off(rows),
}
"""The tables that are made from silver/plays, and how."""

SAME_DAY: Mapping[str, tuple[str, Make]] = {
    **{table: ("silver/plays", make) for table, make in FROM_PLAYS.items()},
    "silver/searches": (
        "bronze/search_events",
        lambda rows, dims: searches(rows, dims["silver/users"]),
    ),
    "silver/recommendations": (
        "bronze/recommendation_events",
        lambda rows, _: recommendations(rows),
    ),
    "silver/reviews": ("bronze/reviews", lambda rows, _: reviews(rows)),
    "silver/quarantine": ("bronze/quarantine", lambda rows, _: quarantine(rows)),
    "gold/sitting_daily": ("silver/sessions", lambda rows, _: sitting_daily(rows)),
    "gold/search_daily": ("silver/searches", lambda rows, _: search_daily(rows)),
    "gold/recommendation_daily": (
        "silver/recommendations",
        lambda rows, _: recommendation_daily(rows),
    ),
}
"""All of them: the table that each is made from, and how."""


def same_day_jobs(versions: Versions, asked: Mapping[str, set[date]]) -> Iterator[Job]:
    """A job a day, which reads it once and makes of it all the asked tables.

    The tables have one source in common; `asked` says their days.
    """
    tables = list(asked)
    days = sorted(set().union(*asked.values()))
    if not days:
        return
    source, _ = SAME_DAY[tables[0]]

    @cache
    def dimensions() -> Dimensions:
        return {
            dimension: versions.lake.read(dimension)
            for dimension in DIMENSIONS
            if any(table in USES_DIMENSIONS[dimension] for table in tables)
        }

    def make(day: date, rows: pl.DataFrame, table: str) -> Draft:
        since = time.perf_counter()
        frame = SAME_DAY[table][1](rows, dimensions())
        inputs = INPUTS[table](versions, day)
        return Draft(table, day, frame, inputs, time.perf_counter() - since)

    def make_all(day: date) -> list[Outcome]:
        wanted = [table for table in tables if day in asked[table]]
        try:
            rows = versions.rows(source, day)
        except BaseException as error:
            if not ends_partition(error):
                raise
            return [Failed(table, day, error) for table in wanted]
        return [attempt(table, day, partial(make, day, rows, table)) for table in wanted]

    for day in days:
        yield partial(make_all, day)
