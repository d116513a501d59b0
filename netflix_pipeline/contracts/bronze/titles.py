"""Bronze `titles`: what a source says of a title."""

from netflix_pipeline.contracts.contract import (
    LINEAGE,
    Contract,
    day,
    flag,
    identifier,
    number,
    text,
    whole,
)

DESCRIPTION = (
    identifier("title_id", "which title"),
    text("title", "its name", nullable=True),
    text("content_type", "film, series, documentary, stand_up, …", nullable=True),
    text("genre", "primary genre", nullable=True),
    text("genre_2", "second genre", nullable=True),
    number(
        "runtime_minutes",
        "runtime of the film, or of one episode; null or ≤ 0 is unknown",
        "min",
        nullable=True,
    ),
    whole("seasons", "number of seasons", "seasons", nullable=True),
    whole("episodes", "number of episodes (of the season where known)", "episodes", nullable=True),
    text("series_id", "the series of which the row is an episode", nullable=True),
    whole("season", "season of the episode", "season", nullable=True),
    whole("episode", "number of the episode in its season", "episode", nullable=True),
    whole("release_year", "year of release", "year", nullable=True),
    text("language", "original language", nullable=True),
    text("origin_country", "country of origin, as the source says", nullable=True),
    flag("is_original", "whether the service produced it", nullable=True),
    text("maturity_rating", "maturity rating, as the source says", nullable=True),
    day("added_on", "day it came to the service", nullable=True),
)
"""What a titles row says of a title."""

CONTRACT = Contract(
    stage="bronze",
    name="titles",
    doc="What a source says of a title, as it came; the newest row of a title_id wins.",
    columns=(*DESCRIPTION, *LINEAGE),
    key=("title_id", "batch", "line"),
    order=("batch", "line"),
    partition="whole",
)
