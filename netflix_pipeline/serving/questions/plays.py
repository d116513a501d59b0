"""Plays page by page, newest first: those behind a number, and of a person or a household."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from typing_extensions import override

from netflix_pipeline.contracts.measures import OF_PLAYS
from netflix_pipeline.serving.query import codes, cursors, persons
from netflix_pipeline.serving.query.filters import Filters, conditions
from netflix_pipeline.serving.query.local_plays import BY_INSTANT, plays_of
from netflix_pipeline.serving.query.newest_rows import ever_further_back
from netflix_pipeline.serving.query.plays import (
    EXAMPLE_PLAY,
    GONE,
    Play,
    beginning,
    of_users,
    page_of,
    page_rows,
)
from netflix_pipeline.serving.query.zones import A_DAY
from netflix_pipeline.serving.question import (
    EXAMPLE_PERIOD,
    PagedQuestion,
    Period,
    Row,
    Snapshot,
)
from netflix_pipeline.serving.rows_behind import RowsBehindQuestion
from netflix_pipeline.state import NOBODY
from netflix_pipeline.time_zones import UTC


@dataclass(frozen=True, slots=True)
class PlaysQuestion(RowsBehindQuestion[tuple[Play, ...]]):
    """The rows behind a number, newest first.

    Raises BadCursor and UnknownZone, and BadInput where there is no such count.
    """

    of: str = "plays"
    _: KW_ONLY
    zone: str = UTC

    counted: ClassVar[Mapping[str, str]] = {
        measure.name: f" AND {measure.sql}" for measure in OF_PLAYS if measure.counts
    }

    @override
    def page(self, snapshot: Snapshot, period: Period) -> tuple[tuple[Play, ...], str | None]:
        of_count = self.of_count
        narrowed, values = conditions(snapshot, self.filters)
        where = f"event_date BETWEEN $from AND $to{of_count}{narrowed}"
        if left_out := codes.of_users(snapshot, self.without.pending.ids):
            where += " AND NOT list_contains($without::INTEGER[], user_id)"
            values |= {"without": left_out}
        begin = beginning(snapshot, self.cursor) if self.cursor is not None else None
        if begin and begin.place[1] in self.without:
            raise cursors.BadCursor(GONE)
        clock = self.clock
        # The day on the clock of a zone may be the one after that of UTC.
        last = min(period.to, begin.day + A_DAY * bool(clock)) if begin else period.to
        rows: list[Row] = []
        for first in ever_further_back(last, period.from_):
            plays, placed = plays_of(snapshot, clock, Period(from_=first, to=period.to))
            bound = values | placed | {"from": first, "to": period.to}
            if clock:
                plays = BY_INSTANT.format(plays=plays, where=where)
            rows = page_rows(snapshot, "true" if clock else where, bound, self.limit, begin, plays)
            # Whatever lies before the first day on the clock is not of a later day of UTC.
            if len(rows) > self.limit and (clock is None or rows[-1]["event_date"] > first):
                break
        found, following = page_of(snapshot, rows, self.limit, begin)
        # Who was marked meanwhile is left out, too.
        return tuple(play for play in found if play.user_id not in self.without), following

    example = (
        {
            "period": EXAMPLE_PERIOD,
            "filters": Filters(country="DE", genre="drama"),
            "of": "completers",
        },
        (EXAMPLE_PLAY,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalPlaysQuestion(PagedQuestion[tuple[Play, ...]]):
    """What some people played, newest first: ever, or in a period."""

    limit: int = 100
    cursor: str | None = None

    ever = True
    scope = "users:read"
    personal = True


@dataclass(frozen=True, slots=True)
class HistoryQuestion(PersonalPlaysQuestion):
    """What one person played, newest first.

    Ever, or in a period. Raises NotFound and BadCursor.
    """

    user_id: str
    period: Period | None = None

    @override
    def page(
        self, snapshot: Snapshot, period: Period | None
    ) -> tuple[tuple[Play, ...], str | None]:
        return of_users(
            snapshot, persons.person(snapshot, self.user_id), self.limit, self.cursor, period
        )

    example = {"user_id": EXAMPLE_PLAY.user_id}, (EXAMPLE_PLAY,)


@dataclass(frozen=True, slots=True)
class HouseholdHistoryQuestion(PersonalPlaysQuestion):
    """What the profiles of a household played, newest first.

    But for those in `without`. Raises NotFound and BadCursor.
    """

    household: str
    period: Period | None = None
    _: KW_ONLY
    without: persons.Unnamed = NOBODY

    @override
    def page(
        self, snapshot: Snapshot, period: Period | None
    ) -> tuple[tuple[Play, ...], str | None]:
        users = persons.members(snapshot, self.household, self.without)
        return of_users(snapshot, users, self.limit, self.cursor, period)

    example = (
        {"household": "home"},
        (EXAMPLE_PLAY.model_copy(update={"user_id": "home/Ana"}),),
    )
