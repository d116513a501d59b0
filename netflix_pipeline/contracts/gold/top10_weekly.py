"""Gold `top10_weekly`: the ten most viewed entries of a week."""

import polars as pl

from netflix_pipeline.contracts.contract import Column, Contract, choice, count, number, text, whole
from netflix_pipeline.contracts.silver.titles import LISTS

OVERALL = "all"
"""The `country` of the list that counts every country."""

CONTRACT = Contract(
    stage="gold",
    name="top10_weekly",
    doc="The ten most viewed entries of a week (Monday to Sunday), by list and country.",
    columns=(
        choice("list", LISTS, "films or tv"),
        text("country", "a country, `unknown`, or `all` for the overall list"),
        Column("rank", pl.Int32(), "1 is the most viewed", "rank", ge=1, le=10),
        text("entry_id", "the film, season or series"),
        text("entry_name", "its name"),
        number("hours_viewed", "hours watched in the week", "h", ge=0),
        number(
            "views", "hours ÷ runtime; null where the runtime is unknown", "views", nullable=True
        ),
        number("runtime_hours", "runtime of the entry", "h", nullable=True),
        count("plays", "plays in the week", "plays"),
        count("starters", "plays of at least two minutes in the week", "plays"),
        whole("weeks_in_list", "weeks in this list and country so far", "weeks", ge=1),
    ),
    key=("list", "country", "rank"),
    partition="week",
)
