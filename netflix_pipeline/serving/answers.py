"""What the query layer answers: the period, as-of time and snapshot stand beside every number."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from netflix_pipeline.contracts import contract
from netflix_pipeline.metrics import metric


class Shape(BaseModel):
    """The base of all answers: immutable, and closed against further fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def measure(name: str) -> Any:
    """A field that carries a metric: its sentence and unit come from the metric layer."""
    told = metric(name)
    return Field(title=told.label, description=f"{told.sentence} [{told.unit}]")


def counted(name: str) -> Any:
    """A field that carries a count of the ledger: its meaning comes from the contract."""
    told = contract("gold/ledger_daily")[name]
    return Field(description=f"{told.doc} [{told.unit}]")


class Period(Shape):
    """UTC days, both included."""

    from_: date = Field(serialization_alias="from", description="first UTC day, included")
    to: date = Field(description="last UTC day, included")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.to - self.from_).days + 1


class SnapshotInfo(Shape):
    """Which published state of the data an answer comes from."""

    version: int = Field(description="number of the snapshot; each publish adds one")
    built_at: datetime = Field(description="when it was built")
    data_from: date | None = Field(description="first day with a play; null without plays")
    data_to: date | None = Field(description="last day with a play; null without plays")
    as_of: datetime | None = Field(description="latest receipt of a record that is in it")


T = TypeVar("T")


class Answer(Shape, Generic[T]):
    """An answer with all that is needed to quote it."""

    data: T
    period: Period | None = Field(
        default=None, description="the days it is about; null where it is about all"
    )
    metrics: tuple[str, ...] = Field(default=(), description="names of the metrics in it")
    snapshot: SnapshotInfo


class Page(Answer[T], Generic[T]):
    """One page of a longer answer."""

    next: str | None = Field(
        default=None, description="opaque cursor of the following page; null on the last"
    )


class Watching(Shape):
    """How something was watched in a period."""

    plays: int = measure("plays")
    starters: int = measure("starters")
    completers: int = measure("completers")
    hours_viewed: float = measure("hours_viewed")
    views: float = measure("views")
    viewers: int = measure("viewers")
    completion_rate: float | None = measure("completion_rate")


class Headline(Watching):
    """The numbers of a period at a glance."""

    watchers: int = measure("watchers")
    plays_without_duration: int = measure("plays_without_duration")
    hours_without_runtime: float = measure("hours_without_runtime")
    sittings: int = measure("sittings")
    avg_sitting_minutes: float | None = measure("avg_sitting_minutes")
    binge_rate: float | None = measure("binge_rate")
    dau: int = measure("dau")
    wau: int = measure("wau")
    mau: int = measure("mau")
    stickiness: float | None = measure("stickiness")
    peak_concurrent: int = measure("peak_concurrent")


class DayValue(Shape):
    """A metric's value of one day."""

    day: date
    value: float | None = Field(description="null where there is nothing to tell")


class TitleMeasures(Watching):
    """How a title was watched in a period."""

    title_id: str
    title: str | None
    content_type: str | None
    genre: str | None


class Title(Shape):
    """A title: what sources say of it, and how it was watched so far."""

    title_id: str
    title: str | None = Field(description="its name")
    content_type: str | None = Field(description="film, series, documentary, stand_up, …")
    genre: str | None = Field(description="primary genre")
    genre_2: str | None = Field(description="second genre")
    runtime_minutes: float | None = Field(
        description="runtime of the film, or of one episode [min]; null or ≤ 0 is unknown"
    )
    series_id: str | None = Field(description="the series of which it is an episode")
    season: int | None = Field(description="season of the episode")
    episode: int | None = Field(description="number of the episode in its season")
    release_year: int | None
    language: str | None
    described: bool = Field(description="whether a source describes it; else only events name it")
    plays: int = measure("plays")
    hours_viewed: float = measure("hours_viewed")
    views: float = measure("views")
    viewers: int = measure("viewers")
    completion_rate: float | None = measure("completion_rate")
    reviews: int = Field(description="reviews of it")
    rating: float | None = measure("rating")


