"""Launch curves: a title day by day since its launch, beside others and what is typical."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import launches
from netflix_pipeline.serving.query.codes import title_names
from netflix_pipeline.serving.query.filters import ALL, Filters, conditions
from netflix_pipeline.serving.query.launches import COMPARED, Launched
from netflix_pipeline.serving.question import (
    AnswerModel,
    Question,
    Row,
    RowTable,
    Snapshot,
    measure,
)
from netflix_pipeline.serving.questions.launch import WINDOWS, OfLaunch

LONGEST = WINDOWS[-1]
"""Days of a curve, the launch day included."""
SINCE = "of all days since the launch, this one included"
DAY = Field(description="days since the launch day, which is 0; up to 90")


class CurveDay(AnswerModel):
    """What there was of a launch up to the end of a day."""

    day: int = DAY
    starters: int = measure("starters", SINCE)
    watchers: int = measure("watchers", SINCE)
    completers: int = measure("completers", SINCE)
    hours_viewed: float = measure("hours_viewed", SINCE)


class TypicalDay(AnswerModel):
    """The medians of the earlier launches of the type, up to the end of a day."""

    day: int = DAY
    launches: int = Field(
        description="launches of which the medians are: all that have the day in the data "
        "[titles or series]"
    )
    starters: float = Field(description=f"median of their starters {SINCE} [plays]")
    watchers: float = Field(description=f"median of their watchers {SINCE} [plays]")
    completers: float = Field(description=f"median of their completers {SINCE} [plays]")
    hours_viewed: float = Field(description=f"median of their hours viewed {SINCE} [h]")


class LaunchCurve(AnswerModel):
    """A launch, day by day."""

    title_id: str = Field(description="id of the title, season or series")
    title: str | None
    launch_day: date
    days: tuple[CurveDay, ...] = Field(description="each of its first 91 days in the data")


class LaunchCurves(OfLaunch):
    """A launch day by day, beside others; numbers of a series are those of all its episodes."""

    curves: tuple[LaunchCurve, ...] = Field(
        description="its own first, then those asked for, in the order of their ids; none where it "
        "was launched before the data"
    )
    typical: tuple[TypicalDay, ...] = Field(
        description="the medians of all earlier launches of its type that are in the data"
    )


class CurvePoint(AnswerModel):
    """A day of one launch, or of the medians."""

    title_id: str | None = Field(description="id of the title, season or series; null: the medians")
    title: str | None = Field(description="its name")
    launch_day: date | None = Field(description="the day that is day 0; null for the medians")
    launches: int | None = Field(description="launches of which a median is; null for a launch")
    day: int = DAY
    starters: float = measure("starters", SINCE)
    watchers: float = measure("watchers", SINCE)
    completers: float = measure("completers", SINCE)
    hours_viewed: float = measure("hours_viewed", SINCE)


BESIDE = """
    {tables}, steps AS (
        SELECT l.unit, l.launched, l.earlier, d.day, {counts},
            sum(coalesce(b.watch_seconds, 0)) OVER since / 3600 AS hours_viewed
        FROM launches AS l
        JOIN (SELECT unnest(range($longest::INTEGER))::INTEGER AS day) AS d
            ON l.launched + d.day <= $last::DATE
        LEFT JOIN by_day AS b ON b.unit = l.unit AND b.day = d.day
        WINDOW since AS (PARTITION BY l.unit ORDER BY d.day)
    )
    SELECT unit, launched, NULL AS launches, day, {names} FROM steps
    WHERE list_contains($against::VARCHAR[], unit)
    UNION ALL
    SELECT NULL, NULL, count(*), day, {medians} FROM steps WHERE earlier GROUP BY day
    ORDER BY unit, day
