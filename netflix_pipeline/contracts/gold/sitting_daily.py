"""Gold `sitting_daily`: sittings by day and dimensions."""

from netflix_pipeline.contracts.contract import DIMENSIONS, Contract, count, number

CONTRACT = Contract(
    stage="gold",
    name="sitting_daily",
    doc="Sittings by the day they started × country × device × plan of their first play.",
    columns=(
        *DIMENSIONS[:3],
        count("sittings", "sittings", "sittings"),
        count("binge_sittings", "binge sittings", "sittings"),
        count("plays", "plays in them", "plays"),
        number("watch_seconds", "time watched in them", "s", ge=0),
    ),
    key=("country", "device", "plan"),
)
