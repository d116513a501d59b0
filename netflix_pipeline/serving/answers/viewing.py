"""How one person, or a household, watched: their days, sittings and favourites."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, measure
from netflix_pipeline.serving.answers.heatmap import HourOfWeek
from netflix_pipeline.serving.answers.plays import Play


class PersonFound(Shape):
    """Somebody whose id fits a search."""

    user_id: str
    household: str | None = Field(
        description="of a profile of a Netflix export, what stands before the first slash of its "
        "id; null for others"
    )


class PeopleFound(Shape):
    """Whose ids fit a search."""

    people: tuple[PersonFound, ...] = Field(
        description="profiles of households first, then others, by id"
    )
    more: bool = Field(description="whether others fit too, that are not listed")


class _Watched(Shape):
    plays: int = measure("plays")
    starters: int = measure("starters")
    hours_viewed: float = measure("hours_viewed")
    plays_without_duration: int = measure("plays_without_duration")


class _Varied(_Watched):
    titles: int = Field(description="different films and series, all episodes of one together")
    episodes_played: int = Field(description="different episodes of series with a play")


class ViewingInPeriod(_Varied):
    """All that was watched in a period."""

    active_days: int = Field(description="days with a play")
    first_day: date | None = Field(description="first day with a play")
    last_day: date | None = Field(description="last day with a play")
    sittings: int = measure("sittings")
    avg_sitting_minutes: float | None = measure("avg_sitting_minutes", more="null without sittings")
    binge_sittings: int = Field(description="those with a binge [sittings]")
    binge_rate: float | None = measure("binge_rate", more="null without sittings")


class ViewingDay(_Varied):
    """What was watched on one day."""

    day: date = Field(description="UTC day")


class ViewingMonth(_Varied):
    """What was watched in one month, of its days within the period."""

    month: date = Field(description="first day of the month")
    active_days: int = Field(description="days with a play")


class ViewingYear(_Watched):
    """What was watched in one year."""

    year: int
    active_days: int = Field(description="days with a play")


class ViewingDevice(_Watched):
    """What was watched on one kind of device."""

    device: str = Field(description="the device, or `unknown`")


class ViewingPerson(_Watched):
    """What one of them watched."""

    user_id: str
    first_day: date | None = Field(description="day of the first play ever")
    last_day: date | None = Field(description="day of the last play ever")


class Favourite(_Watched):
    """A film, or a series with all of its episodes."""

    title_id: str = Field(description="id of the film or the series")
    title: str | None = Field(description="its name")
    episodes: int | None = Field(
        description="different episodes with a starter, each title without a number being one; "
        "null for a film, and where no episode is known"
    )
    episodes_played: int | None = Field(
        description="different episodes with a play; null for a film, and where none is known"
    )
    season: int | None = Field(
        description="how far: the last season with a play in the period; null where none is known"
    )
    episode: int | None = Field(
        description="the last episode of that season with a play; null where none is known"
    )
    last_day: date = Field(description="day of the last play in the period")


class Binge(Shape):
    """One binge sitting, and the series with most of its episodes."""

    user_id: str
    started_at: datetime = Field(description="start of its first play, UTC")
    ended_at: datetime = Field(description="latest end of its plays, UTC")
    plays: int = Field(description="plays in it, of whatever title [plays]")
    hours_viewed: float = measure(
        "hours_viewed", more="of the series alone, time that overlaps counted once"
    )
    series_id: str
    series: str | None = Field(description="name of the series")
    episodes: int = Field(description="different episodes of the series with a starter in it")


class PersonalViewing(Shape):
    """How one person, or all profiles of a household together, watched in a period."""

    measure: Literal["hours_viewed", "plays"] = Field(
        description="by what the most comes first: hours, or plays where most of all plays ever "
        "have no duration, as out of a download of titles and dates"
    )
    people: tuple[ViewingPerson, ...] = Field(
        description="whose viewing it is: one person, or those of a household, most first"
    )
    first_day: date | None = Field(description="day of the first play ever; null without plays")
    last_day: date | None = Field(description="day of the last play ever")
    years: tuple[ViewingYear, ...] = Field(
        description="every year from the first play ever to the last, whatever the period"
    )
    in_period: ViewingInPeriod
    days: tuple[ViewingDay, ...] = Field(description="the days with a play, in order")
    months: tuple[ViewingMonth, ...] = Field(description="the months with a play, in order")
    hours_of_week: tuple[HourOfWeek, ...] = Field(
        description="all 168 hours of a week of UTC, Monday 0:00 first; a play counts whole in the "
        "hour in which it began"
    )
    plays_without_time: int = Field(
        description="plays of which only the day is known: in no hour and no sitting"
    )
    series: tuple[Favourite, ...] = Field(description="series, most first")
    films: tuple[Favourite, ...] = Field(description="films, most first")
    devices: tuple[ViewingDevice, ...] = Field(description="by device, most first")
    binges: tuple[Binge, ...] = Field(description="binge sittings with most hours first")
    recent_plays: tuple[Play, ...] = Field(description="the newest plays, newest first")
