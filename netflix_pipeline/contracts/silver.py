"""The contracts of the silver tables: plays, sittings, people, titles and what they did."""

import polars as pl

from netflix_pipeline.contracts import bronze
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
    whole,
)
from netflix_pipeline.contracts.dimensions import OF_SITTINGS, columns

PLAYS = Contract(
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

QUARANTINE = Contract(
    stage="silver",
    name="quarantine",
    doc="The rows that wait in quarantine, by day of arrival.",
    columns=(
        text("quarantine_id", "batch and line: how the row is named"),
        *bronze.QUARANTINE.columns,
    ),
    key=("quarantine_id", "table"),
    order=("batch", "line", "table"),
)

RECOMMENDATIONS = Contract(
    stage="silver",
    name="recommendations",
    doc="One recommendation shown, by UTC day.",
    columns=(
        identifier("recommendation_id", "identity within the day"),
        identifier("user_id", "to whom it was shown"),
        identifier("title_id", "what was recommended"),
        instant("event_time", "when it was shown"),
        choice("time_precision", PRECISIONS, "`day` where only the date is known"),
        flag("clicked", "whether the user clicked it"),
        whole("position", "position in the row or list", "position", nullable=True),
        number("score", "the recommender's score", "score", nullable=True),
        text("algorithm", "the recommender that chose it, else `unknown`"),
        text("device", "kind of device, else `unknown`"),
    ),
    key=("recommendation_id",),
    order=("user_id", "event_time", "recommendation_id"),
)

REVIEWS = Contract(
    stage="silver",
    name="reviews",
    doc="One user's review of one title, by UTC day.",
    columns=(
        identifier("review_id", "identity within the day"),
        identifier("user_id", "who wrote it"),
        identifier("title_id", "what it is about"),
        instant("event_time", "when it was written"),
        choice("time_precision", PRECISIONS, "`day` where only the date is known"),
        number("rating", "stars given", "stars", ge=1, le=5),
        text("text", "what was written", nullable=True),
        text("sentiment", "the source's own word for its mood", nullable=True),
    ),
    key=("review_id",),
    order=("user_id", "event_time", "review_id"),
)

SEARCHES = Contract(
    stage="silver",
    name="searches",
    doc="One search, by UTC day.",
    columns=(
        identifier("search_id", "identity within the day"),
        identifier("user_id", "who searched"),
        instant("event_time", "when the search was made"),
        choice("time_precision", PRECISIONS, "`day` where only the date is known"),
        text("query", "what was typed", nullable=True),
        whole("results_count", "how many results were shown", "results", nullable=True, ge=0),
        whole(
            "clicked_position",
            "position of the clicked result from 1; null: no click",
            "position",
            nullable=True,
            ge=1,
        ),
        text("country", "the search's country, else the user's, else `unknown`"),
        text("device", "the search's device, else `unknown`"),
    ),
    key=("search_id",),
    order=("user_id", "event_time", "search_id"),
)

SESSIONS = Contract(
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

LISTS = ("films", "tv")

TITLES = Contract(
    stage="silver",
    name="titles",
    doc="Every title, by the newest row that describes it; others with what the events tell.",
    columns=(
        *bronze.DESCRIPTION,
        flag("described", "whether a source describes the title"),
        text(
            "series_key",
            "the series whose episodes or plays count together; null for films",
            nullable=True,
        ),
        choice("list", LISTS, "the weekly list: tv for titles with episodes or a series"),
        text("entry_id", "what a list ranks: a film, a season where known, else the series"),
        text("entry_name", "the entry's name"),
        number(
            "entry_runtime_minutes",
            "the film's runtime, or the episode's × episodes",
            "min",
            nullable=True,
        ),
    ),
    key=("title_id",),
    partition="whole",
)

USERS = Contract(
    stage="silver",
    name="users",
    doc="Every user, by the newest row that describes them; others with only their id.",
    columns=(*bronze.PROFILE, flag("described", "whether a source describes the user")),
    key=("user_id",),
    partition="whole",
)