class Play(Shape):
    """One play: one user's continuous viewing of one title."""

    event_date: date = Field(description="UTC day on which it started")
    user_id: str
    title_id: str
    title: str | None = Field(description="name of the title")
    started_at: datetime = Field(description="UTC")
    time_precision: str = Field(description="second, or day where only the date is known")
    events: int = Field(description="events that it is made of")
    watch_seconds: float | None = Field(description="time watched [s]; null where unknown")
    reached: float | None = Field(description="share of the title that was reached")
    starter: bool
    watcher: bool
    completer: bool
    quality: str | None
    country: str
    device: str
    plan: str
    content_type: str
    genre: str


class Viewing(Shape):
    """How a user watched so far, and over the last 28 days with data."""

    first_day: date = Field(description="day of the first play")
    last_day: date = Field(description="day of the last play")
    active_days: int = Field(description="days with a play")
    plays: int = measure("plays")
    starters: int = measure("starters")
    watchers: int = measure("watchers")
    completers: int = measure("completers")
    hours_viewed: float = measure("hours_viewed")
    plays_without_duration: int = measure("plays_without_duration")
    active_days_28: int = Field(description="days with a play in the last 28 days")
    hours_28: float = Field(description="hours watched in the last 28 days [h]")
    completion_rate_28: float = Field(description="completers ÷ starters in them; 0 without")
    engagement_score: float = measure("engagement_score")
    segment: str = Field(description="core, regular, casual or at_risk, by the engagement score")
    favourite_genres: tuple[str, ...] = measure("favourite_genres")


class User(Shape):
    """A user: what sources say of them, and how they watch."""

    user_id: str
    country: str | None = Field(description="ISO 3166-1 alpha-2")
    plan: str | None
    signup_date: date | None
    age: int | None = Field(description="years")
    gender: str | None
    primary_device: str | None
    is_active: bool | None = Field(description="whether the subscription is active")
    described: bool = Field(description="whether a source describes them; else only events do")
    viewing: Viewing | None = Field(description="null for somebody who never played anything")
    recent_plays: tuple[Play, ...] = Field(description="newest first")


class Arrived(Shape):
    """What arrived, and what became of it."""

    batches: int = counted("batches")
    received: int = counted("received")
    stored: int = counted("stored")
    duplicate: int = counted("duplicate")
    quarantined: int = counted("quarantined")
    erased: int = counted("erased")
    in_plays: int = counted("in_plays")
    promo: int = counted("promo")
    canary: int = counted("canary")
    missing: int = Field(
        description="received − stored − duplicate − quarantined − erased: 0, or rows were lost "
        "(below 0: are there twice) [rows]"
    )


class ArrivalDay(Arrived):
    """What arrived on one day from one source for one table."""

    day: date = Field(description="UTC day of arrival")
    source: str = counted("source")
    table: str = counted("table")


class Ledger(Shape):
    """The ledger of a period: every row that arrived is accounted for."""

    adds_up: bool = Field(description="whether nothing is missing in any row of it")
    totals: Arrived = Field(description="all rows of it together")
    days: tuple[ArrivalDay, ...] = Field(description="newest day first")


class ReasonCount(Shape):
    """How many rows are in quarantine for one reason."""

    reason: str
    rows: int = Field(description="rows for which it holds; a row may have several reasons")


class QuarantinedRow(Shape):
    """A row that waits in quarantine."""

    id: str = Field(description="`<batch>:<line>`, by which it is shown in full and replayed")
    table: str = Field(description="the bronze table that it was meant for")
    reasons: tuple[str, ...] = Field(description="every reason that holds")
    identity: str | None = Field(description="its identity, where it has a readable one")
    raw: str = Field(description="the row as it came, cut at 1 000 characters")
    path: str = Field(description="the file that it came in, or the request")
    source: str = Field(description="the adapter that read it")
    received_at: datetime = Field(description="when the platform received it")


class Quarantine(Shape):
    """The rows in quarantine that arrived in a period."""

    waiting: int = Field(description="rows that fit the question, on all pages")
    reasons: tuple[ReasonCount, ...] = Field(description="of all of them, most first")
    rows: tuple[QuarantinedRow, ...] = Field(description="this page's, newest arrival first")
