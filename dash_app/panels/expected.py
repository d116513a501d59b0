"""What was expected of the days that a chart shows, as a band behind what came."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash_app import figures, formats
from dash_app.page_request import Visit
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.contracts.origins import FORECAST_METRICS
from netflix_pipeline.contracts.origins import LEVELS as FORECAST_LEVELS
from netflix_pipeline.serving.questions.forecast import (
    TOTAL,
    Expected,
    ExpectedDay,
    ExpectedQuestion,
    ForecastLevel,
)
from netflix_pipeline.time_zones import UTC

BAND, OUTSIDE = "Expected, 80 %", "outside the band"
"""What the legend calls the band, and the days that came otherwise."""
ABOVE, BELOW, WITHIN = "above", "below", "within"
"""How a day compares with its band."""
RUNNING, PROVISIONAL = "still running", "provisional"
"""Why a day is not compared with it."""


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
    """What was expected of the days of a chart, in order; None of days of which nothing was.

    `told` says how what came of each compares with that: above, below, within; of a day that may
    still change, why it is not compared.
    """

    unit: str
    low: Sequence[float | None]
    middle: Sequence[float | None]
    high: Sequence[float | None]
    told: Sequence[str | None]
    note: str

    @classmethod
    def of(
        cls,
        data: Expected,
        days: Sequence[date],
        values: Sequence[float | None],
        open_days: Mapping[date, str],
        unit: str,
    ) -> "Band | None":
        """The band of these days, of which so much came; None where nothing was expected of any.

        `open_days` are not whole yet, and why.
        """
        known = {each.day: each for each in data.days}
        found = [known.get(day) for day in days]
        said = [each for each in found if each]
        if not said:
            return None
        told = [
            open_days.get(day) or _compared(value, each) if each else None
            for day, value, each in zip(days, values, found, strict=True)
        ]
        return cls(
            unit,
            [each.q10 if each else None for each in found],
            [each.q50 if each else None for each in found],
            [each.q90 if each else None for each in found],
            told,
            _note(said, told),
        )

    @property
    def columns(self) -> list[TableColumn]:
        """The columns of its values."""
        return [
            measured("expected", "Expected", self.unit),
            measured("expected_low", "80 %: at least", self.unit),
            measured("expected_high", "80 %: at most", self.unit),
            TableColumn("against_expected", "It came"),
        ]

    @property
    def values(self) -> list[Sequence[Any]]:
        """Its values, by column."""
        return [self.middle, self.low, self.high, self.told]

    def traces(self, table: Table, came: str) -> list[figures.Trace]:
        """The surface of the band in a chart of a table that has its columns.

        Days of the column `came` that lie outside of it are marked.
        """
        outside = [at for at, word in enumerate(self.told) if word in (ABOVE, BELOW)]
        return [
            *figures.between(table, "from", "expected_low", "expected_high", BAND),
            *figures.marks(table, "from", came, outside, OUTSIDE, color="mark-ink"),
        ]


def _compared(value: float | None, said: ExpectedDay) -> str | None:
    """How what came of a day compares with what was expected of it."""
    if value is None:
        return None
    if said.q10 <= value <= said.q90:
        return WITHIN
    return ABOVE if value > said.q90 else BELOW


def _note(said: Sequence[ExpectedDay], told: Sequence[str | None]) -> str:
    """What the band is, who said it when, and how often it held."""
    first, last = (formats.day(pick(each.origin for each in said)) for pick in (min, max))
    when = f"on {first}" if first == last else f"from {first} to {last}"
    models = " and ".join(sorted({each.model for each in said}))
    head = f"{BAND}: where four of five days should lie, as was said before each began"
    parts = [f"{head} ({when}, by {models})."]
    judged = [word for word in told if word in (ABOVE, BELOW, WITHIN)]
    if judged:
        outside = sum(word != WITHIN for word in judged)
        held = formats.counted(len(judged), "day")
        parts.append(
            f"{formats.number(outside)} of {held} lie outside, about one in five is usual."
        )
    if RUNNING in told:
        parts.append(
            "Today is still running, so that it is not compared: its band is that of a whole day."
        )
    return " ".join(parts)


def band(
    visit: Visit,
    metric: str,
    unit: str,
    days: Sequence[date],
    values: Sequence[float | None],
    partial: Collection[int],
) -> Band | None:
    """What was expected of days of a metric that a visit shows; None where nothing was.

    `values` came of them; those that are `partial`, by index, may still change.
    """
    told = series(visit)
    if metric not in FORECAST_METRICS or told is None or visit.against or not days:
        return None
    level, member = told
    question = ExpectedQuestion(visit.period, metric, level, member)
    open_days = {
        days[at]: RUNNING if days[at] == visit.unfinished else PROVISIONAL for at in partial
    }
    return Band.of(visit.source.ask(question).data, days, values, open_days, unit)
