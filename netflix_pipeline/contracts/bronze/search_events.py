"""Bronze `search_events`: one search and what came of it."""

from netflix_pipeline.contracts.contract import (
    LINEAGE,
    Contract,
    country,
    device,
    event_time,
    identifier,
    text,
    whole,
)

CONTRACT = Contract(
    stage="bronze",
    name="search_events",
    doc="One search and what came of it, as it came, by day of event_time.",
    columns=(
        identifier("search_id", "identity within the event's UTC day"),
        identifier("user_id", "who searched"),
        *event_time("when the search was made"),
        text("query", "what was typed", nullable=True),
        whole("results_count", "how many results were shown", "results", nullable=True, ge=0),
        whole(
            "clicked_position",
            "position of the clicked result from 1; null: no click",
            "position",
            nullable=True,
            ge=1,
        ),
        device(),
        country(),
        *LINEAGE,
    ),
    key=("search_id",),
    order=("batch", "line"),
)
