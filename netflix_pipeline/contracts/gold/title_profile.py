"""Gold `title_profile`: how each title was watched so far."""

from netflix_pipeline.contracts.contract import (
    PLAY_MEASURES,
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
        *PLAY_MEASURES,
        number("views", "hours ÷ runtime of its entry; 0 where unknown", "views", ge=0),
        count("viewers", "distinct users with a starter", "users"),
        number("completion_rate", "completers ÷ starters", "share", nullable=True, ge=0, le=1),
        count("reviews", "reviews", "reviews"),
        number("rating", "mean of the reviews' ratings", "stars", nullable=True, ge=1, le=5),
        count("episode_completers", "users who completed it, where it is an episode", "users"),
        count(
            "next_episode_starters",
            "those of them who started the next episode within 7 days",
            "users",
        ),
    ),
    key=("title_id",),
    partition="whole",
)
