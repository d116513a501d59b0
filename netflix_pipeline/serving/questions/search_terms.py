"""What people searched for, term by term, and what of it they did not find.

What somebody typed may tell who they are. A term is shown where at least `LEAST_PEOPLE` different
people searched for it in the period and under the filters of the question; all others are one row.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.

from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, get_args

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import LEAST_PEOPLE, metric
from netflix_pipeline.serving.query import cursors, measures, periods
from netflix_pipeline.serving.query.comparisons import (
    Against,
    Beside,
    MetricComparedWith,
    beside,
    other_side,
    rows_compared_with,
)
from netflix_pipeline.serving.query.filters import conditions
from netflix_pipeline.serving.question import (
    ALL,
    EXAMPLE_PERIOD,
    AnswerModel,
    Filters,
    PagedQuestion,
    Period,
    Row,
    RowTable,
    Snapshot,
    column,
    measure,
)
from netflix_pipeline.serving.questions.interactions import SEARCHES, days

SearchTermSort = Literal["searches", "people", "not_found", "without_click"]
"""What terms can be sorted by."""
SORTS: tuple[SearchTermSort, ...] = get_args(SearchTermSort)

TABLE = "gold/search_term_daily"
METRICS = ("search_success", "not_found", "without_click")
MEASURES = f"coalesce(sum(searches), 0)::BIGINT AS searches, {measures.chosen(METRICS)}"

ASKED = """
    WITH asked AS (
        FROM coded.search_term_daily WHERE event_date BETWEEN $from AND $to{narrowed}
    ), terms AS (
        SELECT term, count(DISTINCT user_id) AS people, {measures}
        FROM asked WHERE term <> '' GROUP BY term
    )
"""
"""What each user searched for under a question, and the terms of it."""

SHOWN = """
    FROM terms WHERE people >= $least{beyond} ORDER BY {sort} DESC, term LIMIT $limit
"""

THERE = """
    SELECT term, {sort} AS value FROM terms
    WHERE people >= $least AND list_contains($shown::VARCHAR[], term)
"""
"""One count of each of some terms, where it may be told."""

REST = """
    SELECT count(DISTINCT term) AS terms, count(DISTINCT user_id) AS people,
        {measures},
        (SELECT coalesce(sum(searches), 0)::BIGINT FROM asked WHERE term = '') AS without_words
    FROM asked WHERE term IN (SELECT term FROM terms WHERE people < $least)
