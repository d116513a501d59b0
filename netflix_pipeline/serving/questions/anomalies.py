"""What was not as expected: days outside their band, and days whose data are missing."""

# Written into SQL are names of this module only; values are bound.

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.origins import FORECAST_METRICS, VERDICTS, WATCHED_LEVELS
from netflix_pipeline.serving.question import (
    EXAMPLE_PERIOD,
    AnswerModel,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
    column,
)

ANOMALIES, EVIDENCE = "gold/anomalies", "gold/anomaly_evidence"
PARTS, WATCH = "gold/anomaly_parts", "gold/anomaly_watch"
if TYPE_CHECKING:
    AnomalyMetric = str
    AnomalyLevel = str
    AnomalyVerdict = str
else:
    AnomalyMetric = Literal[FORECAST_METRICS]
    AnomalyLevel = Literal[WATCHED_LEVELS]
    AnomalyVerdict = Literal[VERDICTS]


class AnomalyEvidence(AnswerModel):
    """One thing that a verdict rests on, and where to look."""

    kind: str = column(EVIDENCE, "kind")
    day: date | None = column(EVIDENCE, "day")
    share: float = column(EVIDENCE, "share")
    text: str = column(EVIDENCE, "text")
    batch: str | None = column(EVIDENCE, "batch")
    look: str = column(EVIDENCE, "look")


class AnomalyPart(AnswerModel):
    """What one value of a dimension added to a gap."""

    dimension: str = column(PARTS, "dimension")
    value: str = column(PARTS, "value")
    expected: float = column(PARTS, "expected")
    actual: float = column(PARTS, "actual")
    contribution: float = column(PARTS, "contribution")
    explains: bool = column(PARTS, "explains")


class AnomalyRow(AnswerModel):
    """Days of one series that were not as expected, and what that is told to be."""

    metric: AnomalyMetric = column(ANOMALIES, "metric")
    level: AnomalyLevel = column(ANOMALIES, "level")
    member: str = Field(description="which one: a country or device; `all` of the total")
    first_day: date = column(ANOMALIES, "first_day")
    last_day: date = column(ANOMALIES, "last_day")
    verdict: AnomalyVerdict = column(ANOMALIES, "verdict")
    outside: bool = column(ANOMALIES, "outside")
    actual: float = column(ANOMALIES, "actual")
    expected: float | None = column(ANOMALIES, "expected")
    low: float | None = column(ANOMALIES, "low")
    high: float | None = column(ANOMALIES, "high")
    score: float | None = column(ANOMALIES, "score")
    model: str | None = column(ANOMALIES, "model")
    horizon: int | None = column(ANOMALIES, "horizon")
    people: int = column(ANOMALIES, "people")
    origin: date = Field(description="the day at whose beginning it was judged")
    reasons: tuple[str, ...] = Field(description="what the verdict rests on, in words")


class Anomaly(AnomalyRow):
    """The same with all that the verdict rests on."""

    evidence: tuple[AnomalyEvidence, ...] = Field(description="in order; none where unexplained")
    parts: tuple[AnomalyPart, ...] = Field(
        description="by dimension, the largest share of the gap first; of each they add up to "
        "actual − expected"
    )


class AnomalyWatch(AnswerModel):
    """How much was judged at the newest origin, and how many anomalies were among it."""

    metric: AnomalyMetric = column(WATCH, "metric")
    level: AnomalyLevel = column(WATCH, "level")
    first_day: date = column(WATCH, "first_day")
    last_day: date = column(WATCH, "last_day")
    series: int = column(WATCH, "series")
    series_days: int = column(WATCH, "series_days")
    raised: int = column(WATCH, "raised")
    unexplained: int = column(WATCH, "unexplained")


class Anomalies(AnswerModel):
    """What was not as expected in a period, as the newest origin that looked at it tells."""

    origin: date | None = Field(description="the newest at which days were judged; null: none")
    found: int = Field(description="anomalies that fit the question, told or not [anomalies]")
    anomalies: tuple[Anomaly, ...] = Field(description="newest first, then by how far off")
    watched: tuple[AnomalyWatch, ...] = Field(
        description="what the newest origin looked at, by metric and level"
    )


HAS = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'anomaly_watch'"
FITTING = """
    WITH looked AS (
        SELECT origin_date, min(first_day) AS since, max(last_day) AS until
        FROM anomaly_watch GROUP BY origin_date
    ), newest AS (
        SELECT told.*, max(looked.origin_date) AS judged_at
        FROM anomalies AS told JOIN looked ON told.last_day BETWEEN since AND until
        GROUP BY ALL
    )
    SELECT *, origin_date AS origin, key AS member FROM newest
    WHERE origin_date = judged_at AND last_day >= $first AND first_day <= $last
        AND ($metric IS NULL OR metric = $metric) AND ($level IS NULL OR level = $level)
        AND ($verdict IS NULL OR verdict = $verdict)
    ORDER BY last_day DESC, abs(coalesce(score, 0)) DESC, metric, level, key, first_day
"""
OF_ORIGINS = """
    SELECT * FROM {table} WHERE origin_date BETWEEN $first AND $last ORDER BY {order}
"""
WATCHED = "SELECT * FROM anomaly_watch WHERE origin_date = $origin ORDER BY metric, level"
NEWEST = "SELECT max(origin_date) AS origin FROM anomaly_watch"


