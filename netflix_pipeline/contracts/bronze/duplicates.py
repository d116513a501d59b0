"""Bronze `duplicates`: rows that were already stored, by identity."""

from netflix_pipeline.contracts.contract import LINEAGE, Contract, day, text

CONTRACT = Contract(
    stage="bronze",
    name="duplicates",
    doc="Rows that were already stored, by day of arrival; they are kept as identities only.",
    columns=(
        text("table", "the bronze table that already had it"),
        text("identity", "the row's identity"),
        day("identity_date", "UTC day of the event; null for users and titles", nullable=True),
        *LINEAGE,
    ),
    key=("batch", "line", "table"),
    order=("batch", "line", "table"),
)