"""


class SearchTermMeasures(AnswerModel):
    """Searches for something, and how they went."""

    searches: int = column(SEARCHES, "searches")
    not_found: int = measure("not_found")
    without_click: int = measure("without_click")
    search_success: float | None = measure("search_success", more="null without searches")


class _Named(AnswerModel):
    """What was searched for, and by how many."""

    term: str = column(TABLE, "term")
    people: int = Field(ge=LEAST_PEOPLE, description="different people who searched for it")


class _TermAlone(SearchTermMeasures, _Named):
    """The searches for one term, beside nothing."""


class SearchTerm(Beside, _TermAlone):
    """The searches for one term."""


class _RareAlone(SearchTermMeasures):
    """The same of terms that too few people searched for, beside nothing."""

    terms: int = Field(description=f"terms that fewer than {LEAST_PEOPLE} people searched for")
    people: int | None = Field(
        ge=LEAST_PEOPLE,
        description=f"different people who searched for one of them; null under {LEAST_PEOPLE}",
    )


class RareTerms(Beside, _RareAlone):
    """The searches for terms that too few people searched for to be shown."""


class SearchTerms(AnswerModel):
    """What was searched for in a period."""

    terms: tuple[SearchTerm, ...] = Field(
        description=f"terms that at least {LEAST_PEOPLE} different people searched for in the "
        "period and under the filters, most first"
    )
    rest: RareTerms = Field(
        description="all other terms together, on every page the same; compared with all that are "
        "such terms on the other side"
    )
    without_words: int = Field(description="searches of which the words are not known")
    compared_with: MetricComparedWith | None = rows_compared_with()


@dataclass(frozen=True, slots=True)
class SearchTermsQuestion(PagedQuestion[SearchTerms]):
    """What people searched for, and what of it was not found, by term.

    Only terms with enough people behind them are told one by one. A period that is left out is the
    28 days that end with the last day with searches. With `compare` stands beside the count that
    terms are sorted by what it was on the other side, of each term that is told there, too. Raises
    FilterNotTaken, UnknownValues, BadPeriod, BadCursor, and BadInput where terms cannot be sorted
    so.
    """

    period: Period | None = None
    filters: Filters = ALL
    sort: str = "searches"
    limit: int = 50
    cursor: str | None = None
    _: KW_ONLY
    compare: Against | None = None

    metrics = ("search_terms", *METRICS)
    rows = RowTable(_TermAlone, lambda told: told.terms)

    @property
    @override
    def row_table(self) -> RowTable[Any] | None:
        return RowTable(SearchTerm, lambda told: told.terms) if self.compare else self.rows

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        known = None if self.period else self.known(snapshot)
        return periods.resolve(snapshot, self.period, known)

    @override
    def known(self, snapshot: Snapshot) -> Period | None:
        return days(snapshot, "search_success")

    @override
    def page(self, snapshot: Snapshot, period: Period) -> tuple[SearchTerms, str | None]:
        if self.sort not in SORTS:
            raise BadInput(f"terms cannot be sorted by {self.sort!r}, but by {', '.join(SORTS)}.")
        asked, bound = _asked(snapshot, period, self.filters)
        place, beyond, begin = f"terms:{self.sort}:{period.from_}:{period.to}", "", Row()
        if self.cursor is not None:
            begin["key"], begin["term"] = cursors.decode(place, self.cursor, (int, str))
            beyond = f" AND ({self.sort} < $key OR ({self.sort} = $key AND term > $term))"
        rows = snapshot.rows(
            asked + SHOWN.format(beyond=beyond, sort=self.sort),
            bound | begin | {"limit": self.limit + 1},
        )
        more, rows = len(rows) > self.limit, rows[: self.limit]
        rest = _rest(snapshot, asked, bound)
        without_words = rest.pop("without_words")
        following = cursors.encode(place, rows[-1][self.sort], rows[-1]["term"]) if more else None
        compared = self._beside(snapshot, period, rows, rest) if self.compare else None
        told = {"terms": rows, "rest": rest, "without_words": without_words}
        return SearchTerms.model_validate(told | {"compared_with": compared}), following

    def _beside(
        self, snapshot: Snapshot, period: Period, rows: list[Row], rest: Row
    ) -> MetricComparedWith:
        """Give the rows and the rest what they were on the other side, and say which it is."""
        assert self.compare
        other = other_side(snapshot, self.compare, period, self.filters)
        asked, bound = _asked(snapshot, other.period, other.filters)
        there = snapshot.pairs(
            asked + THERE.format(sort=self.sort), bound | {"shown": [row["term"] for row in rows]}
        )
        for row in rows:
            row.update(beside(row[self.sort], there.get(row["term"])))
        rest.update(beside(rest[self.sort], _rest(snapshot, asked, bound)[self.sort]))
        return MetricComparedWith.by_metric(self.sort, snapshot, self.compare, period, other)

    example = (
        {"period": EXAMPLE_PERIOD, "filters": Filters(country="DE"), "sort": "not_found"},
        SearchTerms(
            terms=(
                SearchTerm(
                    term="the long nihgt",
                    people=61,
                    searches=74,
                    not_found=70,
                    without_click=71,
                    search_success=0.04054,
                ),
            ),
            rest=RareTerms(
                terms=212,
                people=198,
                searches=240,
                not_found=31,
                without_click=102,
                search_success=0.575,
            ),
            without_words=0,
        ),
    )


def _asked(snapshot: Snapshot, period: Period, filters: Filters) -> tuple[str, Row]:
    """The tables of `ASKED` for some days under filters, and what they bind.

    Raises FilterNotTaken and UnknownValues.
    """
    metric("search_success").check(filters.given)
    narrowed, bound = conditions(snapshot, filters)
    bound |= {"from": period.from_, "to": period.to, "least": LEAST_PEOPLE}
    return ASKED.format(narrowed=narrowed, measures=MEASURES), bound


def _rest(snapshot: Snapshot, asked: str, bound: Row) -> Row:
    """All terms of the tables that may not be told one by one, and searches without words."""
    (rest,) = snapshot.rows(asked + REST.format(measures=MEASURES), bound)
    if rest["people"] < LEAST_PEOPLE:
        rest["people"] = None
    return rest
