"""Gold `drop_off`: how far starters of a title came."""

import polars as pl

from netflix_pipeline.contracts.contract import Column, Contract, count, identifier

CONTRACT = Contract(
    stage="gold",
    name="drop_off",
    doc="Starters of a title by the last twentieth of it that they reached, by day.",
    columns=(
        identifier("title_id", "which title"),
        Column(
            "step", pl.Int32(), "last 5 % reached: 0 is under 5 %, 20 the end", "5 %", ge=0, le=20
        ),
        count("starters", "starters with known reached that came this far, no further", "plays"),
    ),
    key=("title_id", "step"),
)
