"""How much is expected to be watched, by day, beside what came; how good forecasts have been."""

# Written into SQL are names of this module only; values are bound.

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.origins import FORECAST_METRICS, LEVELS
from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import measures
from netflix_pipeline.serving.query.buckets import Course, values_of
from netflix_pipeline.serving.question import (
    EXAMPLE_PERIOD,
    AnswerModel,
    Filters,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
    Told,
    column,
)

DAILY, ACCURACY = "gold/forecast_daily", "gold/forecast_accuracy"
if TYPE_CHECKING:
    ForecastMetric = str
    ForecastLevel = str
else:
    ForecastMetric = Literal[FORECAST_METRICS]
    ForecastLevel = Literal[LEVELS]
TOTAL, EVERYTHING = "total", "all"
"""The level of everything, and its only member."""
FEWEST = 10
"""No series of fewer people is told."""
MOST_MEMBERS = 50
"""Members that are listed."""


class ForecastDay(AnswerModel):
    """What was expected of one day, as quantiles, and what came."""

    day: date = column(DAILY, "day")
    horizon: int = column(DAILY, "horizon")
    q025: float = column(DAILY, "q025")
    q10: float = column(DAILY, "q10")
    q20: float = column(DAILY, "q20")
    q25: float = column(DAILY, "q25")
    q30: float = column(DAILY, "q30")
    q40: float = column(DAILY, "q40")
    q50: float = Field(description="the median: with 50.0% it is no more [of the metric]")
    q60: float = column(DAILY, "q60")
    q70: float = column(DAILY, "q70")
    q75: float = column(DAILY, "q75")
    q80: float = column(DAILY, "q80")
    q90: float = column(DAILY, "q90")
    q975: float = column(DAILY, "q975")
    came: float | None = Field(
        description="what came, as `/analytics/timeseries` tells it; null of a day that the data "
        "do not reach"
    )


class ForecastScore(AnswerModel):
    """How good the forecasts of a model would have been, all series of a level together."""

    metric: ForecastMetric = column(ACCURACY, "metric")
    level: ForecastLevel = column(ACCURACY, "level")
    model: str = column(ACCURACY, "model")
    origins: int = column(ACCURACY, "origins")
    series: int = column(ACCURACY, "series")
    mase: float = column(ACCURACY, "mase")
    rmsse: float = column(ACCURACY, "rmsse")
    wql: float = column(ACCURACY, "wql")
    coverage_50: float = column(ACCURACY, "coverage_50")
    coverage_80: float = column(ACCURACY, "coverage_80")
    coverage_95: float = column(ACCURACY, "coverage_95")
    bias: float = column(ACCURACY, "bias")
    skill: float = column(ACCURACY, "skill")
    skill_low: float = column(ACCURACY, "skill_low")
    skill_high: float = column(ACCURACY, "skill_high")
    over_best: float = column(ACCURACY, "over_best")
    over_best_low: float = column(ACCURACY, "over_best_low")
    over_best_high: float = column(ACCURACY, "over_best_high")


class Forecast(AnswerModel):
    """What was expected of a series in the 28 days from an origin on."""

    origin: date | None = Field(description="the day at whose beginning it was said; null: nothing")
    model: str | None = Field(description="who says it; null where nothing was said of the series")
    people: int | None = column(DAILY, "people")
    days: tuple[ForecastDay, ...] = Field(description="in order; none where nothing was said")
    accuracy: tuple[ForecastScore, ...] = Field(
        description="how good forecasts of the level had been: `as told`, whichever model was told "
        "then, and the model by itself; none where there were too few origins"
    )
    origins: tuple[date, ...] = Field(description="origins that can be asked for, newest first")
    members: tuple[str, ...] = Field(
        description=f"members of the level that can be asked for, those with most people first, "
        f"at most {MOST_MEMBERS}"
    )


class ExpectedDay(AnswerModel):
    """What was expected of one day, at the newest origin that was not after it."""

    day: date = column(DAILY, "day")
    origin: date = Field(description="the day at whose beginning it was said")
    model: str = column(DAILY, "model")
    q10: float = column(DAILY, "q10")
    q50: float = Field(description="the median: with 50.0% it is no more [of the metric]")
    q90: float = column(DAILY, "q90")


class Expected(AnswerModel):
    """What was expected of the days of a period, each by whoever spoke last before it was over."""

    days: tuple[ExpectedDay, ...] = Field(
        description="in order; without days of which nothing was said in the 28 days before"
    )


class ForecastAccuracy(AnswerModel):
    """How good forecasts would have been at origins before an origin."""

    origin: date | None = Field(description="the day at whose beginning it was said; null: nothing")
    models: tuple[ForecastScore, ...] = Field(
        description="by metric and level, the smallest MASE first; `as told` is whichever had been "
        "the best until then"
    )
    origins: tuple[date, ...] = Field(description="origins that can be asked for, newest first")


