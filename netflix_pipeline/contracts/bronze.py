"""The contracts of the bronze tables: rows as they came, and what they name."""

import polars as pl

from netflix_pipeline.contracts.contract import (
    ACTIONS,
    DEVICES,
    KINDS,
    LINEAGE,
    QUALITIES,
    Column,
    Contract,
    choice,
    country,
    day,
    device,
    event_time,
    flag,
    identifier,
    number,
    text,
    whole,
)

DUPLICATES = Contract(
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

QUARANTINE = Contract(
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

RECOMMENDATION_EVENTS = Contract(
    stage="bronze",
    name="recommendation_events",
    doc="One recommendation shown to a user, as it came, by day of event_time.",
    columns=(
        identifier("recommendation_id", "identity within the event's UTC day"),
        identifier("user_id", "to whom it was shown"),
        identifier("title_id", "what was recommended"),
        *event_time("when it was shown"),
        flag("clicked", "whether the user clicked it"),
        whole("position", "position in the row or list", "position", nullable=True),
        number("score", "the recommender's score", "score", nullable=True),
        text("algorithm", "the recommender that chose it", nullable=True),
        device(),
        *LINEAGE,
    ),
    key=("recommendation_id",),
    order=("batch", "line"),
)

REVIEWS = Contract(
    stage="bronze",
    name="reviews",
    doc="One user's review of one title, as it came, by day of event_time.",
    columns=(
        identifier("review_id", "identity within the event's UTC day"),
        identifier("user_id", "who wrote it"),
        identifier("title_id", "what it is about"),
        *event_time("when it was written"),
        number("rating", "stars given", "stars", ge=1, le=5),
        text("text", "what was written", nullable=True),
        text("sentiment", "the source's own word for its mood", nullable=True),
        *LINEAGE,
    ),
    key=("review_id",),
    order=("batch", "line"),
)

SEARCH_EVENTS = Contract(
    stage="bronze",
    name="search_events",
    doc="One search and what came of it, as it came, by day of event_time.",
    columns=(
        identifier("search_id", "identity within the event's UTC day"),
        identifier("user_id", "who searched"),
        *event_time("when the search was made"),
        text("query", "what was typed", nullable=True),
        whole("results_count", "how many results were shown", "results", nullable=True, ge=0),
        whole(
            "clicked_position",
            "position of the clicked result from 1; null: no click",
            "position",
            nullable=True,
            ge=1,
        ),
        device(),
        country(),
        *LINEAGE,
    ),
    key=("search_id",),
    order=("batch", "line"),
)

DESCRIPTION = (
    identifier("title_id", "which title"),
    text("title", "its name", nullable=True),
    text("content_type", "film, series, documentary, stand_up, …", nullable=True),
    text("genre", "primary genre", nullable=True),
    text("genre_2", "second genre", nullable=True),
    number(
        "runtime_minutes",
        "runtime of the film, or of one episode; null or ≤ 0 is unknown",
        "min",
        nullable=True,
    ),
    whole("seasons", "number of seasons", "seasons", nullable=True),
    whole("episodes", "number of episodes (of the season where known)", "episodes", nullable=True),
    text("series_id", "the series of which the row is an episode", nullable=True),
    whole("season", "season of the episode", "season", nullable=True),
    whole("episode", "number of the episode in its season", "episode", nullable=True),
    whole("release_year", "year of release", "year", nullable=True),
    text("language", "original language", nullable=True),
    text("origin_country", "country of origin, as the source says", nullable=True),
    flag("is_original", "whether the service produced it", nullable=True),
    text("maturity_rating", "maturity rating, as the source says", nullable=True),
    day("added_on", "day it came to the service", nullable=True),
)
"""What a titles row says of a title."""

TITLES = Contract(
    stage="bronze",
    name="titles",
    doc="What a source says of a title, as it came; the newest row of a title_id wins.",
    columns=(*DESCRIPTION, *LINEAGE),
    key=("title_id", "batch", "line"),
    order=("batch", "line"),
    partition="whole",
)

VIDEO = "video"
"""The content type of a title of which its name alone tells whether it is a film or an episode."""

TITLE_MENTIONS = Contract(
    stage="bronze",
    name="title_mentions",
    doc="Titles that a batch of events names, with what the events tell of them.",
    columns=(*DESCRIPTION, text("batch", "the batch that names them")),
    key=("title_id", "batch"),
    partition="whole",
)

USER_MENTIONS = Contract(
    stage="bronze",
    name="user_mentions",
    doc="Users that a batch of events names; nobody needs to have described them.",
    columns=(
        identifier("user_id", "who"),
        text("batch", "the batch that names them"),
    ),
    key=("user_id", "batch"),
    partition="whole",
)

PROFILE = (
    identifier("user_id", "who"),
    country(),
    text("plan", "subscription plan, as the source says", nullable=True),
    day("signup_date", "first day of the subscription", nullable=True),
    whole("age", "age", "years", nullable=True),
    text("gender", "gender, as the source says", nullable=True),
    choice("primary_device", DEVICES, "kind of device mostly used", nullable=True),
    flag("is_active", "whether the subscription is active", nullable=True),
    number("monthly_spend", "spend a month", "currency of the source", nullable=True),
)
"""What a users row says of a user."""

# Names and e-mail addresses are not taken in.
USERS = Contract(
    stage="bronze",
    name="users",
    doc="What a source says of a user, as it came; the newest row of a user_id wins.",
    columns=(*PROFILE, *LINEAGE),
    key=("user_id", "batch", "line"),
    order=("batch", "line"),
    partition="whole",
)

WATCH_EVENTS = Contract(
    stage="bronze",
    name="watch_events",
    doc="One report that somebody watched something, as it came, by day of event_time.",
    columns=(
        identifier("event_id", "identity within the event's UTC day"),
        identifier("user_id", "who watched"),
        identifier("title_id", "what was watched"),
        *event_time("when the reported stretch of viewing began"),
        choice("action", ACTIONS, "what the player reported"),
        number(
            "watch_seconds",
            "time watched in this stretch",
            "s",
            nullable=True,
            ge=0,
            le=86_400,
            decides=True,
        ),
        number(
            "progress",
            "position in the title at the end of the stretch",
            "share of the runtime",
            nullable=True,
            ge=0,
            le=1,
            decides=True,
        ),
        text("playback_id", "the source's own id for one playback", nullable=True),
        choice("kind", KINDS, "promo: trailers, hooks, teasers, recaps; kept, never counted"),
        device(),
        choice("quality", QUALITIES, "picture quality", nullable=True),
        country(),
        flag("is_download", "whether it was watched from a download"),
        number("rating", "what the viewer rated it in this event", "stars", nullable=True),
        *LINEAGE,
    ),
    key=("event_id",),
    order=("batch", "line"),
)
