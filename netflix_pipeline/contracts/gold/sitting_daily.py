"""Gold `sitting_daily`: sittings by day and dimensions."""

from netflix_pipeline.contracts.contract import Contract, count, number
from netflix_pipeline.contracts.dimensions import OF_SITTINGS, by, columns

CONTRACT = Contract(
    stage="gold",
    name="sitting_daily",
    doc=f"Sittings by the day they started × {by(OF_SITTINGS)} of their first play.",
    columns=(
        *columns(OF_SITTINGS),
        count("sittings", "sittings", "sittings"),
        count("binge_sittings", "binge sittings", "sittings"),
        count("plays", "plays in them", "plays"),
        number("watch_seconds", "time watched in them", "s", ge=0),
    ),
    key=OF_SITTINGS,
)
