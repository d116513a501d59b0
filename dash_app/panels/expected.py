"""What was expected of the days that a chart shows, as a band behind what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dash_app import figures, formats
from dash_app.page_request import Visit
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.contracts.origins import FORECAST_METRICS
from netflix_pipeline.contracts.origins import LEVELS as FORECAST_LEVELS
from netflix_pipeline.serving.questions.forecast import (
    TOTAL,
    Expected,
    ExpectedQuestion,
    ForecastLevel,
)
from netflix_pipeline.time_zones import UTC

BAND = "Expected, 80 %"
"""What the legend calls the band."""


def series(visit: Visit) -> tuple[ForecastLevel, str | None] | None:
    """The level and member of which forecasts are that a visit shows; None where there are none.

    There are forecasts of everything, and of one country, device, genre or title, by days of UTC.
    """
    given = dict(visit.narrowing.given)
    members = {name: choice.values[0] for name, choice in given.items() if choice.is_one}
    if visit.title_id:
        members["title"] = visit.title_id
    if visit.zone != UTC or len(members) < len(given) or not members.keys() <= {*FORECAST_LEVELS}:
        return None
    if not members:
        return TOTAL, None
    return next(iter(members.items())) if len(members) == 1 else None


@dataclass(frozen=True)
class Band:
    """What was expected of the days of a chart, in order; None of days of which nothing was."""

    unit: str
    low: Sequence[float | None]
    middle: Sequence[float | None]
    high: Sequence[float | None]
    note: str

    @classmethod
    def of(cls, data: Expected, days: Sequence[date], unit: str) -> "Band | None":
        """The band of these days; None where nothing was expected of any."""
        known = {each.day: each for each in data.days}
        found = [known.get(day) for day in days]
        said = [each for each in found if each]
        if not said:
            return None
        origins = [min(each.origin for each in said), max(each.origin for each in said)]
        first, last = map(formats.day, origins)
        when = f"on {first}" if first == last else f"from {first} to {last}"
        models = " and ".join(sorted({each.model for each in said}))
        return cls(
            unit,
            [each.q10 if each else None for each in found],
            [each.q50 if each else None for each in found],
            [each.q90 if each else None for each in found],
            f"{BAND}: between these four of five days should lie, as was said {when}, "
            f"before each of them began where it could be (by {models}).",
        )

    @property
    def columns(self) -> list[TableColumn]:
        """The columns of its values."""
        return [
            measured("expected", "Expected", self.unit),
            measured("expected_low", "Expected, at least", self.unit),
            measured("expected_high", "Expected, at most", self.unit),
        ]

    @property
    def values(self) -> list[Sequence[float | None]]:
        """Its values, by column."""
        return [self.middle, self.low, self.high]

    def traces(self, table: Table) -> list[figures.Trace]:
        """The surface of the band in a chart of a table that has its columns."""
        return figures.between(table, "from", "expected_low", "expected_high", BAND)


def band(visit: Visit, metric: str, unit: str, days: Sequence[date]) -> Band | None:
    """What was expected of days of a metric that a visit shows; None where nothing was."""
    told = series(visit)
    if metric not in FORECAST_METRICS or told is None or visit.against or not days:
        return None
    level, member = told
    question = ExpectedQuestion(visit.period, metric, level, member)
    return Band.of(visit.source.ask(question).data, days, unit)
