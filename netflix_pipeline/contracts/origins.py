"""The contracts of the tables by origin: what models said on a day, and how good they were.

An origin is the day on which something was said, at its first moment: of rows that were known
before. Its partition is written once, and no change below makes it pending.
"""

from dataclasses import dataclass

from netflix_pipeline.contracts.contract import (
    Contract,
    choice,
    count,
    day,
    flag,
    identifier,
    number,
    text,
    whole,
)

LEVELS = ("total", "country", "device", "genre", "title")
"""Of what series there are forecasts: of everything, and by what a play is told apart by."""

FORECAST_METRICS = ("hours_viewed", "views", "plays", "viewers")
"""What is forecast by day. Viewers do not add up: each level tells its own."""

QUANTILES = (0.025, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.975)
"""The quantiles that are told: each tenth, and the bounds of 50, 80 and 95 %."""


def quantile_name(level: float) -> str:
    """The column of a quantile: `q10` of 0.1, `q025` of 0.025."""
    return f"q{level:.3f}".replace("0.", "", 1).removesuffix("0")


FORECAST_DAILY = Contract(
    stage="gold",
    name="forecast_daily",
    doc="What was expected of the 28 days from an origin on, as quantiles, by series and metric.",
    columns=(
        choice("metric", FORECAST_METRICS, "what is forecast"),
        choice("level", LEVELS, "of what the series is one"),
        text("key", "which one: a country, device, genre or title; `all` of the total"),
        day("day", "which day is forecast"),
        whole("horizon", "how many days ahead: 1 is the origin itself", "days", ge=1),
        *(
            number(quantile_name(q), f"with {q:.1%} it is no more", "of the metric", ge=0)
            for q in QUANTILES
        ),
        text("model", "the model that says it"),
        count("people", "people who watched any of it in the 28 days before", "users"),
    ),
    key=("metric", "level", "key", "day"),
    partition="origin",
)

FORECAST_ACCURACY = Contract(
    stage="gold",
    name="forecast_accuracy",
    doc="How good forecasts would have been at origins before an origin, each with what was known.",
    columns=(
        choice("metric", FORECAST_METRICS, "what is forecast"),
        choice("level", LEVELS, "of which series"),
        text("model", "which model; `as told` is the one that had been the best until then"),
        whole("origins", "origins that were looked at", "origins", ge=1),
        whole("series", "series at the last of them", "series", ge=1),
        number("mase", "mean error ÷ that of the week before, within the history", "share", ge=0),
        number("rmsse", "the same of squared errors, as a root", "share", ge=0),
        number("wql", "weighted quantile loss over the tenths", "share of what came", ge=0),
        number("coverage_50", "days within the band of 50 %", "share", ge=0, le=1),
        number("coverage_80", "days within the band of 80 %", "share", ge=0, le=1),
        number("coverage_95", "days within the band of 95 %", "share", ge=0, le=1),
        number("bias", "how much more was said than came", "share of what came"),
        number("skill", "1 - error ÷ that of the seasonal naive forecast", "share"),
        number("skill_low", "lower bound of its 95 % interval", "share"),
        number("skill_high", "upper bound of its 95 % interval", "share"),
        number("over_best", "1 - error ÷ that of the best of three simple forecasts", "share"),
        number("over_best_low", "lower bound of its 95 % interval", "share"),
        number("over_best_high", "upper bound of its 95 % interval", "share"),
    ),
    key=("metric", "level", "model"),
    partition="origin",
)

ACTIVE_DAYS, WINDOW_DAYS = 28, 90
"""Days before an origin within which an active person played, and those that are looked at."""


@dataclass(frozen=True)
class Reason:
    """What several facts of a person say together, in words.

    `days` tells how many days before the origin the plays behind it lie; None where it does not
    rest on plays.
    """

    name: str
    label: str
    days: int | None


REASONS = (
    Reason("recency", "time since the last play", ACTIVE_DAYS),
    Reason("frequency", "days with a play", WINDOW_DAYS),
    Reason("trend", "more or fewer days with a play than before", WINDOW_DAYS),
    Reason("rhythm", "gaps between days with a play, and weekends", WINDOW_DAYS),
    Reason("hours", "hours watched", WINDOW_DAYS),
    Reason("breadth", "different titles and genres", WINDOW_DAYS),
    Reason("completion", "share of plays watched to the end", WINDOW_DAYS),
    Reason("tenure", "time since signing up or the first play", None),
    Reason("device", "kind of device", WINDOW_DAYS),
    Reason("plan", "plan", None),
    Reason("country", "country", None),
)
"""Every reason for which somebody may be leaving."""

TENURES = {"0-27": 0, "28-89": 28, "90-364": 90, "365+": 365}
"""Bands of days since somebody came, and the first day of each."""

