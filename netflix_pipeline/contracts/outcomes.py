"""What becomes of a row that arrives: each that was received has one of these outcomes."""

import polars as pl

OUTCOMES = {
    "stored": "rows stored",
    "duplicate": "rows already stored",
    "quarantined": "rows in quarantine",
    "erased": "rows erased on a person's request",
}
"""Each by the column that counts it, with the column's words."""
ROW_COUNTS = ("received", *OUTCOMES)
"""The columns in which rows are counted."""
PROCESSING_FAILED = "processing_failed"
"""The reason of rows at which not a rule, but the code itself failed."""


def missing_rows() -> pl.Expr:
    """How many rows received have no outcome: 0, or rows were lost (below 0: are there twice)."""
    return pl.col("received") - pl.sum_horizontal(*OUTCOMES)
