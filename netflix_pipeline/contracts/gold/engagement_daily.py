"""Gold `engagement_daily`: the additive measures by day and dimensions."""

from netflix_pipeline.contracts.contract import DIMENSIONS, PLAY_MEASURES, VIEW_MEASURES, Contract

CONTRACT = Contract(
    stage="gold",
    name="engagement_daily",
    doc="The additive measures by day × country × device × plan × content type × genre.",
    columns=(
        *DIMENSIONS,
        *PLAY_MEASURES,
        *VIEW_MEASURES,
    ),
    key=("country", "device", "plan", "content_type", "genre"),
)
