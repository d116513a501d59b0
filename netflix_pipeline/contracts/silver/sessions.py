"""Silver `sessions`: a user's sitting, one play after another."""

import polars as pl

from netflix_pipeline.contracts.contract import (
    Column,
    Contract,
    flag,
    identifier,
    instant,
    number,
)
from netflix_pipeline.contracts.dimensions import OF_SITTINGS, columns

CONTRACT = Contract(
    stage="silver",
    name="sessions",
    doc="A user's sitting: plays without a pause of over 30 minutes, by the day it started.",
    columns=(
        identifier("session_id", "play_id of its first play"),
        identifier("user_id", "who watched"),
        instant("started_at", "start of its first play"),
        instant("ended_at", "latest end of its plays"),
        Column("plays", pl.Int32(), "plays that it is made of", "plays", ge=1),
        Column("titles", pl.Int32(), "different titles", "titles", ge=1),
        number("watch_seconds", "Σ watch_seconds of its plays, unknown as 0", "s", ge=0),
        flag("binge", "at least 3 starters of different episodes of one series"),
        *columns(OF_SITTINGS),
    ),
    key=("session_id",),
    order=("user_id", "started_at", "session_id"),
)
