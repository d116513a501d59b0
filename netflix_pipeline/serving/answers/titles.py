"""Titles: what is known of them, and how they were watched."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, column, measure
from netflix_pipeline.serving.answers.filters import Id
from netflix_pipeline.serving.answers.top10 import ListName

TABLE = "silver/titles"
PROFILE = "gold/title_profile"

TitleSort = Literal[
    "title",
    "hours_viewed",
    "views",
    "viewers",
    "plays",
    "completion_rate",
    "rating",
    "reviews",
    "release_year",
    "added_on",
    "runtime_minutes",
    "episode",
]
"""What the catalogue can be sorted by."""


class TitleFilters(Shape):
    """Which titles of the catalogue are asked for: those of which all that is given holds."""

    search: str | None = None
    content_type: str | None = None
    genre: str | None = None
    language: str | None = None
    origin_country: str | None = None
    maturity_rating: str | None = None
    is_original: bool | None = None
    list: ListName | None = None
    series: Id | None = None
    season: int | None = None
    release_year: int | None = None
    released_from: int | None = None
    released_to: int | None = None
    described: bool | None = None
    watched: bool | None = None

    @property
    def given(self) -> dict[str, str | int | bool]:
        """Those that are set, by name."""
        return {name: value for name, value in self if value is not None}

    @property
    def written(self) -> dict[str, str]:
        """The same as they are written in a question."""
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in self.given.items()
        }


class Title(Shape):
    """A title: what sources say of it, and how it was watched so far, or in a period."""

    title_id: str
    title: str | None = Field(description="its name")
    content_type: str | None = column(TABLE, "content_type")
    genre: str | None = column(TABLE, "genre")
    genre_2: str | None = column(TABLE, "genre_2")
    runtime_minutes: float | None = Field(
        description="runtime of the film, or of one episode [min]; null where unknown"
    )
    seasons: int | None = column(TABLE, "seasons")
    episodes: int | None = column(TABLE, "episodes")
    series_id: str | None = Field(description="the series of which it is an episode")
    season: int | None = Field(description="season of the episode")
    episode: int | None = Field(description="number of the episode in its season")
    release_year: int | None = column(TABLE, "release_year")
    language: str | None = column(TABLE, "language")
    origin_country: str | None = column(TABLE, "origin_country")
    is_original: bool | None = column(TABLE, "is_original")
    maturity_rating: str | None = column(TABLE, "maturity_rating")
    added_on: date | None = column(TABLE, "added_on")
    list: ListName = column(TABLE, "list")
    described: bool = Field(description="whether a source describes it; else only events name it")
    plays: int = measure("plays")
    hours_viewed: float = measure("hours_viewed")
    views: float = measure("views")
    hours_without_runtime: float = measure("hours_without_runtime")
    viewers: int = measure("viewers")
    completion_rate: float | None = measure("completion_rate")
    starters_without_reach: int = measure("starters_without_reach")
    reviews: int = Field(description="reviews of it")
    rating: float | None = measure("rating")


class TitleWatching(Shape):
    """How a title was watched in a period, on a day of it, or by a part of its viewers."""

    plays: int = measure("plays")
    starters: int = measure("starters")
    watchers: int = measure("watchers")
    completers: int = measure("completers")
    hours_viewed: float = measure("hours_viewed")
    plays_without_duration: int = measure("plays_without_duration")
    views: float = measure("views")
    hours_without_runtime: float = measure("hours_without_runtime")
    viewers: int = measure("viewers")
    completion_rate: float | None = measure("completion_rate")
    starters_without_reach: int = measure("starters_without_reach")


class _TitleDay(Shape):
    day: date = Field(description="UTC day")


class TitleDay(TitleWatching, _TitleDay):
    """How a title was watched on one day."""


class _TitleGroup(Shape):
    name: str = Field(description="the country or device, or `unknown`")


class TitleGroup(TitleWatching, _TitleGroup):
    """How a title was watched in one country, or on one kind of device."""


class DropOffStep(Shape):
    """How many starters reached one twentieth of a title."""

    reached: float = Field(description="share of the title: 0.05, 0.1, … 1")
    starters: int = Field(description="starters that came at least this far [plays]")
    share: float | None = measure("drop_off", more="null without starters")


class DropOff(Shape):
    """How far the starters of a title came."""

    starters: int = Field(description="starters of which it is known how far they came [plays]")
    steps: tuple[DropOffStep, ...]


class NextEpisode(Shape):
    """Who went on to the next episode, so far; of a series, after all of its episodes."""

    episode_completers: int = column(PROFILE, "episode_completers")
    next_episode_starters: int = column(PROFILE, "next_episode_starters")
    next_episode_rate: float | None = measure("next_episode_rate", more="null without completers")


class TitleDetail(Title):
    """A title or a whole series: what is known of it, how it was watched so far and in a period.

    Numbers of a series are those of all its episodes together.
    """

    entry_id: str = column(TABLE, "entry_id")
    entry_name: str = column(TABLE, "entry_name")
    entry_runtime_minutes: float | None = column(TABLE, "entry_runtime_minutes")
    titles_counted: int = Field(description="titles whose plays are counted: 1, or a series' all")
    episodes_counted: int | None = Field(
        description="titles of a series that are counted, but for the series itself; null for a "
        "single title"
    )
    first_day: date | None = column(PROFILE, "first_day")
    last_day: date | None = column(PROFILE, "last_day")
    in_period: TitleWatching = Field(description="how it was watched in the period")
    days: tuple[TitleDay, ...] = Field(description="every day of the period, in order")
    countries: tuple[TitleGroup, ...] = Field(description="the period by country, most hours first")
    devices: tuple[TitleGroup, ...] = Field(description="the period by device, most hours first")
    drop_off: DropOff = Field(description="how far its starters in the period came")
    next_episode: NextEpisode | None = Field(
        description="who went on, so far; null where no episodes are known"
    )
