"""The users of a week, by what they did before."""

from __future__ import annotations

from datetime import date

from netflix_pipeline.serving.answers.answer import Shape, column

TABLE = "gold/lifecycle_weekly"


class LifecycleWeek(Shape):
    """The users of one week, by what they did before."""

    week: date = column(TABLE, "week")
    active_users: int = column(TABLE, "active_users")
    new_users: int = column(TABLE, "new_users")
    returning_users: int = column(TABLE, "returning_users")
    resurrected_users: int = column(TABLE, "resurrected_users")
    dormant_users: int = column(TABLE, "dormant_users")
    provisional: bool = column(TABLE, "provisional")