LEAVING_MODELS = ("leaving", "recency", "bg_nbd")
"""Who tells who leaves: the model, and what it is compared with."""

REASONS_TOLD = 3
"""How many reasons are told of each person."""

LEAVING = Contract(
    stage="gold",
    name="leaving",
    doc="How likely each active person has no play in the 28 days from an origin on, and why.",
    columns=(
        identifier("user_id", "who: somebody with a play in the 28 days before"),
        number("probability", "that they have none in the 28 days after", "share", ge=0, le=1),
        whole("decile", "their tenth of all, 1 the likeliest", "tenth", ge=1, le=10),
        text("country", "their country, else that of most of their plays, or `unknown`"),
        text("plan", "their plan, or `unknown`"),
        text("device", "the device of most of their plays of 90 days, or `unknown`"),
        choice("tenure", tuple(TENURES), "days since they came, as a band"),
        number("days_since_last", "days since the start of their last play", "days", ge=0),
        *(
            column
            for n in range(1, REASONS_TOLD + 1)
            for column in (
                text(f"reason_{n}", f"reason {n} of those that weigh most"),
                number(
                    f"effect_{n}",
                    "by how much it moves them away from the average person; above 0 to leaving",
                    "log odds",
                ),
            )
        ),
    ),
    key=("user_id",),
    partition="origin",
)

LEAVING_ACCURACY = Contract(
    stage="gold",
    name="leaving_accuracy",
    doc="How well it was known who leaves, at the newest cut-off that can be judged at an origin.",
    columns=(
        choice("model", LEAVING_MODELS, "the model, or what it is compared with"),
        whole("decile", "which tenth, 1 the likeliest; 0 is all together", "tenth", ge=0, le=10),
        day("cutoff", "the day from which on 28 days were foretold"),
        count("persons", "active persons", "users"),
        count("left", "those of them who left", "users"),
        number("expected", "how many were expected to", "users", ge=0),
        number(
            "lift",
            "share who left ÷ that of all; of all, that of tenth 1",
            "ratio",
            nullable=True,
            ge=0,
        ),
        number("log_loss", "mean −log of what came; of all only", "nats", nullable=True, ge=0),
        number("pr_auc", "average precision; of all only", "share", nullable=True, ge=0, le=1),
        number("slope", "of calibration, 1 is right; of all only", "ratio", nullable=True),
        count("learned_persons", "persons that it was fitted on, one at each cut-off", "users"),
        number("reconstructed", "rows of bulk loads ÷ all", "share", ge=0, le=1),
    ),
    key=("model", "decile"),
    partition="origin",
)

SIMILAR_TITLES = Contract(
    stage="gold",
    name="similar_titles",
    doc="What having started a film or series adds to the score of another, as learned at an "
    "origin; of works that at least 10 people had started. No rows where nothing was learned.",
    columns=(
        identifier("title_id", "the film or series that is scored"),
        identifier("because_title_id", "the film or series that was started"),
        number("weight", "what it adds to the score; below 0 it speaks against it", "score"),
    ),
    key=("title_id", "because_title_id"),
    partition="origin",
)

POPULAR_TITLES = Contract(
    stage="gold",
    name="popular_titles",
    doc="How popular films and series that at least 10 people had started were in the 28 days "
    "before an origin, by country.",
    columns=(
        text("country", "the country; `all` of everywhere"),
        identifier("title_id", "the film or series"),
        number(
            "share",
            "the share of the country's people who started it, leaning to everywhere and to all "
            "days where few people are behind it",
            "share",
            ge=0,
        ),
    ),
    key=("country", "title_id"),
    partition="origin",
)

WHAT_NEXT = Contract(
    stage="gold",
    name="what_next",
    doc="How lists of what people may watch next are made at an origin, and how well those that "
    "were made alike 28 days before did since then.",
    columns=(
        text("model", "the model of the weights, or popularity where nothing was learned"),
        number("trusted", "the share of a score that its weights are", "share", ge=0, le=1),
        number("penalty", "λ of EASE^R; null of others", "users", nullable=True, ge=0),
        number("kinship", "ω of EASE^R", "users", ge=0),
        number("prior", "people of the prior of popularity", "users", ge=0),
        count("people", "people who had started anything", "users"),
        count("titles", "films and series that at least 10 people had started", "titles"),
        day("judged_from", "the first of the 28 days by which it was judged"),
        text("judged_model", "the model that was judged: the one chosen then"),
        count("judged_people", "people who newly started something in these days", "users"),
        *(
            number(f"{name}{bound}", f"{doc}{said}", unit, nullable=True, ge=0)
            for name, doc, unit in (
                ("recall_20", "share of new starts, at most 20, within the first 20", "share"),
                ("popularity_recall_20", "the same of popularity alone", "share"),
                ("ndcg_100", "NDCG of the first 100", "share"),
                ("popularity_ndcg_100", "the same of popularity alone", "share"),
            )
            for bound, said in (
                ("", ""),
                ("_low", "; lower bound of its 95 % interval"),
                ("_high", "; upper bound of its 95 % interval"),
            )
        ),
    ),
    key=(),
    partition="origin",
)

