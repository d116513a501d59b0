"""Gold `search_daily`: searches and their success, by day."""

from netflix_pipeline.contracts.contract import Contract, count
from netflix_pipeline.contracts.dimensions import columns

CONTRACT = Contract(
    stage="gold",
    name="search_daily",
    doc="Searches by day × country × device.",
    columns=(
        *columns(("country", "device")),
        count("searches", "searches", "searches"),
        count("clicked", "searches with a click", "searches"),
        count("without_results", "searches that found nothing", "searches"),
    ),
    key=("country", "device"),
)
