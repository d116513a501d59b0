"""Silver `quarantine`: the rows that wait in quarantine."""

from netflix_pipeline.contracts.bronze.quarantine import CONTRACT as BRONZE
from netflix_pipeline.contracts.contract import Contract, text

CONTRACT = Contract(
    stage="silver",
    name="quarantine",
    doc="The rows that wait in quarantine, by day of arrival.",
    columns=(text("quarantine_id", "batch and line: how the row is named"), *BRONZE.columns),
    key=("quarantine_id", "table"),
    order=("batch", "line", "table"),
)
