"""Gold `user_daily`: what each user did, by day and every filter."""

from netflix_pipeline.contracts.contract import DIMENSIONS, PLAY_MEASURES, Contract, identifier

CONTRACT = Contract(
    stage="gold",
    name="user_daily",
    doc="What each user did, by day and dimensions: fine enough for exact viewers by filter.",
    columns=(identifier("user_id", "who watched"), *DIMENSIONS, *PLAY_MEASURES),
    key=("user_id", "country", "device", "plan", "content_type", "genre"),
)
