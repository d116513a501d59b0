"""Bronze `quarantine`: rows that could not be taken, with everything needed to mend and replay."""

import polars as pl

from netflix_pipeline.contracts.contract import LINEAGE, Column, Contract, text

PROCESSING_FAILED = "processing_failed"
"""The reason of rows at which not a rule, but the code itself failed."""

CONTRACT = Contract(
    stage="bronze",
    name="quarantine",
    doc="Rows that could not be taken, by day of arrival, with every reason that holds.",
    columns=(
        text("table", "the bronze table that it was meant for"),
        Column("reasons", pl.List(pl.String()), "every reason that holds"),
        text("identity", "the row's identity, where it has a readable one", nullable=True),
        text("raw", "the row as it came"),
        text("path", "the file that it came in, or the request"),
        *LINEAGE,
    ),
    key=("batch", "line", "table"),
    order=("batch", "line", "table"),
)
