"""Example answers of `/users/{id}/viewing` and `/households/{household}/viewing`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from typing import Any

from api.examples.example import SNAPSHOT
from api.examples.plays import PLAY
from netflix_pipeline.serving import (
    Answer,
    Binge,
    Favourite,
    HourOfWeek,
    Period,
    PersonalViewing,
    ViewingDay,
    ViewingDevice,
    ViewingInPeriod,
    ViewingMonth,
    ViewingPerson,
    ViewingYear,
)

_DAY = date(2026, 3, 5)
_WATCHED: dict[str, Any] = {
    "plays": 4,
    "starters": 4,
    "hours_viewed": 3.25,
    "plays_without_duration": 0,
}
_VARIED = _WATCHED | {"titles": 2, "episodes_played": 3}

VIEWING = Answer[PersonalViewing](
    data=PersonalViewing(
        measure="hours_viewed",
        people=(ViewingPerson(user_id="home/Ana", first_day=_DAY, last_day=_DAY, **_WATCHED),),
        first_day=_DAY,
        last_day=_DAY,
        years=(ViewingYear(year=2026, active_days=1, **_WATCHED),),
        in_period=ViewingInPeriod(
            **_VARIED,
            active_days=1,
            first_day=_DAY,
            last_day=_DAY,
            sittings=1,
            avg_sitting_minutes=195,
            binge_sittings=1,
            binge_rate=1,
        ),
        days=(ViewingDay(day=_DAY, **_VARIED),),
        months=(ViewingMonth(month=_DAY.replace(day=1), active_days=1, **_VARIED),),
        hours_of_week=tuple(
            HourOfWeek(
                weekday=weekday,
                hour=hour,
                plays=4 * ((weekday, hour) == (4, 19)),
                hours_viewed=3.25 * ((weekday, hour) == (4, 19)),
            )
            for weekday, hour in product(range(1, 8), range(24))
        ),
        plays_without_time=0,
        series=(
            Favourite(
                title_id="some-show",
                title="Some Show",
                episodes=3,
                episodes_played=3,
                season=2,
                episode=4,
                last_day=_DAY,
                plays=3,
                starters=3,
                hours_viewed=2.1,
                plays_without_duration=0,
            ),
        ),
        films=(
            Favourite(
                title_id="t-204",
                title="The Long Night",
                episodes=None,
                episodes_played=None,
                season=None,
                episode=None,
                last_day=_DAY,
                plays=1,
                starters=1,
                hours_viewed=1.15,
                plays_without_duration=0,
            ),
        ),
        devices=(ViewingDevice(device="smart_tv", **_WATCHED),),
        binges=(
            Binge(
                user_id="home/Ana",
                started_at=datetime(2026, 3, 5, 19, 2, 11, tzinfo=UTC),
                ended_at=datetime(2026, 3, 5, 22, 20, 3, tzinfo=UTC),
                plays=4,
                hours_viewed=3.25,
                series_id="some-show",
                series="Some Show",
                episodes=3,
            ),
        ),
        recent_plays=(PLAY.model_copy(update={"user_id": "home/Ana"}),),
    ),
    period=Period(from_=_DAY, to=_DAY),
    metrics=(
        "plays",
        "starters",
        "hours_viewed",
        "plays_without_duration",
        "sittings",
        "avg_sitting_minutes",
        "binge_rate",
    ),
    snapshot=SNAPSHOT,
)
