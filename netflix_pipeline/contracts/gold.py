"""The contracts of the gold tables: what is counted, by metric."""

import polars as pl

from netflix_pipeline.contracts import measures, silver
from netflix_pipeline.contracts.contract import (
    Column,
    Contract,
    choice,
    count,
    day,
    flag,
    identifier,
    instant,
    number,
    text,
    whole,
)
from netflix_pipeline.contracts.dimensions import OF_ACTIVITY, OF_PLAYS, OF_SITTINGS, by, columns
from netflix_pipeline.contracts.outcomes import OUTCOMES

QUARTER = Column("quarter", pl.Int32(), "quarter of an hour since midnight", "15 min", ge=0, le=95)

ACTIVITY = Contract(
    stage="gold",
    name="activity",
    doc="Plays and hours by the UTC quarter of an hour in which they started.",
    columns=(
        QUARTER,
        *columns(OF_ACTIVITY),
        count("plays", "plays of second precision", "plays"),
        number("watch_seconds", "their time watched, counted whole where they started", "s", ge=0),
    ),
    key=("quarter", *OF_ACTIVITY),
)

ARRIVAL_DAILY = Contract(
    stage="gold",
    name="arrival_daily",
    doc="When the watch events of a day came that are part of plays, by how long after its end.",
    columns=(
        whole(
            "within_hours",
            "received by so many hours after the day's end: 0 on the day itself, then whole hours "
            "to 24, then whole days (48, 72, …)",
            "h",
            ge=0,
        ),
        count("rows", "stored watch events that are part of plays"),
        count("bulk_rows", "those of them that a file brought more than 7 days after the event"),
        instant("last_received_at", "when the last of them was received"),
    ),
    key=("within_hours",),
)

AUDIENCE_DAILY = Contract(
    stage="gold",
    name="audience_daily",
    doc="How many people watch: one row a day.",
    columns=(
        count("dau", "distinct viewers of the day", "users"),
        count(
            "wau",
            "distinct viewers of the 7 days that end with it; null where the data begin later",
            "users",
            nullable=True,
        ),
        count(
            "mau",
            "distinct viewers of the 30 days that end with it; null where the data begin later",
            "users",
            nullable=True,
        ),
        count("peak_concurrent", "most plays running in one minute of the day", "plays"),
    ),
    key=(),
)

