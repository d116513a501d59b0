"""Single searches and single recommendations, newest first: those behind a number.

What somebody typed and what was shown to whom is about persons, as their plays are.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import periods, persons
from netflix_pipeline.serving.query.filters import check_known, conditions
from netflix_pipeline.serving.query.newest_rows import NewestRows
from netflix_pipeline.serving.question import (
    EXAMPLE_PERIOD,
    AnswerModel,
    Filters,
    Period,
    Row,
    Snapshot,
    column,
)
from netflix_pipeline.serving.questions.interactions import (
    ALL_RECOMMENDATIONS,
    days,
    known_values,
)
from netflix_pipeline.serving.rows_behind import R, RowsBehindQuestion
from netflix_pipeline.serving.snapshot.layout import LONGEST_RAW
from netflix_pipeline.state import NOBODY
from netflix_pipeline.transforms.search_terms import search_term

SEARCHES, SHOWN = "silver/searches", "silver/recommendations"


class OfPerson(AnswerModel):
    """What happened to one person at one time."""

    event_date: date = Field(description="UTC day")
    event_time: datetime = Field(description="UTC")
    time_precision: str = Field(description="second, or day where only the date is known")
    user_id: str = Field(description="id of the person")


class SingleSearch(OfPerson):
    """One search."""

    query: str | None = Field(
        description=f"what was typed, up to {LONGEST_RAW} characters of it; null where nobody said"
    )
    results_count: int | None = column(SEARCHES, "results_count")
    clicked_position: int | None = column(SEARCHES, "clicked_position")
    country: str = column(SEARCHES, "country")
    device: str = column(SEARCHES, "device")


class SingleRecommendation(OfPerson):
    """One recommendation that was shown."""

    title_id: str = Field(description="id of the title")
    title: str | None = Field(description="name of the title")
    clicked: bool = column(SHOWN, "clicked")
    position: int | None = column(SHOWN, "position")
    score: float | None = column(SHOWN, "score")
    algorithm: str = column(SHOWN, "algorithm")
    device: str = column(SHOWN, "device")


@dataclass(frozen=True, slots=True)
class InteractionRowsQuestion(RowsBehindQuestion[R]):
    """Single interactions of a kind, newest first.

    A period that is left out is the 28 days that end with the last day with some. Raises
    FilterNotTaken, UnknownValues, BadPeriod, BadCursor, and BadInput where there is no such count.
    """

    row: ClassVar[type[OfPerson]]
    rows_of: ClassVar[NewestRows]
    share: ClassVar[str]
    """The metric of how many were clicked."""

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        known = None if self.period else self.known(snapshot)
        return periods.resolve(snapshot, self.period, known)

    @override
    def known(self, snapshot: Snapshot) -> Period | None:
        return days(snapshot, self.share)

    def narrowed(self, snapshot: Snapshot, period: Period) -> tuple[str, Row]:
        """SQL that follows a condition on its rows, and what it binds. Raises UnknownValues."""
        del period
        return conditions(snapshot, self.filters)

    @override
    def page(self, snapshot: Snapshot, period: Period) -> tuple[R, str | None]:
        of_count = self.of_count
        metric(self.share).check(self.filters.given)
        where, bound = self.narrowed(snapshot, period)
        rows, following = self.rows_of.page(
            snapshot,
            period,
            of_count + where,
            bound,
            limit=self.limit,
            cursor=self.cursor,
            without=self.without,
        )
        told: R = tuple(self.row(**row) for row in rows)  # type: ignore[assignment]
        return told, following


QUERIES = """
    SELECT DISTINCT query FROM coded.searches
    WHERE event_date BETWEEN $from AND $to AND query IS NOT NULL AND user_id IN (
        SELECT user_id FROM coded.search_term_daily
        WHERE event_date BETWEEN $from AND $to AND term = $term
    )
