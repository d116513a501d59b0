"""Silver `recommendations`: recommendations shown, with the dimensions that group them."""

from netflix_pipeline.contracts.contract import (
    PRECISIONS,
    Contract,
    choice,
    flag,
    identifier,
    instant,
    number,
    text,
    whole,
)

CONTRACT = Contract(
    stage="silver",
    name="recommendations",
    doc="One recommendation shown, by UTC day.",
    columns=(
        identifier("recommendation_id", "identity within the day"),
        identifier("user_id", "to whom it was shown"),
        identifier("title_id", "what was recommended"),
        instant("event_time", "when it was shown"),
        choice("time_precision", PRECISIONS, "`day` where only the date is known"),
        flag("clicked", "whether the user clicked it"),
        whole("position", "position in the row or list", "position", nullable=True),
        number("score", "the recommender's score", "score", nullable=True),
        text("algorithm", "the recommender that chose it, else `unknown`"),
        text("device", "kind of device, else `unknown`"),
    ),
    key=("recommendation_id",),
    order=("user_id", "event_time", "recommendation_id"),
)
