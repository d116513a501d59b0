"""Gold `recommendation_daily`: recommendations and their clicks, by day."""

from netflix_pipeline.contracts.contract import Contract, count, text

CONTRACT = Contract(
    stage="gold",
    name="recommendation_daily",
    doc="Recommendations by day × device × algorithm.",
    columns=(
        text("device", "kind of device, or `unknown`"),
        text("algorithm", "the recommender that chose it, or `unknown`"),
        count("shown", "recommendations shown", "recommendations"),
        count("clicked", "those of them that were clicked", "recommendations"),
    ),
    key=("device", "algorithm"),
)
