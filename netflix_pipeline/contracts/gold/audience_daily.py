"""Gold `audience_daily`: how many people watch, by day."""

from netflix_pipeline.contracts.contract import Contract, count

CONTRACT = Contract(
    stage="gold",
    name="audience_daily",
    doc="How many people watch: one row a day.",
    columns=(
        count("dau", "distinct viewers of the day", "users"),
        count(
            "wau",
            "distinct viewers of the 7 days that end with it; null where the data begin later",
            "users",
            nullable=True,
        ),
        count(
            "mau",
            "distinct viewers of the 30 days that end with it; null where the data begin later",
            "users",
            nullable=True,
        ),
        count("peak_concurrent", "most plays running in one minute of the day", "plays"),
    ),
    key=(),
)
