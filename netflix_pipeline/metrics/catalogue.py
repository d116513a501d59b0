"""Every metric: its meaning for people, and its expression over one gold table."""

from collections.abc import Iterable
from dataclasses import dataclass

from netflix_pipeline.contracts.dimensions import FILTERS, OF_SITTINGS
from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics.thresholds import LEAST_PEOPLE


class UnknownMetric(BadInput):
    """No metric has that name; the message names those there are."""

    parameters = ("metric", "metrics")


class FilterNotTaken(BadInput):
    """The metric cannot be had under these filters; the message names those it can take."""


@dataclass(frozen=True)
class Metric:
    """One number that the platform shows.

    `sentence` is the definition as people read it. `grain` says what one value stands for.
    `table` is the gold table (without its stage) that it is computed from and `expression` the
    SQL aggregate over rows of that table; over no rows it gives 0 where nothing happened, and
    null where there is nothing to tell. The expression is None where the number takes more than
    one aggregate: it is then stored ready in the table.
    """

    name: str
    label: str
    sentence: str
    unit: str
    grain: str
    table: str
    expression: str | None = None
    filters: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether its values are whole numbers of something."""
        return self.unit in ("plays", "sittings", "users")

    @property
    def by_calendar(self) -> bool:
        """Whether it goes by the calendar of who asks; others go by days of UTC and ISO weeks."""
        return self.table in ("engagement_daily", "user_daily", "sitting_daily")

    @property
    def by_zone(self) -> bool:
        """Whether its days can be those of any zone: it goes by when plays or sittings start."""
        return self.by_calendar or self.table in ("activity", "drop_off")

    @property
    def stays_utc(self) -> bool:
        """Whether its days are those of UTC, whatever the zone; what has no days is neither."""
        return not self.by_zone and self.table != "title_profile"

    @property
    def of_single_days(self) -> bool:
        """Whether it is of days by themselves: a period shows that of one of its days."""
        return self.table == "audience_daily"

    def check(self, filters: Iterable[str]) -> None:
        """Raise FilterNotTaken when one of the filters cannot be taken."""
        refused = sorted(set(filters) - set(self.filters))
        if refused:
            can = f"it can take {', '.join(self.filters)}" if self.filters else "it takes none"
            error = FilterNotTaken(
                f"{self.name} cannot be filtered by {', '.join(refused)}: {can}. "
                "Leave the filter out, or ask for another metric."
            )
            error.parameters = tuple(refused)
            raise error


DAY = "day, dimensions of the play"


def _share(part: str, whole: str) -> str:
    return f"sum({part}) / nullif(sum({whole}), 0)"


def _plays(name: str, label: str, sentence: str, unit: str, expression: str) -> Metric:
    return Metric(name, label, sentence, unit, DAY, "engagement_daily", expression, FILTERS)


def _sittings(name: str, label: str, sentence: str, unit: str, expression: str) -> Metric:
    return Metric(
        name,
        label,
        sentence,
        unit,
        "day, dimensions of the sitting's first play",
        "sitting_daily",
        expression,
        OF_SITTINGS,
    )


def _searches(name: str, label: str, sentence: str, unit: str, expression: str) -> Metric:
    return Metric(
        name,
        label,
        sentence,
        unit,
        "day, country, device",
        "search_daily",
        expression,
        ("country", "device"),
    )


def _recommendations(name: str, label: str, sentence: str, unit: str, expression: str) -> Metric:
    return Metric(
        name,
        label,
        sentence,
        unit,
        "day, device, algorithm",
        "recommendation_daily",
        expression,
        ("device", "algorithm"),
    )


def _audience(name: str, label: str, sentence: str, unit: str, expression: str) -> Metric:
    return Metric(name, label, sentence, unit, "day", "audience_daily", expression)


_ALL = (
    _plays(
        "plays",
        "Plays",
        "Plays: one user's continuous viewing of one title, pauses of up to 30 minutes included; "
        "of up to 12 hours where the source names the playback.",
        "plays",
        "coalesce(sum(plays), 0)",
    ),
    _plays(
        "starters",
        "Starters",
        "Plays of at least two minutes, by time watched, or where that is not known by how far "
        "they came.",
        "plays",
        "coalesce(sum(starters), 0)",
    ),
    _plays(
        "watchers",
        "Watchers",
        "Starters that reached 70 % of the title.",
        "plays",
        "coalesce(sum(watchers), 0)",
    ),
    _plays(
        "completers",
        "Completers",
        "Starters that reached 90 % of the title.",
        "plays",
        "coalesce(sum(completers), 0)",
    ),
    _plays(
        "hours_viewed",
        "Hours viewed",
        "Hours watched, repeated viewing included; plays without a known duration add nothing.",
        "h",
        "coalesce(sum(watch_seconds), 0) / 3600",
    ),
    _plays(
        "plays_without_duration",
        "Plays without duration",
        "Plays whose duration no source reported: they are not in the hours.",
        "plays",
        "coalesce(sum(plays_without_duration), 0)",
    ),
    _plays(
        "views",
        "Views",
        "Hours viewed ÷ runtime, summed over films and seasons (series where seasons are not "
        "known); those without a known runtime are left out.",
        "views",
        "coalesce(sum(views), 0)",
    ),
    _plays(
        "hours_without_runtime",
        "Hours without runtime",
        "Hours watched of films, seasons and series whose runtime is unknown: they are not in "
        "the views.",
        "h",
        "coalesce(sum(seconds_without_runtime), 0) / 3600",
    ),
    Metric(
        "viewers",
        "Viewers",
        "Different users with at least one starter, counted exactly.",
        "users",
        "day, user, dimensions of the play",
        "user_daily",
        "count(DISTINCT user_id) FILTER (WHERE starters > 0)",
        FILTERS,
    ),
    _plays(
        "completion_rate",
        "Completion rate",
        "Completers ÷ starters of which it is known how far they came.",
        "share",
        "sum(completers) / nullif(sum(starters) - sum(starters_without_reach), 0)",
    ),
    _plays(
        "starters_without_reach",
        "Starters of unknown reach",
        "Starters of which it is not known how far they came, as the title's runtime is unknown: "
        "they are not in the completion rate.",
        "plays",
        "coalesce(sum(starters_without_reach), 0)",
    ),
    _sittings(
        "sittings",
        "Sittings",
        "Sittings: a user's plays, one after another, without a pause of over 30 minutes.",
        "sittings",
        "coalesce(sum(sittings), 0)",
    ),
    _sittings(
        "avg_sitting_minutes",
        "Minutes a sitting",
        "Mean time watched in a sitting; plays without a known duration count as 0.",
        "min",
        _share("watch_seconds", "sittings") + " / 60",
    ),
    _sittings(
        "binge_rate",
        "Binge rate",
        "Sittings with at least three starters of different episodes of one series ÷ sittings.",
        "share",
        _share("binge_sittings", "sittings"),
    ),
    _audience(
        "dau",
        "Daily viewers",
        "Viewers of the period's last day.",
        "users",
        "coalesce(last(dau ORDER BY event_date), 0)",
    ),
    _audience(
        "wau",
        "Weekly viewers",
        "Viewers of the 7 days that end with the period's last day; not known where the data do "
        "not reach back so far.",
        "users",
        "last(wau ORDER BY event_date)",
    ),
    _audience(
        "mau",
        "Monthly viewers",
        "Viewers of the 30 days that end with the period's last day; not known where the data do "
        "not reach back so far.",
        "users",
        "last(mau ORDER BY event_date)",
    ),
    _audience(
        "stickiness",
        "Stickiness",
        "Daily viewers ÷ monthly viewers of the period's last day; not known where the data do "
        "not reach back 30 days.",
        "share",
        "last(dau ORDER BY event_date) / nullif(last(mau ORDER BY event_date), 0)",
    ),
    _audience(
        "peak_concurrent",
        "Peak at once",
        "Most plays that ran in one same minute; only plays whose time is known to the second.",
        "plays",
        "coalesce(max(peak_concurrent), 0)",
    ),
    Metric(
        "activity",
        "Activity",
        "Plays and hours by the quarter of an hour in which they started, each counted whole "
        "there; only plays whose time is known to the second.",
        "plays, h",
        "day, quarter of an hour, dimensions of the play",
        "activity",
        filters=FILTERS,
    ),
    Metric(
        "retention",
        "Retention",
        "Of the users whose first play ever fell in a week, the share with a play k weeks later; "
        "weeks that have not ended are provisional and left out.",
        "share",
        "week of the first play, k",
        "retention_weekly",
        "sum(active_users) FILTER (WHERE NOT provisional)"
        " / nullif(sum(cohort_users) FILTER (WHERE NOT provisional), 0)",
    ),
    Metric(
        "cohort_retention",
        "Cohort retention",
        "Of the users whose first play ever fell on a day or in a week, or was of one title, from "
        "one country or on one device, the share with a play k days or weeks later; days and weeks "
        "that have not ended are left out.",
        "share",
        "day or week of the first play, or what it was of; k",
        "user_profile",
    ),
    Metric(
        "lifecycle",
        "Lifecycle",
        "Users of a week: new (their first week ever), returning (also played the week before), "
        "resurrected (earlier, not the week before); dormant played the week before, not this one.",
        "users",
        "week",
        "lifecycle_weekly",
    ),
    Metric(
        "engagement_score",
        "Engagement score",
        "Over the last 28 days with data: 40·min(1, hours/20) + 30·min(1, active days/20) + "
        "30·completion rate (0 where it is not known). From 70 core, from 40 regular, from 10 "
        "casual, below at risk.",
        "points",
        "user",
        "user_profile",
        "avg(engagement_score)",
    ),
    Metric(
        "favourite_genres",
        "Favourite genres",
        "A user's genres by hours viewed over the last 90 days with data, ties by name.",
        "genres",
        "user",
        "user_profile",
    ),
    Metric(
        "drop_off",
        "Drop-off",
        "Of a title's starters of which it is known how far they came, the share that reached "
        "each twentieth of it; with their number.",
        "share",
        "day, title, twentieth of the title",
        "drop_off",
        filters=FILTERS,
    ),
    Metric(
        "next_episode_rate",
        "Next episode",
        "Of the users who completed an episode, the share who started the next one (the next known "
        "number of the season, else the first of the next known season) between the start of the "
        "play that first completed it and 7 days after its end; of those whose 7 days were over "
        "before the last day with data. The last known episode is left out.",
        "share",
        "title",
        "title_profile",
        _share("next_episode_starters", "episode_completers"),
    ),
    Metric(
        "episode_funnel",
        "Episode funnel",
        "Of the users who started the first known episode of a series, the share who started a "
        "later one too, at any time up to the last day with data; specials (season 0) are left "
        "out. A period and filters say which starts of the first episode count.",
        "share",
        "series, episode",
        "user_daily",
        filters=FILTERS,
    ),
    Metric(
        "top10",
        "Top 10",
        "A week's films, or seasons and series, by views; those without a known runtime follow by "
        "hours, then those without known hours by starters and plays; ties by hours, then by id, "
        "seasons by number. Weeks in the list are all so far.",
        "rank",
        "week, list, country",
        "top10_weekly",
        filters=("list", "country"),
    ),
    _searches(
        "searches",
        "Searches",
        "Searches, with or without a click.",
        "searches",
        "coalesce(sum(searches), 0)",
    ),
    _searches(
        "search_success",
        "Search success",
        "Searches with a click ÷ searches.",
        "share",
        _share("clicked", "searches"),
    ),
    _searches(
        "not_found",
        "Not found",
        "Searches that showed no result.",
        "searches",
        "coalesce(sum(without_results), 0)",
    ),
    _searches(
        "without_click",
        "Without a click",
        "Searches of which no result was clicked; those that showed none are in it.",
        "searches",
        "coalesce(sum(searches - clicked), 0)",
    ),
    Metric(
        "search_terms",
        "Search terms",
        "What people searched for, whatever its case, blanks and encoding: how many did, how "
        f"often, and what came of it. Terms that fewer than {LEAST_PEOPLE} different people "
        "searched for in the period and under the filters are told together only.",
        "searches",
        "day, user, term, country, device",
        "search_term_daily",
        filters=("country", "device"),
    ),
    _recommendations(
        "recommendations",
        "Recommendations",
        "Recommendations shown, clicked or not.",
        "recommendations",
        "coalesce(sum(shown), 0)",
    ),
    _recommendations(
        "recommendation_ctr",
        "Recommendation clicks",
        "Recommendations clicked ÷ recommendations shown.",
        "share",
        _share("clicked", "shown"),
    ),
    Metric(
        "rating",
        "Rating",
        "Mean of the ratings in reviews; with their number.",
        "stars",
        "title",
        "title_profile",
        "sum(rating * reviews) / nullif(sum(reviews), 0)",
        ("title",),
    ),
)

METRICS = {each.name: each for each in _ALL}
"""Every metric by its name."""


def metric(name: str) -> Metric:
    """The metric of that name; raises UnknownMetric, which names those there are."""
    try:
        return METRICS[name]
    except KeyError:
        raise UnknownMetric(
            f"there is no metric {name!r}. There are {', '.join(METRICS)}."
        ) from None
