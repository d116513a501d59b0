"""What somebody is in the midst of: films and episodes to end, and the episodes that come next.

A rule, not a model: of each film or series that they watched within `DAYS`, the play that began
last decides. One that is no completer is gone on with; an episode that was completed leads to the
one that follows it, and to nothing where none does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

WORK = pl.coalesce("series_key", "title_id").alias("work")
"""The work that a row of silver titles belongs to: what one chooses, a film or a whole series."""
DAYS = 60
"""Days after which nobody is in the midst of anything any more."""
CONTINUE, NEXT = "continue", "next_episode"
PLAYED = ("title_id", "started_at", "starter", "completer", "reached")
"""The columns of a person's plays that tell it; `user_id` stands before them."""

CONTINUING = pl.Schema(
    {
        "user_id": pl.String(),
        "work": pl.String(),
        "title_id": pl.String(),
        "why": pl.String(),
        "reached": pl.Float64(),
        "last_at": pl.Datetime("us", "UTC"),
    }
)
"""What is gone on with (`why`), how much of it was seen, and when its work was watched last."""


def continuing(
    plays: pl.DataFrame, titles: pl.DataFrame, following: pl.DataFrame, at: datetime
) -> pl.DataFrame:
    """What people are in the midst of at a moment, as `CONTINUING`, by person, the newest first.

    `plays` (user_id and `PLAYED`) are those before it, `titles` silver titles (title_id,
    series_key), `following` the episode after each (title_id, next_title_id).
    """
    last = (
        plays.filter("starter", pl.col("started_at") >= at - timedelta(days=DAYS))
        .join(titles.select("title_id", WORK), on="title_id", how="left")
        .with_columns(pl.coalesce("work", "title_id"))
        .sort("started_at", "title_id")
        .group_by("user_id", "work", maintain_order=True)
        .last()
    )
    return (
        last.join(following, on="title_id", how="left")
        .filter(~pl.col("completer") | pl.col("next_title_id").is_not_null())
        .select(
            "user_id",
            "work",
            title_id=pl.when("completer").then("next_title_id").otherwise("title_id"),
            why=pl.when("completer").then(pl.lit(NEXT)).otherwise(pl.lit(CONTINUE)),
            reached=pl.when(~pl.col("completer")).then("reached"),
            last_at="started_at",
        )
        .sort("user_id", "last_at", "work", descending=[False, True, False])
        .cast(CONTINUING)
    )


@dataclass(frozen=True)
class Continued:
    """What became of what people were in the midst of, within some days.

    Of `offered` works people came back to `taken`, and of these `told` began with the title that
    was offered.
    """

    offered: int
    taken: int
    told: int


def continued(offers: pl.DataFrame, later: pl.DataFrame, titles: pl.DataFrame) -> Continued:
    """How often `CONTINUING` was what people went on with in the plays (`PLAYED`) of days after."""
    first = (
        later.filter("starter")
        .join(titles.select("title_id", WORK), on="title_id", how="left")
        .with_columns(pl.coalesce("work", "title_id"))
        .sort("started_at", "title_id")
        .unique(["user_id", "work"], keep="first")
        .select("user_id", "work", began="title_id")
    )
    taken = offers.join(first, on=["user_id", "work"])
    told = taken.filter(pl.col("began") == pl.col("title_id"))
    return Continued(len(offers), len(taken), len(told))
