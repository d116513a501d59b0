"""Gold `user_daily`: what each user did, by day and every filter."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.measures import OF_PLAYS


def user_daily(plays: pl.DataFrame) -> pl.DataFrame:
    """The plays (silver, of one day) by user and dimensions."""
    table_contract = contract("gold/user_daily")
    return table_contract.conform(
        plays.group_by(table_contract.key).agg(measure.summed for measure in OF_PLAYS)
    )
