"""Gold `engagement_daily`: the additive measures by day and dimensions."""

from netflix_pipeline.contracts import measures
from netflix_pipeline.contracts.contract import Contract
from netflix_pipeline.contracts.dimensions import OF_PLAYS, by, columns

CONTRACT = Contract(
    stage="gold",
    name="engagement_daily",
    doc=f"The additive measures by day × {by(OF_PLAYS)}.",
    columns=(
        *columns(),
        *measures.columns((*measures.OF_PLAYS, *measures.OF_ENTRIES)),
    ),
    key=OF_PLAYS,
)
