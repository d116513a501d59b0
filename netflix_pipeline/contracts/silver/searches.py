"""Silver `searches`: searches with the dimensions by which they are grouped."""

from netflix_pipeline.contracts.contract import (
    PRECISIONS,
    Contract,
    choice,
    identifier,
    instant,
    text,
    whole,
)

CONTRACT = Contract(
    stage="silver",
    name="searches",
    doc="One search, by UTC day.",
    columns=(
        identifier("search_id", "identity within the day"),
        identifier("user_id", "who searched"),
        instant("event_time", "when the search was made"),
        choice("time_precision", PRECISIONS, "`day` where only the date is known"),
        text("query", "what was typed", nullable=True),
        whole("results_count", "how many results were shown", "results", nullable=True, ge=0),
        whole(
            "clicked_position",
            "position of the clicked result from 1; null: no click",
            "position",
            nullable=True,
            ge=1,
        ),
        text("country", "the search's country, else the user's, else `unknown`"),
        text("device", "the search's device, else `unknown`"),
    ),
    key=("search_id",),
    order=("user_id", "event_time", "search_id"),
)
