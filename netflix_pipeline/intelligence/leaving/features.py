"""What is known of each active person at a cut-off. Pure: frames in, frame out.

A cut-off is the beginning of a UTC day. An active person has a play in the 28 days before it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from netflix_pipeline.contracts.origins import ACTIVE_DAYS, WINDOW_DAYS

HORIZON_DAYS = 28
"""Days after the cut-off in which who leaves has no play."""

COLUMNS = (
    "user_id",
    "title_id",
    "started_at",
    "watch_seconds",
    "starter",
    "completer",
    "reached",
    "genre",
    "device",
    "country",
)
"""The columns of silver/plays that features are made of."""

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Feature:
    """One fact of a person, and the reason that it belongs to.

    `doc` says what it is with its unit; `categorical` ones are names.
    """

    name: str
    reason: str
    doc: str
    categorical: bool = False


FEATURES = (
    Feature("days_since_last", "recency", "from the start of the last play to the cut-off [days]"),
    Feature("overdue", "recency", "the same ÷ the usual gap between days with a play"),
    Feature(
        "missed", "recency", "days that somebody as regular would have had since the last play"
    ),
    Feature("days_7", "frequency", "days with a play in the last 7 [days]"),
    Feature("days_28", "frequency", "days with a play in the last 28 [days]"),
    Feature("rate_90", "frequency", "days with a play in the last 90 ÷ days there, smoothed"),
    Feature("rate_ever", "frequency", "days with a play ÷ days since the first, smoothed"),
    Feature("weight_14", "frequency", "days with a play, each half as much 14 days later [days]"),
    Feature("trend_7", "trend", "days with a play in the last 7 against those of the last 28, log"),
    Feature("trend_28", "trend", "days with a play in the last 28 against the 62 before, log"),
    Feature("longest_gap", "rhythm", "longest gap between days with a play in 90 [days]"),
    Feature("weekend", "rhythm", "share of the days with a play that are Saturday or Sunday"),
    Feature("hours_28", "hours", "hours watched in the last 28 days [h]"),
    Feature("hours_day", "hours", "hours watched a day with a play [h]"),
    Feature("titles_28", "breadth", "different titles in the last 28 days [titles]"),
    Feature("genres_90", "breadth", "different genres in the last 90 days [genres]"),
    Feature("completion_90", "completion", "completers ÷ starters with known reached, smoothed"),
    Feature("tenure", "tenure", "days since signing up, or since the first play if earlier [days]"),
    Feature("device", "device", "the device of most plays of the last 90 days", categorical=True),
    Feature("plan", "plan", "the plan that the user's row says", categorical=True),
    Feature("country", "country", "the user's country, else that of most plays", categorical=True),
)

USUAL_GAP = 7.0
"""The gap in days that somebody with few days has between them, until there are more."""
REGULAR_AFTER = 7
"""Days without a play with which everybody begins, so that one day does not tell a rate."""


def known_people(profiles: pl.DataFrame, starts: pl.DataFrame) -> pl.DataFrame:
    """What is known of each user who ever played, before the plays of 90 days are looked at.

    user_id, country, plan, began (the first day known of them), played_first (that of their first
    play), days_ever (days with a play). `profiles` has user_id, country, plan and signup_date;
    `starts` user_id and started_at of every play.
    """
    day = pl.col("started_at").dt.date()
    played = starts.group_by("user_id").agg(
        played_first=day.min(), days_ever=day.n_unique().cast(pl.Float64)
    )
    return played.join(profiles, on="user_id", how="left").select(
        *("user_id", "country", "plan", "played_first", "days_ever"),
        began=pl.min_horizontal("played_first", "signup_date"),
    )


def features(plays: pl.DataFrame, people: pl.DataFrame, cutoff: date, first: date) -> pl.DataFrame:
    """One row an active person at the cut-off: user_id, last_played_at, and every feature.

    `plays` has `COLUMNS` of plays known at the cut-off; of those before it and within 90 days all
    count. `people` is as `known_people` gives, and names whoever has a play. `first` is the home's
    first day: before it nobody could be seen. Persons are in the order of their ids.
    """
    at = pl.lit(cutoff).cast(pl.Datetime("us", "UTC"))
    day = pl.col("started_at").dt.date()
    age = (pl.lit(cutoff) - day).dt.total_days()
    recent = (
        plays.lazy()
        .filter(pl.col("started_at") < at)
        .with_columns(day=day, age=age, seconds=pl.col("watch_seconds").fill_null(0))
        .filter(pl.col("age") <= WINDOW_DAYS)
        .collect()
    )
    return (
        _of_plays(recent)
        .join(_of_days(recent), on="user_id", how="left")
        .join(_most(recent, "device"), on="user_id", how="left")
        .join(_most(recent, "country").rename({"country": "seen_in"}), on="user_id", how="left")
        .filter(pl.col("last_played_at") >= at - timedelta(days=ACTIVE_DAYS))
        .join(people, on="user_id", how="inner")
        .with_columns(
            began=pl.col("began").clip(upper_bound=cutoff - timedelta(days=1)),
            since_first=(pl.lit(cutoff) - pl.col("played_first")).dt.total_days(),
        )
        .with_columns(
            days_since_last=(at - pl.col("last_played_at")).dt.total_seconds() / 86_400,
            tenure=(pl.lit(cutoff) - pl.col("began")).dt.total_days().cast(pl.Float64),
            country=pl.coalesce("country", "seen_in").fill_null(UNKNOWN),
            plan=pl.col("plan").fill_null(UNKNOWN),
            device=pl.col("device").fill_null(UNKNOWN),
        )
        .with_columns(
            there=pl.col("tenure").clip(7, min(WINDOW_DAYS, max((cutoff - first).days, 7)))
        )
        .with_columns(
            rate_ever=pl.col("days_ever") / (pl.col("since_first") + REGULAR_AFTER),
            rate_90=(pl.col("days_90") + 0.5) / (pl.col("there") + 3.5),
            usual_gap=(pl.col("gap_sum") + USUAL_GAP) / (pl.col("gaps") + 1),
            hours_day=pl.col("hours_90") / pl.col("days_90"),
            weekend=(pl.col("weekend_days") + 2) / (pl.col("days_90") + 7),
            completion_90=(pl.col("completers") + 2) / (pl.col("reaching") + 4),
            trend_7=((pl.col("days_7") + 0.5) / (pl.col("days_28") * 0.25 + 0.5)).log(),
            trend_28=(
                (pl.col("days_28") + 0.5)
                / ((pl.col("days_90") - pl.col("days_28")) * _scale() + 0.5)
            ).log(),
        )
        .with_columns(
            overdue=pl.col("days_since_last") / pl.col("usual_gap"),
            missed=pl.col("days_since_last") * pl.col("rate_ever"),
        )
        .select("user_id", "last_played_at", *(_typed(feature) for feature in FEATURES))
        .sort("user_id")
    )


def _scale() -> pl.Expr:
    """To 28 days from those of the window before them, of people who came within it fewer."""
    return ACTIVE_DAYS / (pl.col("there") - ACTIVE_DAYS).clip(lower_bound=ACTIVE_DAYS)


def _typed(feature: Feature) -> pl.Expr:
    return pl.col(feature.name).cast(pl.String if feature.categorical else pl.Float64)


def _of_plays(recent: pl.DataFrame) -> pl.DataFrame:
    """Sums of each user's plays."""
    lately = pl.col("age") <= ACTIVE_DAYS
    known = pl.col("starter") & pl.col("reached").is_not_null()
    return (
        recent.lazy()
        .group_by("user_id")
        .agg(
            last_played_at=pl.col("started_at").max(),
            hours_28=pl.col("seconds").filter(lately).sum() / 3600,
            hours_90=pl.col("seconds").sum() / 3600,
            titles_28=pl.col("title_id").filter(lately).n_unique(),
            genres_90=pl.col("genre").n_unique(),
            completers=pl.col("completer").sum(),
            reaching=known.sum(),
        )
        .collect()
    )


