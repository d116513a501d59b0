"""Gold `engagement_daily`: the additive measures by day and dimensions."""

from netflix_pipeline.contracts.contract import DIMENSIONS, PLAY_MEASURES, Contract, number

CONTRACT = Contract(
    stage="gold",
    name="engagement_daily",
    doc="The additive measures by day × country × device × plan × content type × genre.",
    columns=(
        *DIMENSIONS,
        *PLAY_MEASURES,
        number("views", "Σ hours ÷ runtime of the entry, where known", "views", ge=0),
        number("seconds_without_runtime", "time watched of entries without a runtime", "s", ge=0),
    ),
    key=("country", "device", "plan", "content_type", "genre"),
)
