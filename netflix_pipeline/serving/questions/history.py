"""What one person, or a household, played, newest first."""

from dataclasses import KW_ONLY, dataclass

from typing_extensions import override

from netflix_pipeline.serving.query import persons, plays
from netflix_pipeline.serving.question import PagedQuestion, Period, Snapshot
from netflix_pipeline.state import NOBODY


@dataclass(frozen=True, slots=True)
class HistoryQuestion(PagedQuestion[tuple[plays.Play, ...]]):
    """What one person played, newest first.

    Ever, or in a period. Raises NotFound and BadCursor.
    """

    user_id: str
    period: Period | None = None
    _: KW_ONLY
    limit: int = 100
    cursor: str | None = None

    ever = True
    scope = "users:read"
    personal = True

    @override
    def page(
        self, snapshot: Snapshot, period: Period | None
    ) -> tuple[tuple[plays.Play, ...], str | None]:
        return plays.of_users(
            snapshot, persons.person(snapshot, self.user_id), self.limit, self.cursor, period
        )

    example = {"user_id": plays.EXAMPLE_PLAY.user_id}, (plays.EXAMPLE_PLAY,)


@dataclass(frozen=True, slots=True)
class HouseholdHistoryQuestion(PagedQuestion[tuple[plays.Play, ...]]):
    """What the profiles of a household played, newest first.

    But for those in `without`. Raises NotFound and BadCursor.
    """

    household: str
    period: Period | None = None
    _: KW_ONLY
    limit: int = 100
    cursor: str | None = None
    without: persons.Unnamed = NOBODY

    ever = True
    scope = "users:read"
    personal = True

    @override
    def page(
        self, snapshot: Snapshot, period: Period | None
    ) -> tuple[tuple[plays.Play, ...], str | None]:
        users = persons.members(snapshot, self.household, self.without)
        return plays.of_users(snapshot, users, self.limit, self.cursor, period)

    example = (
        {"household": "home"},
        (plays.EXAMPLE_PLAY.model_copy(update={"user_id": "home/Ana"}),),
    )