HAS = "SELECT 1 FROM duckdb_tables() WHERE table_name = $table"
ORIGINS = "SELECT DISTINCT origin_date AS origin FROM {table} ORDER BY origin DESC"
SERIES = """
    SELECT * FROM forecast_daily
    WHERE origin_date = $origin AND metric = $metric AND level = $level AND key = $member
        AND people >= $fewest
    ORDER BY day
"""
EXPECTED = """
    SELECT day, origin_date AS origin, model, q10, q50, q90 FROM forecast_daily
    WHERE day BETWEEN $first AND $last AND metric = $metric AND level = $level AND key = $member
        AND people >= $fewest
    QUALIFY row_number() OVER (PARTITION BY day ORDER BY origin_date DESC) = 1
    ORDER BY day
"""
MEMBERS = """
    SELECT DISTINCT key, people FROM forecast_daily
    WHERE origin_date = $origin AND metric = $metric AND level = $level AND horizon = 1
        AND people >= $fewest
    ORDER BY people DESC, key LIMIT $most
"""
SCORES = """
    SELECT * FROM forecast_accuracy
    WHERE origin_date = $origin AND ($metric IS NULL OR metric = $metric)
        AND ($level IS NULL OR level = $level)
    ORDER BY metric, level, mase, model
"""
AS_TOLD = "as told"


def _member(level: str, member: str | None) -> str | None:
    """Which series of a level: of the total it need not be said."""
    return EVERYTHING if level == TOTAL and member is None else member


def _asked(level: str, member: str | None) -> dict[str, Told]:
    """The series that is asked for, as an answer tells it."""
    named = _member(level, member)
    return {"level": level} if named is None else {"level": level, "member": named}


def _origins(snapshot: Snapshot, table: str) -> tuple[date, ...]:
    """The origins at which anything was said, newest first; none without such a table."""
    if not snapshot.rows(HAS, {"table": table}):
        return ()  # published before there was one
    return tuple(row["origin"] for row in snapshot.rows(ORIGINS.format(table=table)))


def _chosen(origins: Sequence[date], asked: date | None) -> date | None:
    """The origin that is asked for, or the newest; None where nothing was said at it."""
    if asked is None:
        return next(iter(origins), None)
    return asked if asked in origins else None


def _scores(
    snapshot: Snapshot, origin: date | None, of_metric: str | None, level: str | None
) -> tuple[ForecastScore, ...]:
    bound: Row = {"origin": origin, "metric": of_metric, "level": level}
    rows = snapshot.rows(SCORES, bound) if origin else []
    return tuple(
        ForecastScore(**{name: row[name] for name in ForecastScore.model_fields}) for row in rows
    )


EXAMPLE_SCORE = ForecastScore(
    metric="hours_viewed",
    level="country",
    model=AS_TOLD,
    origins=12,
    series=15,
    mase=0.81,
    rmsse=0.78,
    wql=0.09,
    coverage_50=0.51,
    coverage_80=0.81,
    coverage_95=0.94,
    bias=-0.01,
    skill=0.27,
    skill_low=0.22,
    skill_high=0.31,
    over_best=0.04,
    over_best_low=0.01,
    over_best_high=0.06,
)