"""
"""Of each launch asked for, and of the medians: a row for each day since the launch."""

COUNTS = COMPARED[:3]
"""The measures that are added up as they are; hours are of seconds."""


def _points(told: LaunchCurves) -> Iterator[CurvePoint]:
    """Every day of every curve, then those of the medians."""
    for curve in told.curves:
        of_curve: Row = {
            "title_id": curve.title_id,
            "title": curve.title,
            "launch_day": curve.launch_day,
            "launches": None,
        }
        yield from (CurvePoint(**of_curve, **day.model_dump()) for day in curve.days)
    nobody: Row = dict.fromkeys(("title_id", "title", "launch_day"))
    yield from (CurvePoint(**nobody, **day.model_dump()) for day in told.typical)


@dataclass(frozen=True, slots=True)
class LaunchCurvesQuestion(Question[LaunchCurves]):
    """The first 91 days of a launch, added up day by day, beside others and the median of its type.

    `against` are ids of launches to compare with. Raises NotFound, FilterNotTaken and
    UnknownValues.
    """

    title_id: str
    filters: Filters = ALL
    against: tuple[str, ...] = ()

    metrics = COMPARED
    rows = RowTable(CurvePoint, _points)

    @override
    def answer(self, snapshot: Snapshot, period: None) -> LaunchCurves:
        for name in self.metrics:
            metric(name).check(self.filters.given)
        launched = launches.launch_of(snapshot, self.title_id)
        conditions(snapshot, self.filters)  # raises for values that are not known
        launches.check_against(snapshot, self.against)
        data, day = snapshot.info.days, launched.day
        if data is None or day is None or not data.from_ <= day <= data.to:
            return LaunchCurves.told(launched, curves=(), typical=())
        beside = self._beside(snapshot, launched)
        others = {unit: rows for unit, rows in beside.items() if unit is not None}
        launches.check_found(self.against, others)
        names = title_names(snapshot, list(others))
        own = LaunchCurve(
            title_id=launched.id,
            title=launched.title,
            launch_day=day,
            days=_added_up(
                launches.of_days(snapshot, launched, self.filters, LONGEST),
                min(LONGEST, (data.to - day).days + 1),
            ),
        )
        curves = (
            LaunchCurve(
                title_id=unit,
                title=names.get(unit),
                launch_day=rows[0]["launched"],
                days=tuple(CurveDay(**_numbers(row)) for row in rows),
            )
            for unit, rows in others.items()
        )
        return LaunchCurves.told(
            launched,
            curves=(own, *curves),
            typical=tuple(
                TypicalDay(launches=row["launches"], **_numbers(row))
                for row in beside.get(None, ())
            ),
        )

    def _beside(self, snapshot: Snapshot, launched: Launched) -> dict[str | None, list[Row]]:
        """The days of each launch asked for, by id; under None those of the medians."""
        tables, bound = launches.beside(snapshot, launched, self.against, self.filters, LONGEST)
        query = BESIDE.format(
            tables=tables,
            counts=", ".join(f"sum(coalesce(b.{name}, 0)) OVER since AS {name}" for name in COUNTS),
            names=", ".join(COMPARED),
            medians=", ".join(f"median({name})" for name in COMPARED),
        )
        rows = snapshot.rows(query, bound)
        return {unit: list(days) for unit, days in groupby(rows, lambda row: row["unit"])}

    example = (
        {"title_id": "t-204", "against": ("t-180",)},
        LaunchCurves(
            title_id="t-204",
            title="The Long Night",
            content_type="film",
            launch_day=date(2026, 3, 5),
            launch_day_by="added_on",
            curves=(
                LaunchCurve(
                    title_id="t-204",
                    title="The Long Night",
                    launch_day=date(2026, 3, 5),
                    days=(
                        CurveDay(
                            day=0, starters=120, watchers=80, completers=61, hours_viewed=140.5
                        ),
                    ),
                ),
                LaunchCurve(
                    title_id="t-180",
                    title="Two Rivers",
                    launch_day=date(2026, 2, 19),
                    days=(
                        CurveDay(day=0, starters=90, watchers=66, completers=50, hours_viewed=98.1),
                    ),
                ),
            ),
            typical=(
                TypicalDay(
                    day=0,
                    launches=14,
                    starters=96,
                    watchers=70.5,
                    completers=52,
                    hours_viewed=101.2,
                ),
            ),
        ),
    )


def _added_up(by_day: Mapping[int, Row], days: int) -> tuple[CurveDay, ...]:
    """What there was up to each of its first days, also where nobody played it."""
    so_far: Row = dict.fromkeys((*COUNTS, "watch_seconds"), 0)
    told = []
    for day in range(days):
        if row := by_day.get(day):
            so_far = {name: so_far[name] + row[name] for name in so_far}
        counts = {name: so_far[name] for name in COUNTS}
        told.append(CurveDay(day=day, **counts, hours_viewed=so_far["watch_seconds"] / 3600))
    return tuple(told)


def _numbers(row: Row) -> Row:
    return {name: row[name] for name in ("day", *COMPARED)}
