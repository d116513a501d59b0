"""Gold `title_daily`: how each title was watched, by day and country."""

from netflix_pipeline.contracts import measures
from netflix_pipeline.contracts.contract import (
    Contract,
    count,
    identifier,
    text,
)

CONTRACT = Contract(
    stage="gold",
    name="title_daily",
    doc="How each title was watched, by day and country.",
    columns=(
        identifier("title_id", "which title"),
        text("country", "the plays' country, or `unknown`"),
        *measures.columns((*measures.OF_PLAYS, *measures.OF_ENTRIES)),
        count("viewers", "distinct users with a starter", "users"),
    ),
    key=("title_id", "country"),
)
