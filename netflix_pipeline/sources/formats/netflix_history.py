"""Netflix's instant download, `NetflixViewingHistory.csv`: a profile's titles and dates.

Everybody gets it at once from a profile's viewing activity. It has nothing but `Title,Date`, newest
first, whatever the account's language; only how dates are written differs. It does not say whose it
is: the profile has the household's name, or that behind a slash (`--household silva/Ana`). A title
that was played twice on a day stands there twice.
"""

import json

import polars as pl

from netflix_pipeline.ids import derived_id
from netflix_pipeline.sources.adapter import Adapter, fitting_id
from netflix_pipeline.sources.column_mapping import From
from netflix_pipeline.sources.formats.native import DEFAULTS
from netflix_pipeline.sources.formats.netflix_export import (
    ACTIVITY,
    HISTORY,
    KIND,
    TITLE_ID,
    USER_ID,
    title_id,
    titles,
)


def profile_id(household: str) -> str:
    """The id of the profile whose file it is, by what is told of the household."""
    name, _, profile = household.partition("/")
    return fitting_id(f"{name}/{profile or name}")


def prepare(frame: pl.DataFrame, household: str) -> pl.DataFrame:
    """The frame with the ids of user and title."""
    return frame.with_columns(
        pl.lit(profile_id(household)).alias(USER_ID),
        title_id(frame["Title"]),
        pl.lit("main").alias(KIND),
    )


def known_again(_frame: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """The rows with the id of profile, day and title: it counts how many of them there are."""
    keys = read.select("user_id", pl.col("event_time").dt.date().cast(pl.String), "title_id")
    ids = [
        None if None in row else derived_id(HISTORY, json.dumps(row, ensure_ascii=False))
        for row in keys.iter_rows()
    ]
    return read.with_columns(pl.Series("event_id", ids, pl.String))


ADAPTERS = (
    Adapter(
        HISTORY,
        "watch_events",
        ("Title", "Date"),
        {
            **DEFAULTS,
            "user_id": From((USER_ID,)),
            "title_id": From((TITLE_ID,)),
            "event_time": From(("Date",)),
        },
        before=prepare,
        titles=titles,
        uses=("Title",),
        nothing_else=True,
        identify=known_again,
        whose=profile_id,
        repeats=True,
        instead_of=ACTIVITY,
    ),
)
