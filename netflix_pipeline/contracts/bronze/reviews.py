"""Bronze `reviews`: one user's review of one title."""

from netflix_pipeline.contracts.contract import (
    LINEAGE,
    Contract,
    event_time,
    identifier,
    number,
    text,
)

CONTRACT = Contract(
    stage="bronze",
    name="reviews",
    doc="One user's review of one title, as it came, by day of event_time.",
    columns=(
        identifier("review_id", "identity within the event's UTC day"),
        identifier("user_id", "who wrote it"),
        identifier("title_id", "what it is about"),
        *event_time("when it was written"),
        number("rating", "stars given", "stars", ge=1, le=5),
        text("text", "what was written", nullable=True),
        text("sentiment", "the source's own word for its mood", nullable=True),
        *LINEAGE,
    ),
    key=("review_id",),
    order=("batch", "line"),
)
