"""Gold `ledger_daily`: what arrived and what became of it."""

from netflix_pipeline.contracts.contract import Contract, count, text
from netflix_pipeline.contracts.outcomes import OUTCOMES

CONTRACT = Contract(
    stage="gold",
    name="ledger_daily",
    doc="By arrival day, source and table: received = stored + duplicate + quarantined + erased.",
    columns=(
        text("source", "the adapter that read the rows"),
        text("table", "the bronze table that they were meant for"),
        count("batches", "batches that arrived", "batches"),
        count("received", "rows received"),
        *(count(name, words) for name, words in OUTCOMES.items()),
        count("in_plays", "stored watch events that are part of plays"),
        count("promo", "stored watch events of promos: kept, never counted"),
        count("canary", "stored watch events of the platform's own canary"),
        count(
            "field_left_out",
            "fields of stored rows that could not be understood, such as an unknown country",
            "fields",
        ),
    ),
    key=("source", "table"),
)
