"""Gold `user_daily`: what each user did, by day and every filter."""

from netflix_pipeline.contracts import measures
from netflix_pipeline.contracts.contract import Contract, identifier
from netflix_pipeline.contracts.dimensions import OF_PLAYS, columns

CONTRACT = Contract(
    stage="gold",
    name="user_daily",
    doc="What each user did, by day and dimensions: fine enough for exact viewers by filter.",
    columns=(
        identifier("user_id", "who watched"),
        *columns(),
        *measures.columns(measures.OF_PLAYS),
    ),
    key=("user_id", *OF_PLAYS),
)