@dataclass(frozen=True, slots=True)
class AnomaliesQuestion(Question[Anomalies]):
    """What was not as expected, newest first, each with its verdict, what that rests on and parts.

    Data that are missing are told first, then what is known of the days; else it is unexplained.
    """

    period: Period | None = None
    metric: AnomalyMetric | None = None
    level: AnomalyLevel | None = None
    verdict: AnomalyVerdict | None = None
    limit: int = 100

    narrowing = ("metric", "level", "verdict")
    rows = RowTable(AnomalyRow, lambda answer: answer.anomalies)
    settles = False

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Anomalies:
        # A snapshot that was published before there were any has no such tables.
        origin: date | None = snapshot.rows(NEWEST)[0]["origin"] if snapshot.rows(HAS) else None
        if origin is None:
            return Anomalies(origin=None, found=0, anomalies=(), watched=())
        bound: Row = {
            "first": period.from_,
            "last": period.to,
            **{name: getattr(self, name) for name in self.narrowing},
        }
        found = snapshot.rows(FITTING, bound)
        told = found[: self.limit]
        evidence = _behind(snapshot, "anomaly_evidence", "position", told)
        parts = _behind(snapshot, "anomaly_parts", "dimension, abs(contribution) DESC, value", told)
        return Anomalies(
            origin=origin,
            found=len(found),
            anomalies=tuple(
                _anomaly(row, evidence.get(_place(row), ()), parts.get(_place(row), ()))
                for row in told
            ),
            watched=tuple(
                AnomalyWatch(**{name: row[name] for name in AnomalyWatch.model_fields})
                for row in snapshot.rows(WATCHED, {"origin": origin})
            ),
        )

    example = (
        {"period": EXAMPLE_PERIOD, "metric": "hours_viewed"},
        Anomalies(
            origin=date(2026, 3, 7),
            found=1,
            anomalies=(
                Anomaly(
                    metric="hours_viewed",
                    level="total",
                    member="all",
                    first_day=date(2026, 3, 4),
                    last_day=date(2026, 3, 4),
                    verdict="data are missing",
                    outside=True,
                    actual=1_240.5,
                    expected=1_790.0,
                    low=1_655.2,
                    high=1_933.8,
                    score=-4.6,
                    model="combination",
                    horizon=1,
                    people=2_310,
                    origin=date(2026, 3, 7),
                    reasons=("no play began from 14:00 to 20:00 UTC: 31% of the day",),
                    evidence=(
                        AnomalyEvidence(
                            kind="silent",
                            day=date(2026, 3, 4),
                            share=0.31,
                            text="no play began from 14:00 to 20:00 UTC: 31% of the day",
                            batch=None,
                            look="/v1/analytics/heatmap?from=2026-03-04&to=2026-03-04",
                        ),
                    ),
                    parts=(
                        AnomalyPart(
                            dimension="device",
                            value="smart_tv",
                            expected=912.9,
                            actual=630.0,
                            contribution=-282.9,
                            explains=False,
                        ),
                    ),
                ),
            ),
            watched=(
                AnomalyWatch(
                    metric="hours_viewed",
                    level="total",
                    first_day=date(2026, 2, 7),
                    last_day=date(2026, 3, 6),
                    series=1,
                    series_days=28,
                    raised=1,
                    unexplained=0,
                ),
            ),
        ),
    )


Place = tuple[date, str, str, str, date]


def _place(row: Row) -> Place:
    """Of which anomaly of which origin a row is."""
    return row["origin_date"], row["metric"], row["level"], row["key"], row["first_day"]


def _behind(
    snapshot: Snapshot, table: str, order: str, told: Sequence[Row]
) -> dict[Place, list[Row]]:
    """The rows of a table that stand behind anomalies, in order."""
    behind: dict[Place, list[Row]] = {}
    if told:
        origins = [row["origin_date"] for row in told]
        query = OF_ORIGINS.format(table=table, order=order)
        for row in snapshot.rows(query, {"first": min(origins), "last": max(origins)}):
            behind.setdefault(_place(row), []).append(row)
    return behind


def _anomaly(row: Row, evidence: Sequence[Row], parts: Sequence[Row]) -> Anomaly:
    names = [name for name in AnomalyRow.model_fields if name != "reasons"]
    return Anomaly(
        **{name: row[name] for name in names},
        reasons=tuple(dict.fromkeys(each["text"] for each in evidence)),
        evidence=tuple(
            AnomalyEvidence(**{name: each[name] for name in AnomalyEvidence.model_fields})
            for each in evidence
        ),
        parts=tuple(
            AnomalyPart(**{name: each[name] for name in AnomalyPart.model_fields}) for each in parts
        ),
    )
