"""Gold `title_profile`: how each title was watched so far."""

from netflix_pipeline.contracts import measures
from netflix_pipeline.contracts.contract import (
    Contract,
    count,
    day,
    identifier,
    number,
)

CONTRACT = Contract(
    stage="gold",
    name="title_profile",
    doc="How each title that was ever played or reviewed was watched so far.",
    columns=(
        identifier("title_id", "which title"),
        day("first_day", "day of its first play", nullable=True),
        day("last_day", "day of its last play", nullable=True),
        *measures.columns((*measures.OF_PLAYS, *measures.OF_ENTRIES)),
        count("viewers", "distinct users with a starter", "users"),
        number(
            "completion_rate",
            "completers ÷ starters with known reached",
            "share",
            nullable=True,
            ge=0,
            le=1,
        ),
        count("reviews", "reviews", "reviews"),
        number("rating", "mean of the reviews' ratings", "stars", nullable=True, ge=1, le=5),
        count(
            "episode_completers",
            "users who completed it first more than 7 days before the last day with a play, where "
            "it is an episode that another is known to follow",
            "users",
        ),
        count(
            "next_episode_starters",
            "those of them who started the next episode until 7 days after that play's end",
            "users",
        ),
    ),
    key=("title_id",),
    partition="whole",
)