DROP_OFF = Contract(
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

ENGAGEMENT_DAILY = Contract(
    stage="gold",
    name="engagement_daily",
    doc=f"The additive measures by day × {by(OF_PLAYS)}.",
    columns=(
        *columns(),
        *measures.columns((*measures.OF_PLAYS, *measures.OF_ENTRIES)),
    ),
    key=OF_PLAYS,
)

LEDGER_DAILY = Contract(
    stage="gold",
    name="ledger_daily",
    doc="By arrival day, source and table: received = stored + duplicate + quarantined + erased.",
    columns=(
        text("source", "the adapter that read the rows"),
        text("table", "the bronze table that they were meant for"),
        count("batches", "batches that arrived", "batches"),
        count("received", "rows received"),
        *(count(name, words) for name, words in OUTCOMES.items()),
        count("in_plays", "stored watch events that are part of plays"),
        count("promo", "stored watch events of promos: kept, never counted"),
        count("canary", "stored watch events of the platform's own canary"),
        count(
            "field_left_out",
            "fields of stored rows that could not be understood, such as an unknown country",
            "fields",
        ),
    ),
    key=("source", "table"),
)

LIFECYCLE_WEEKLY = Contract(
    stage="gold",
    name="lifecycle_weekly",
    doc="The users of each week (Monday to Sunday), by what they did before.",
    columns=(
        day("week", "Monday of the week"),
        count("active_users", "users with a play in the week", "users"),
        count("new_users", "their first week ever", "users"),
        count("returning_users", "also played the week before", "users"),
        count("resurrected_users", "played earlier, not the week before", "users"),
        count("dormant_users", "played the week before, not this one", "users"),
        flag("provisional", "the week has not ended by the last day with data"),
    ),
    key=("week",),
    partition="whole",
)

RECOMMENDATION_DAILY = Contract(
    stage="gold",
    name="recommendation_daily",
    doc="Recommendations by day × device × algorithm.",
    columns=(
        text("device", "kind of device, or `unknown`"),
        text("algorithm", "the recommender that chose it, or `unknown`"),
        count("shown", "recommendations shown", "recommendations"),
        count("clicked", "those of them that were clicked", "recommendations"),
    ),
    key=("device", "algorithm"),
)

RETENTION_WEEKLY = Contract(
    stage="gold",
    name="retention_weekly",
    doc="Of the users whose first play fell in a week, those who played k weeks later.",
    columns=(
        day("cohort_week", "Monday of the week of their first play"),
        whole("week_offset", "k: weeks after it", "weeks", ge=0),
        count("cohort_users", "users whose first play fell in the week", "users"),
        count("active_users", "those of them with a play in week + k", "users"),
        number("retention", "active ÷ cohort", "share", ge=0, le=1),
        flag("provisional", "week + k has not ended by the last day with data"),
    ),
    key=("cohort_week", "week_offset"),
    partition="whole",
)

SEARCHED = (
    count("searches", "searches", "searches"),
    count("clicked", "searches with a click", "searches"),
    count("without_results", "searches that found nothing", "searches"),
)
"""What is counted of searches."""

SEARCH_DAILY = Contract(
    stage="gold",
    name="search_daily",
    doc="Searches by day × country × device.",
    columns=(
        *columns(("country", "device")),
        *SEARCHED,
    ),
    key=("country", "device"),
)

LONGEST_TERM = 100
"""Characters of a search term: what is longer is cut."""

SEARCH_TERM_DAILY = Contract(
    stage="gold",
    name="search_term_daily",
    doc="What each user searched for, by day: fine enough for exact people of each term by filter.",
    columns=(
        identifier("user_id", "who searched"),
        text(
            "term",
            "the query as it is counted: without regard to case, in Unicode NFC, blanks and "
            f"characters that cannot be seen as one blank, at most {LONGEST_TERM} characters; "
            "empty where nothing is left, or known",
            lengths=(0, LONGEST_TERM),
        ),
        *columns(("country", "device")),
        *SEARCHED,
    ),
    key=("user_id", "term", "country", "device"),
)

SAT = (
    count("sittings", "sittings", "sittings"),
    count("binge_sittings", "binge sittings", "sittings"),
    count("plays", "plays in them", "plays"),
    number("watch_seconds", "time watched in them", "s", ge=0),
)
"""What is counted of sittings."""

SITTING_DAILY = Contract(
    stage="gold",
    name="sitting_daily",
    doc=f"Sittings by the day they started × {by(OF_SITTINGS)} of their first play.",
    columns=(*columns(OF_SITTINGS), *SAT),
    key=OF_SITTINGS,
)

SITTING_QUARTERS = Contract(
    stage="gold",
    name="sitting_quarters",
    doc="Sittings by the UTC quarter of an hour in which they started × "
    f"{by(OF_SITTINGS)} of their first play.",
    columns=(QUARTER, *columns(OF_SITTINGS), *SAT),
    key=("quarter", *OF_SITTINGS),
)

TITLE_DAILY = Contract(
    stage="gold",
    name="title_daily",
    doc="How each title was watched, by day and country.",
    columns=(
        identifier("title_id", "which title"),
        text("country", "the plays' country, or `unknown`"),
        *measures.columns((*measures.OF_PLAYS, *measures.OF_ENTRIES)),
        count("viewers", "distinct users with a starter", "users"),
    ),
    key=("title_id", "country"),
)

TITLE_PROFILE = Contract(
    stage="gold",
    name="title_profile",
    doc="How each title that was ever played or reviewed was watched so far.",
    columns=(
        identifier("title_id", "which title"),
        day("first_day", "day of its first play", nullable=True),
        day("last_day", "day of its last play", nullable=True),
        *measures.columns((*measures.OF_PLAYS, *measures.OF_ENTRIES)),
        count("viewers", "distinct users with a starter", "users"),
        count(
            "season_viewers",
            "distinct users with a starter of any title of its season (of the film itself)",
            "users",
        ),
        count(
            "series_viewers",
            "distinct users with a starter of any title of its series (of the film itself)",
            "users",
        ),
        number(
            "completion_rate",
            "completers ÷ starters with known reached",
            "share",
            nullable=True,
            ge=0,
            le=1,
        ),
        count("reviews", "reviews", "reviews"),
        number("rating", "mean of the reviews' ratings", "stars", nullable=True, ge=1, le=5),
        count(
            "episode_completers",
            "users who completed it first more than 7 days before the last day with a play, where "
            "it is an episode that another is known to follow",
            "users",
        ),
        count(
            "next_episode_starters",
            "those of them who started the next episode until 7 days after that play's end",
            "users",
        ),
    ),
    key=("title_id",),
    partition="whole",
)

OVERALL = "all"
"""The `country` of the list that counts every country."""

TOP10_WEEKLY = Contract(
    stage="gold",
    name="top10_weekly",
    doc="The ten most viewed entries of a week (Monday to Sunday), by list and country.",
    columns=(
        choice("list", silver.LISTS, "films or tv"),
        text("country", "a country, `unknown`, or `all` for the overall list"),
        Column("rank", pl.Int32(), "1 is the most viewed", "rank", ge=1, le=10),
        text("entry_id", "the film, season or series"),
        text("entry_name", "its name"),
        number("hours_viewed", "hours watched in the week", "h", ge=0),
        number(
            "views", "hours ÷ runtime; null where the runtime is unknown", "views", nullable=True
        ),
        number("runtime_hours", "runtime of the entry", "h", nullable=True),
        count("plays", "plays in the week", "plays"),
        count("starters", "plays of at least two minutes in the week", "plays"),
        whole("weeks_in_list", "weeks in this list and country so far", "weeks", ge=1),
    ),
    key=("list", "country", "rank"),
    partition="week",
)

USER_DAILY = Contract(
    stage="gold",
    name="user_daily",
    doc="What each user did, by day and dimensions: fine enough for exact viewers by filter.",
    columns=(
        identifier("user_id", "who watched"),
        *columns(),
        *measures.columns(measures.OF_PLAYS),
    ),
    key=("user_id", *OF_PLAYS),
)

SEGMENTS = ("core", "regular", "casual", "at_risk")

USER_PROFILE = Contract(
    stage="gold",
    name="user_profile",
    doc="How each user who ever played watches, as of the last day with data.",
    columns=(
        identifier("user_id", "who"),
        day("first_day", "day of the first play"),
        day("last_day", "day of the last play"),
        count("active_days", "days with a play", "days"),
        *measures.columns(measures.OF_PLAYS),
        count("active_days_28", "days with a play in the last 28 days", "days"),
        number("hours_28", "hours watched in the last 28 days", "h", ge=0),
        count(
            "starters_without_reach_28",
            "starters in them of which nobody knows how far they came",
            "plays",
        ),
        number(
            "completion_rate_28",
            "completers ÷ starters with known reached in them, null without",
            "share",
            nullable=True,
            ge=0,
            le=1,
        ),
        number("engagement_score", "0 to 100 over the last 28 days", "points", ge=0, le=100),
        choice("segment", SEGMENTS, "≥ 70 core, ≥ 40 regular, ≥ 10 casual, else at risk"),
        Column(
            "favourite_genres",
            pl.List(pl.String()),
            "genres by hours over the last 90 days, at most 5, most first",
        ),
    ),
    key=("user_id",),
    partition="whole",
)
