"""Silver `plays`: one user's continuous viewing of one title."""

import polars as pl

from netflix_pipeline.contracts.contract import (
    PRECISIONS,
    QUALITIES,
    Column,
    Contract,
    choice,
    flag,
    identifier,
    instant,
    number,
    text,
)
from netflix_pipeline.contracts.dimensions import columns

CONTRACT = Contract(
    stage="silver",
    name="plays",
    doc="One user's continuous viewing of one title, by the UTC day on which it started.",
    columns=(
        identifier("play_id", "event_id of its first event"),
        identifier("user_id", "who watched"),
        identifier("title_id", "what was watched"),
        text("playback_id", "the source's own id for the playback", nullable=True),
        instant("started_at", "event_time of its first event"),
        instant("ended_at", "latest end of its events"),
        choice("time_precision", PRECISIONS, "`day` where only the date is known"),
        Column("events", pl.Int32(), "events that it is made of", "events", ge=1),
        number("watch_seconds", "Σ watch_seconds of its events", "s", nullable=True, ge=0),
        number(
            "progress",
            "largest position reported",
            "share of the runtime",
            nullable=True,
            ge=0,
            le=1,
        ),
        number(
            "reached",
            "1 with a completed event; else progress; else watch_seconds ÷ runtime",
            "share of the runtime",
            nullable=True,
            ge=0,
        ),
        flag("starter", "whether at least two minutes were watched"),
        flag("watcher", "whether a starter reached 70 %"),
        flag("completer", "whether a starter reached 90 %"),
        choice("quality", QUALITIES, "first known picture quality", nullable=True),
        *columns(),
        Column(
            "running",
            pl.List(pl.Int32()),
            "minutes in which it ran, counted from the minute of started_at: first and one past "
            "the last of each stretch in turn; empty for day precision",
            "min",
        ),
    ),
    key=("play_id",),
    order=("user_id", "started_at", "play_id"),
)