VERDICTS = ("data are missing", "explained", "unexplained")
"""What a day that was not as expected is told to be; data come first."""

WATCHED_LEVELS = LEVELS[:3]
"""Of which series days are judged: others have bands so wide that nothing would stand out."""

EVIDENCE = ("lost", "quarantined", "late", "silent", "annotation", "holiday", "launch", "values")
"""What a verdict rests on: four faults of data, what is known of the days, values that explain."""

PART_DIMENSIONS = ("country", "device", "genre")
"""By what a gap is told apart."""

_OF_AN_EVENT = (
    choice("metric", FORECAST_METRICS, "of what"),
    choice("level", WATCHED_LEVELS, "of what the series is one"),
    text("key", "which one: a country or device; `all` of the total"),
    day("first_day", "its first day"),
)
_EVENT = ("metric", "level", "key", "first_day")

ANOMALIES = Contract(
    stage="gold",
    name="anomalies",
    doc="What was not as expected in the 28 settled days before an origin: days outside their "
    "band, and days whose data are missing.",
    columns=(
        *_OF_AN_EVENT,
        day("last_day", "its last day"),
        choice("verdict", VERDICTS, "what it is told to be"),
        flag("outside", "whether it lies outside the band; else only its data have a fault"),
        number("actual", "what came of all its days", "of the metric", ge=0),
        number(
            "expected",
            "the sum of the medians of its days, given what came of all others; null where "
            "nothing was expected of them",
            "of the metric",
            nullable=True,
            ge=0,
        ),
        number("low", "the sum of the days' q10", "of the metric", nullable=True, ge=0),
        number("high", "the sum of the days' q90", "of the metric", nullable=True, ge=0),
        number(
            "score",
            "how far the farthest day lies from its median, in standard deviations of how such "
            "days scattered before; below 0 there was less",
            "deviations",
            nullable=True,
        ),
        text("model", "the model that said what was expected", nullable=True),
        whole("horizon", "how far ahead that was said, at most", "days", nullable=True, ge=1),
        count("people", "people behind the series, in the 28 days before", "users"),
    ),
    key=_EVENT,
    partition="origin",
)

ANOMALY_EVIDENCE = Contract(
    stage="gold",
    name="anomaly_evidence",
    doc="What the verdict on each anomaly of an origin rests on, and where to look.",
    columns=(
        *_OF_AN_EVENT,
        whole("position", "in which order it is told", "place", ge=1),
        choice("kind", EVIDENCE, "what it is"),
        day("day", "of which day; null where it is of all of them", nullable=True),
        number("share", "the share of the day, or of the gap, that it took", "share"),
        text("text", "what it is, in words"),
        text("batch", "the batch that it befell", nullable=True),
        text("look", "the path of the API where to look"),
    ),
    key=(*_EVENT, "position"),
    partition="origin",
)

ANOMALY_PARTS = Contract(
    stage="gold",
    name="anomaly_parts",
    doc="What each value of a dimension added to the gap of an anomaly: of each dimension they add "
    "up to it. Viewers do not add up and have none.",
    columns=(
        *_OF_AN_EVENT,
        choice("dimension", PART_DIMENSIONS, "by what the gap is told apart"),
        text("value", "which value; `others` are those of fewer than 10 people together"),
        number("expected", "its usual share of what was expected", "of the metric", ge=0),
        number("actual", "what came of it", "of the metric", ge=0),
        number("contribution", "actual − expected", "of the metric"),
        flag("explains", "whether it is one of those that explain the gap"),
    ),
    key=(*_EVENT, "dimension", "value"),
    partition="origin",
)

ANOMALY_WATCH = Contract(
    stage="gold",
    name="anomaly_watch",
    doc="How many series and days were judged at an origin, and how many of them were raised.",
    columns=(
        choice("metric", FORECAST_METRICS, "of what"),
        choice("level", WATCHED_LEVELS, "of which series"),
        day("first_day", "the first day that was looked at"),
        day("last_day", "the last: no later one was settled"),
        count("series", "series with at least 150 plays a day", "series"),
        count("series_days", "days of theirs of which something was expected", "days"),
        count("raised", "anomalies among them", "anomalies"),
        count("unexplained", "those that are unexplained", "anomalies"),
    ),
    key=("metric", "level"),
    partition="origin",
)
