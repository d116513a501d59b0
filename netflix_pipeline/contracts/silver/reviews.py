"""Silver `reviews`: reviews of titles."""

from netflix_pipeline.contracts.contract import (
    PRECISIONS,
    Contract,
    choice,
    identifier,
    instant,
    number,
    text,
)

CONTRACT = Contract(
    stage="silver",
    name="reviews",
    doc="One user's review of one title, by UTC day.",
    columns=(
        identifier("review_id", "identity within the day"),
        identifier("user_id", "who wrote it"),
        identifier("title_id", "what it is about"),
        instant("event_time", "when it was written"),
        choice("time_precision", PRECISIONS, "`day` where only the date is known"),
        number("rating", "stars given", "stars", ge=1, le=5),
        text("text", "what was written", nullable=True),
        text("sentiment", "the source's own word for its mood", nullable=True),
    ),
    key=("review_id",),
    order=("user_id", "event_time", "review_id"),
)