@dataclass(frozen=True, slots=True)
class ForecastQuestion(Question[Forecast]):
    """What is expected of 28 days, in total or of a country, device, genre or title; and what came.

    At the newest origin, or an earlier one. Empty where nothing was said: of a series of fewer
    than 10 people nothing is.
    """

    metric: ForecastMetric = "hours_viewed"
    level: ForecastLevel = TOTAL
    member: str | None = None
    origin: date | None = None

    metrics = FORECAST_METRICS
    rows = RowTable(ForecastDay, lambda forecast: forecast.days)

    @property
    @override
    def given(self) -> dict[str, Told]:
        return _asked(self.level, self.member)

    @override
    def metrics_of(self, data: Forecast) -> tuple[str, ...]:
        return (self.metric,)

    @override
    def days_of(self, data: Forecast, period: Period | None) -> Period | None:
        came = [each.day for each in data.days if each.came is not None]
        return Period(from_=came[0], to=came[-1]) if came else None

    @override
    def answer(self, snapshot: Snapshot, period: None) -> Forecast:
        origins = _origins(snapshot, "forecast_daily")
        origin = _chosen(origins, self.origin)
        bound: Row = {
            "origin": origin,
            "metric": self.metric,
            "level": self.level,
            "fewest": FEWEST,
        }
        rows = (
            snapshot.rows(SERIES, bound | {"member": _member(self.level, self.member)})
            if origin
            else []
        )
        members = snapshot.rows(MEMBERS, bound | {"most": MOST_MEMBERS}) if origin else []
        came = self._came(snapshot, [row["day"] for row in rows])
        model = rows[0]["model"] if rows else None
        judged = origin if _chosen(_origins(snapshot, "forecast_accuracy"), origin) else None
        names = [name for name in ForecastDay.model_fields if name != "came"]
        return Forecast(
            origin=origin,
            model=model,
            people=rows[0]["people"] if rows else None,
            days=tuple(
                ForecastDay(**{name: row[name] for name in names}, came=came.get(row["day"]))
                for row in rows
            ),
            accuracy=tuple(
                sorted(
                    (
                        score
                        for score in _scores(snapshot, judged, self.metric, self.level)
                        if score.model in (AS_TOLD, model)
                    ),
                    key=lambda score: score.model != AS_TOLD,
                )
            ),
            origins=origins,
            members=tuple(row["key"] for row in members),
        )

    def _came(self, snapshot: Snapshot, days: Sequence[date]) -> dict[date, float | None]:
        """What came of the days that the data reach."""
        known = snapshot.info.days
        reached = [day for day in days if known and known.from_ <= day <= known.to]
        if not reached:
            return {}
        told = metric(self.metric)
        narrowed = (
            {}
            if self.level == TOTAL
            else {self.level: [_member(self.level, self.member) or EVERYTHING]}
        )
        course = Course(told, Period(from_=reached[0], to=reached[-1]), Filters.read(narrowed))
        found = values_of(snapshot, course, None)
        empty = measures.nothing(snapshot, told)
        return {day: found.get((None, day), empty) for day in reached}

    example = (
        {"level": "country", "member": "DE", "origin": date(2026, 3, 5)},
        Forecast(
            origin=date(2026, 3, 5),
            model="combination",
            people=412,
            days=tuple(
                ForecastDay(
                    day=day,
                    horizon=horizon,
                    q025=171.2,
                    q10=188.4,
                    q20=197.0,
                    q25=200.9,
                    q30=204.1,
                    q40=209.8,
                    q50=214.6,
                    q60=219.9,
                    q70=226.3,
                    q75=229.7,
                    q80=234.0,
                    q90=246.5,
                    q975=268.1,
                    came=came,
                )
                for horizon, day, came in (
                    (1, date(2026, 3, 5), 208.25),
                    (2, date(2026, 3, 6), None),
                )
            ),
            accuracy=(EXAMPLE_SCORE,),
            origins=(date(2026, 3, 7), date(2026, 3, 5)),
            members=("US", "DE"),
        ),
    )


@dataclass(frozen=True, slots=True)
class ExpectedQuestion(Question[Expected]):
    """What was expected of each day of a period, as late as it could be said before the day.

    Of everything, or of a country, device, genre or title. A day that is still running has it too.
    """

    period: Period | None = None
    metric: ForecastMetric = "hours_viewed"
    level: ForecastLevel = TOTAL
    member: str | None = None

    metrics = FORECAST_METRICS
    rows = RowTable(ExpectedDay, lambda expected: expected.days)
    settles = False

    @property
    @override
    def given(self) -> dict[str, Told]:
        return _asked(self.level, self.member)

    @override
    def metrics_of(self, data: Expected) -> tuple[str, ...]:
        return (self.metric,)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Expected:
        if not snapshot.rows(HAS, {"table": "forecast_daily"}):
            return Expected(days=())  # published before there was one
        bound: Row = {
            "first": period.from_,
            "last": period.to,
            "metric": self.metric,
            "level": self.level,
            "member": _member(self.level, self.member),
            "fewest": FEWEST,
        }
        return Expected(days=tuple(ExpectedDay(**row) for row in snapshot.rows(EXPECTED, bound)))

    example = (
        {"period": EXAMPLE_PERIOD, "level": "country", "member": "DE"},
        Expected(
            days=(
                ExpectedDay(
                    day=EXAMPLE_PERIOD.from_,
                    origin=EXAMPLE_PERIOD.from_,
                    model="combination",
                    q10=188.4,
                    q50=214.6,
                    q90=246.5,
                ),
            )
        ),
    )


@dataclass(frozen=True, slots=True)
class ForecastAccuracyQuestion(Question[ForecastAccuracy]):
    """How good forecasts would have been: each model at origins before the newest, or one before.

    Of every metric and level without one. Empty where nothing was judged.
    """

    metric: ForecastMetric | None = None
    level: ForecastLevel | None = None
    origin: date | None = None

    narrowing = ("metric", "level")
    rows = RowTable(ForecastScore, lambda accuracy: accuracy.models)
    settles = False

    @override
    def answer(self, snapshot: Snapshot, period: None) -> ForecastAccuracy:
        origins = _origins(snapshot, "forecast_accuracy")
        origin = _chosen(origins, self.origin)
        models = _scores(snapshot, origin, self.metric, self.level)
        return ForecastAccuracy(origin=origin, models=models, origins=origins)

    example = (
        {"metric": "hours_viewed", "level": "country"},
        ForecastAccuracy(
            origin=date(2026, 3, 7), models=(EXAMPLE_SCORE,), origins=(date(2026, 3, 7),)
        ),
    )
