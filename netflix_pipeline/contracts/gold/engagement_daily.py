"""Gold `engagement_daily`: the additive measures by day and dimensions."""

from netflix_pipeline.contracts.contract import PLAY_MEASURES, VIEW_MEASURES, Contract
from netflix_pipeline.contracts.dimensions import OF_PLAYS, by, columns

CONTRACT = Contract(
    stage="gold",
    name="engagement_daily",
    doc=f"The additive measures by day × {by(OF_PLAYS)}.",
    columns=(
        *columns(),
        *PLAY_MEASURES,
        *VIEW_MEASURES,
    ),
    key=OF_PLAYS,
)
