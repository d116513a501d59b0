"""Gold `engagement_daily`: the additive measures by day and dimensions."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.measures import OF_ENTRIES, OF_PLAYS


def engagement_daily(plays: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """The plays (silver, of one day) by country, device, plan, content type and genre.

    `titles` is the whole of silver titles, of which title_id and entry_runtime_minutes are used.
    """
    table_contract = contract("gold/engagement_daily")
    return table_contract.conform(
        plays.join(titles.select("title_id", "entry_runtime_minutes"), on="title_id", how="left")
        .group_by(table_contract.key)
        .agg(measure.summed for measure in (*OF_PLAYS, *OF_ENTRIES))
    )
