"""Gold `user_daily`: what each user did, by day and every filter."""

from netflix_pipeline.contracts.contract import PLAY_MEASURES, Contract, identifier
from netflix_pipeline.contracts.dimensions import OF_PLAYS, columns

CONTRACT = Contract(
    stage="gold",
    name="user_daily",
    doc="What each user did, by day and dimensions: fine enough for exact viewers by filter.",
    columns=(identifier("user_id", "who watched"), *columns(), *PLAY_MEASURES),
    key=("user_id", *OF_PLAYS),
)
