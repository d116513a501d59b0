"""Lifecycle: the users of each week, by what they did before."""

from dataclasses import dataclass
from datetime import date

from typing_extensions import override

from netflix_pipeline.serving.query.weeks import weeks
from netflix_pipeline.serving.question import AnswerModel, Period, Question, Snapshot, column

TABLE = "gold/lifecycle_weekly"


class LifecycleWeek(AnswerModel):
    """The users of one week, by what they did before."""

    week: date = column(TABLE, "week")
    active_users: int = column(TABLE, "active_users")
    new_users: int = column(TABLE, "new_users")
    returning_users: int = column(TABLE, "returning_users")
    resurrected_users: int = column(TABLE, "resurrected_users")
    dormant_users: int = column(TABLE, "dormant_users")
    provisional: bool = column(TABLE, "provisional")


WEEKS = "SELECT * FROM lifecycle_weekly WHERE week BETWEEN $from AND $to ORDER BY week"


@dataclass(frozen=True, slots=True)
class LifecycleQuestion(Question[tuple[LifecycleWeek, ...]]):
    """New, returning, resurrected and dormant users by week.

    Of the weeks that the period touches; without one, of the 12 weeks that end with the last week
    with data. Weeks before the first play and after the last one are left out.
    """

    period: Period | None = None

    metrics = ("lifecycle",)

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        return weeks(snapshot, self.period)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> tuple[LifecycleWeek, ...]:
        found = snapshot.rows(WEEKS, {"from": period.from_, "to": period.to})
        return tuple(LifecycleWeek(**row) for row in found)

    example = (
        {"period": Period(from_=date(2026, 2, 23), to=date(2026, 3, 1))},
        (
            LifecycleWeek(
                week=date(2026, 2, 23),
                active_users=3_702,
                new_users=412,
                returning_users=2_980,
                resurrected_users=310,
                dormant_users=645,
                provisional=False,
            ),
        ),
    )