"""
"""What people typed who searched for a term."""

EXAMPLE_SEARCH = SingleSearch(
    event_date=date(2026, 3, 5),
    event_time=datetime(2026, 3, 5, 19, 1, 2, tzinfo=UTC),
    time_precision="second",
    user_id="u-17",
    query="The long nihgt",
    results_count=0,
    clicked_position=None,
    country="DE",
    device="smart_tv",
)


@dataclass(frozen=True, slots=True)
class SearchRowsQuestion(InteractionRowsQuestion[tuple[SingleSearch, ...]]):
    """The searches behind a number, newest first."""

    of: str = "searches"
    term: str | None = None

    narrowing = ("term",)
    row = SingleSearch
    rows_of = NewestRows("searches", tuple(SingleSearch.model_fields))
    share = "search_success"
    counted: ClassVar[Mapping[str, str]] = {
        "searches": "",
        "clicked": " AND clicked_position IS NOT NULL",
        "not_found": " AND results_count = 0",
        "without_click": " AND clicked_position IS NULL",
    }

    @override
    def narrowed(self, snapshot: Snapshot, period: Period) -> tuple[str, Row]:
        where, bound = conditions(snapshot, self.filters)
        if self.term is not None:
            term = search_term(self.term)
            days = {"from": period.from_, "to": period.to, "term": term}
            typed = [row["query"] for row in snapshot.rows(QUERIES, days)]
            where += " AND query IN (SELECT unnest($typed::VARCHAR[]))"
            bound |= {"typed": [query for query in typed if search_term(query) == term]}
        return where, bound

    example = (
        {"period": EXAMPLE_PERIOD, "filters": Filters(country="DE"), "of": "not_found"},
        (EXAMPLE_SEARCH,),
    )


EXAMPLE_RECOMMENDATION = SingleRecommendation(
    event_date=date(2026, 3, 5),
    event_time=datetime(2026, 3, 5, 19, 1, 40, tzinfo=UTC),
    time_precision="second",
    user_id="u-17",
    title_id="t-204",
    title="The Long Night",
    clicked=True,
    position=2,
    score=0.81,
    algorithm="similar_taste",
    device="smart_tv",
)


@dataclass(frozen=True, slots=True)
class RecommendationRowsQuestion(InteractionRowsQuestion[tuple[SingleRecommendation, ...]]):
    """The recommendations behind a number, newest first."""

    filters: Filters = ALL_RECOMMENDATIONS
    of: str = "shown"

    row = SingleRecommendation
    rows_of = NewestRows(
        "recommendations",
        tuple(name for name in SingleRecommendation.model_fields if name != "title"),
    )
    share = "recommendation_ctr"
    counted: ClassVar[Mapping[str, str]] = {
        "shown": "",
        "clicked": " AND clicked",
        "not_clicked": " AND NOT clicked",
    }

    @override
    def narrowed(self, snapshot: Snapshot, period: Period) -> tuple[str, Row]:
        if algorithm := self.filters.given.get("algorithm"):
            known = known_values(snapshot, metric(self.share).table, "algorithm")
            check_known("algorithm", algorithm, known, known)
        return conditions(snapshot, self.filters)

    example = (
        {"period": EXAMPLE_PERIOD, "filters": Filters(device="smart_tv"), "of": "clicked"},
        (EXAMPLE_RECOMMENDATION,),
    )


def of_person(
    kind: type[InteractionRowsQuestion[Any]],
    snapshot: Snapshot,
    user_id: str,
    limit: int,
    cursor: str | None,
) -> tuple[tuple[OfPerson, ...], str | None]:
    """A page of all interactions of a kind that one person had, newest first, and its next cursor.

    Raises NotFound and BadCursor.
    """
    (who,) = persons.person(snapshot, user_id)
    known = days(snapshot, kind.share)
    if known is None:
        return (), None
    rows, following = kind.rows_of.page(
        snapshot,
        known,
        " AND user_id = $who",
        {"who": who},
        limit=limit,
        cursor=cursor,
        without=NOBODY,
    )
    return tuple(kind.row(**row) for row in rows), following
