"""Gold `user_profile`: what is known of how each user watches."""

import polars as pl

from netflix_pipeline.contracts import measures
from netflix_pipeline.contracts.contract import (
    Column,
    Contract,
    choice,
    count,
    day,
    identifier,
    number,
)

SEGMENTS = ("core", "regular", "casual", "at_risk")

CONTRACT = Contract(
    stage="gold",
    name="user_profile",
    doc="How each user who ever played watches, as of the last day with data.",
    columns=(
        identifier("user_id", "who"),
        day("first_day", "day of the first play"),
        day("last_day", "day of the last play"),
        count("active_days", "days with a play", "days"),
        *measures.columns(measures.OF_PLAYS),
        count("active_days_28", "days with a play in the last 28 days", "days"),
        number("hours_28", "hours watched in the last 28 days", "h", ge=0),
        count(
            "starters_without_reach_28",
            "starters in them of which nobody knows how far they came",
            "plays",
        ),
        number(
            "completion_rate_28",
            "completers ÷ starters with known reached in them, null without",
            "share",
            nullable=True,
            ge=0,
            le=1,
        ),
        number("engagement_score", "0 to 100 over the last 28 days", "points", ge=0, le=100),
        choice("segment", SEGMENTS, "≥ 70 core, ≥ 40 regular, ≥ 10 casual, else at risk"),
        Column(
            "favourite_genres",
            pl.List(pl.String()),
            "genres by hours over the last 90 days, at most 5, most first",
        ),
    ),
    key=("user_id",),
    partition="whole",
)
