"""The silver tables of events that are no viewing, and of what waits in quarantine.

Rows stay rows, but for the platform's own canaries; the dimensions by which they are grouped are
`unknown` where nobody tells them.
"""

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.contract import CANARY_USER
from netflix_pipeline.transforms.dense_ids import places

UNKNOWN = "unknown"
OF_PEOPLE = pl.col("user_id") != CANARY_USER
DEVICE = pl.col("device").cast(pl.String).fill_null(UNKNOWN)


def searches(events: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """The silver/searches rows of bronze/search_events, in canonical order.

    The country is the search's, else that of the user in silver/users, which are sorted by their
    ids.
    """
    events = events.filter(OF_PEOPLE)
    user = places(events.get_column("user_id"), users.get_column("user_id"))
    home = users.get_column("country").gather(user)
    return contract("silver/searches").conform(
        events.with_columns(pl.coalesce("country", home, pl.lit(UNKNOWN)).alias("country"), DEVICE)
    )


def recommendations(events: pl.DataFrame) -> pl.DataFrame:
    """The silver/recommendations rows of bronze/recommendation_events, in canonical order."""
    return contract("silver/recommendations").conform(
        events.filter(OF_PEOPLE).with_columns(pl.col("algorithm").fill_null(UNKNOWN), DEVICE)
    )


def reviews(events: pl.DataFrame) -> pl.DataFrame:
    """The silver/reviews rows of bronze/reviews, in canonical order."""
    return contract("silver/reviews").conform(events.filter(OF_PEOPLE))


def quarantine(rows: pl.DataFrame) -> pl.DataFrame:
    """The silver/quarantine rows of an arrival day; `quarantine_id` is `<batch>:<line>`."""
    return contract("silver/quarantine").conform(
        rows.with_columns(quarantine_id=pl.concat_str("batch", "line", separator=":"))
    )
