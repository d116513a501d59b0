"""Bronze `recommendation_events`: one recommendation shown to a user."""

from netflix_pipeline.contracts.contract import (
    LINEAGE,
    Contract,
    device,
    event_time,
    flag,
    identifier,
    number,
    text,
    whole,
)

CONTRACT = Contract(
    stage="bronze",
    name="recommendation_events",
    doc="One recommendation shown to a user, as it came, by day of event_time.",
    columns=(
        identifier("recommendation_id", "identity within the event's UTC day"),
        identifier("user_id", "to whom it was shown"),
        identifier("title_id", "what was recommended"),
        *event_time("when it was shown"),
        flag("clicked", "whether the user clicked it"),
        whole("position", "position in the row or list", "position", nullable=True),
        number("score", "the recommender's score", "score", nullable=True),
        text("algorithm", "the recommender that chose it", nullable=True),
        device(),
        *LINEAGE,
    ),
    key=("recommendation_id",),
    order=("batch", "line"),
)