def _of_days(recent: pl.DataFrame) -> pl.DataFrame:
    """Counts and gaps of the days on which each user played."""
    days = (
        recent.lazy()
        .select("user_id", "day", "age")
        .unique()
        .sort("user_id", "day")
        .with_columns(
            gap=pl.col("day").diff().over("user_id").dt.total_days(),
            weekend_day=pl.col("day").dt.weekday() >= 6,
        )
    )
    windows = {
        f"days_{window}": (pl.col("age") <= window).sum()
        for window in sorted({7, ACTIVE_DAYS, WINDOW_DAYS})
    }
    return (
        days.group_by("user_id")
        .agg(
            weight_14=(2.0 ** (-pl.col("age") / 14)).sum(),
            gaps=pl.col("gap").count(),
            gap_sum=pl.col("gap").sum(),
            longest_gap=pl.col("gap").max().fill_null(WINDOW_DAYS),
            weekend_days=pl.col("weekend_day").sum(),
            **windows,
        )
        .collect()
    )


def _most(recent: pl.DataFrame, column: str) -> pl.DataFrame:
    """Of each user, the value that most plays have, by name where several do."""
    return (
        recent.lazy()
        .filter(pl.col(column) != UNKNOWN)
        .group_by("user_id", column)
        .len()
        .sort("len", column, descending=[True, False])
        .unique("user_id", keep="first", maintain_order=True)
        .select("user_id", column)
        .collect()
    )


def outcomes(people: pl.DataFrame, plays: pl.DataFrame, cutoff: date) -> pl.Series:
    """Whether each of the people has no play in the 28 days from the cut-off on, in their order.

    `plays` has user_id and started_at of plays that are known by now.
    """
    begins = pl.lit(cutoff).cast(pl.Datetime("us", "UTC"))
    stayed = plays.filter(
        pl.col("started_at") >= begins,
        pl.col("started_at") < begins + timedelta(days=HORIZON_DAYS),
    )["user_id"].unique()
    return (~people["user_id"].is_in(stayed.implode())).alias("left")
