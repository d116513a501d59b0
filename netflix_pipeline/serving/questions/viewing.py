"""How one person, or a household, watched: days, hours of the week, sittings and favourites.

All of it comes from their plays, which lie together in the snapshot: it costs what they watched,
not how many people there are. It is long because the answer has many parts.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import BINGE_EPISODES, SITTING_GAP
from netflix_pipeline.serving.query import codes, personal_plays, persons, plays
from netflix_pipeline.serving.question import AnswerModel, Period, Question, Row, Snapshot, measure
from netflix_pipeline.serving.questions.heatmap import HourOfWeek, hours_of_week
from netflix_pipeline.state import NOBODY


class _Watched(AnswerModel):
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

    device: str = Field(serialization_alias="group", description="the device, or `unknown`")


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


class Binge(AnswerModel):
    """One binge sitting, and the series with most of its episodes."""

    user_id: str
    started_at: datetime = Field(description="start of its first play, UTC")
    ended_at: datetime = Field(description="latest end of its plays, UTC")
    plays: int = Field(description="plays in it, of whatever title [plays]")
    hours_viewed: float = measure(
        "hours_viewed", more="of the series alone, time that overlaps counted once"
    )
    series_id: str
    series: str | None = Field(serialization_alias="series_title", description="name of the series")
    episodes: int = Field(description="different episodes of the series with a starter in it")


class PersonalViewing(AnswerModel):
    """How one person, or all profiles of a household together, watched in a period."""

    measure: Literal["hours_viewed", "plays"] = Field(
        description="by what the most comes first: hours, or plays where most of all plays ever "
        "have no duration, as out of a download of titles and dates"
    )
    people: tuple[ViewingPerson, ...] = Field(
        serialization_alias="users",
        description="whose viewing it is: one person, or those of a household, most first",
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
    recent_plays: tuple[plays.Play, ...] = Field(description="the newest plays, newest first")


MEASURES = (*personal_plays.WATCHED, *personal_plays.SAT)
"""The metrics of a person's viewing."""

WHOLE, BY_PERSON, BY_DEVICE, BY_HOUR = 0b1111, 0b0111, 0b1011, 0b1100
"""By what rows are grouped: a bit for each of person, device, weekday, hour they are not."""

OF_FAVOURITES = (
    "title_id",
    "title",
    "episodes",
    "episodes_played",
    "season",
    "episode",
    "last_day",
)


EXAMPLE_DAY = date(2026, 3, 5)
EXAMPLE_WATCHED: dict[str, Any] = {
    "plays": 4,
    "starters": 4,
    "hours_viewed": 3.25,
    "plays_without_duration": 0,
}
EXAMPLE_VARIED = EXAMPLE_WATCHED | {"titles": 2, "episodes_played": 3}
EXAMPLE_VIEWING = PersonalViewing(
    measure="hours_viewed",
    people=(
        ViewingPerson(
            user_id="home/Ana", first_day=EXAMPLE_DAY, last_day=EXAMPLE_DAY, **EXAMPLE_WATCHED
        ),
    ),
    first_day=EXAMPLE_DAY,
    last_day=EXAMPLE_DAY,
    years=(ViewingYear(year=2026, active_days=1, **EXAMPLE_WATCHED),),
    in_period=ViewingInPeriod(
        **EXAMPLE_VARIED,
        active_days=1,
        first_day=EXAMPLE_DAY,
        last_day=EXAMPLE_DAY,
        sittings=1,
        avg_sitting_minutes=195,
        binge_sittings=1,
        binge_rate=1,
    ),
    days=(ViewingDay(day=EXAMPLE_DAY, **EXAMPLE_VARIED),),
    months=(ViewingMonth(month=EXAMPLE_DAY.replace(day=1), active_days=1, **EXAMPLE_VARIED),),
    hours_of_week=hours_of_week([{"weekday": 4, "hour": 19} | EXAMPLE_WATCHED]),
    plays_without_time=0,
    series=(
        Favourite(
            title_id="some-show",
            title="Some Show",
            episodes=3,
            episodes_played=3,
            season=2,
            episode=4,
            last_day=EXAMPLE_DAY,
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
            last_day=EXAMPLE_DAY,
            plays=1,
            starters=1,
            hours_viewed=1.15,
            plays_without_duration=0,
        ),
    ),
    devices=(ViewingDevice(device="smart_tv", **EXAMPLE_WATCHED),),
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
    recent_plays=(plays.EXAMPLE_PLAY.model_copy(update={"user_id": "home/Ana"}),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalQuestion(Question[PersonalViewing]):
    """How some people watched in a period, or ever.

    `top` favourites of a kind and binge sittings are listed, and `recent` plays.
    """

    top: int = 10
    recent: int = 10

    ever = True
    scope = "users:read"
    personal = True

    @override
    def days_of(self, data: PersonalViewing, period: Period | None) -> Period | None:
        if period or data.first_day is None or data.last_day is None:
            return period
        return Period(from_=data.first_day, to=data.last_day)

    @override
    def metrics_of(self, data: PersonalViewing) -> tuple[str, ...]:
        return MEASURES


@dataclass(frozen=True, slots=True)
class ViewingQuestion(PersonalQuestion):
    """How one person watched: years, days, hours of a week, sittings, favourites, devices.

    Raises NotFound.
    """

    user_id: str
    period: Period | None = None

    @override
    def answer(self, snapshot: Snapshot, period: Period | None) -> PersonalViewing:
        users = persons.person(snapshot, self.user_id)
        return _viewing(snapshot, users, period, top=self.top, recent=self.recent)

    example = {"user_id": "home/Ana"}, EXAMPLE_VIEWING


@dataclass(frozen=True, slots=True)
class HouseholdViewingQuestion(PersonalQuestion):
    """The same of all profiles of a household together.

    But for those in `without`. Raises NotFound.
    """

    household: str
    period: Period | None = None
    _: KW_ONLY
    without: persons.Unnamed = NOBODY

    @override
    def answer(self, snapshot: Snapshot, period: Period | None) -> PersonalViewing:
        users = persons.members(snapshot, self.household, self.without)
        return _viewing(snapshot, users, period, top=self.top, recent=self.recent)

    example = {"household": "home"}, EXAMPLE_VIEWING


def _viewing(
    snapshot: Snapshot, users: Mapping[int, str], period: Period | None, *, top: int, recent: int
) -> PersonalViewing:
    """The viewing of people, given by code and id, in a period.

    A period that is left out is all of their days.
    `top` favourites of a kind and binge sittings are listed, and `recent` plays.
    """
    bound: Row = {
        "users": list(users),
        "least": min(users),
        "most": max(users),
        "second": codes.code(snapshot, "time_precision", "second"),
    }
    ever = snapshot.rows(personal_plays.EVER, bound)
    whole = next(row for row in ever if row["user_id"] is None and row["year"] is None)
    if period is None and whole["first_day"] is not None:
        period = Period(from_=whole["first_day"], to=whole["last_day"])
    # Of who never played anything, no day has anything either.
    asked = period or Period(from_=date.min, to=date.min)
    bound |= {"from": asked.from_, "to": asked.to}
    by_plays = 2 * whole["plays_without_duration"] > whole["plays"]
    grouped: dict[int, list[Row]] = {}
    for row in snapshot.rows(personal_plays.IN_PERIOD, bound):
        grouped.setdefault(row["by_others"], []).append(row)
    stretches = snapshot.rows(personal_plays.STRETCHES, bound)
    (variety,) = (row for row in stretches if not row["is_day"] and row["month"] is None)
    favourites = snapshot.rows(personal_plays.FAVOURITES, bound | {"by_plays": by_plays})
    sat = bound | {"gap": SITTING_GAP, "binge": BINGE_EPISODES, "top": top}
    (manner,) = snapshot.rows(personal_plays.MANNER, sat)
    binges = manner.pop("binges") or ()
    (total,) = grouped[WHOLE]
    return PersonalViewing(
        measure="plays" if by_plays else "hours_viewed",
        people=_people(users, ever, grouped.get(BY_PERSON, ()), by_plays=by_plays),
        first_day=whole["first_day"],
        last_day=whole["last_day"],
        years=_years(ever),
        in_period=ViewingInPeriod(
            **_watched(total, "active_days", "first_day", "last_day"),
            **manner,
            **{name: variety[name] for name in ("titles", "episodes_played")},
        ),
        days=tuple(
            ViewingDay(**_watched(row, "day", "titles", "episodes_played"))
            for row in stretches
            if row["is_day"]
        ),
        months=tuple(
            ViewingMonth(**_watched(row, "month", "active_days", "titles", "episodes_played"))
            for row in stretches
            if row["month"] is not None
        ),
        hours_of_week=hours_of_week(grouped.get(BY_HOUR, ())),
        plays_without_time=total["without_time"],
        series=tuple(_favourites(favourites, top, is_series=True)),
        films=tuple(_favourites(favourites, top, is_series=False)),
        devices=tuple(
            ViewingDevice(
                device=codes.dimensions(snapshot)["device"][row["device"]], **_watched(row)
            )
            for row in sorted(
                grouped.get(BY_DEVICE, ()), key=lambda row: -row["plays"] if by_plays else 0
            )
        ),
        binges=tuple(
            Binge(
                **row
                | {
                    "user_id": users[row["user_id"]],
                    "started_at": row["started_at"].replace(tzinfo=UTC),
                    "ended_at": row["ended_at"].replace(tzinfo=UTC),
                }
            )
            for row in binges
        ),
        recent_plays=plays.of_users(snapshot, users, recent, None, period)[0],
    )


def _watched(row: Row, *others: str) -> dict[str, Any]:
    return {name: row[name] for name in (*personal_plays.WATCHED, *others)}


def _people(
    users: Mapping[int, str], ever: Iterable[Row], in_period: Iterable[Row], *, by_plays: bool
) -> tuple[ViewingPerson, ...]:
    """Everybody asked for, also who watched nothing, who watched most first."""
    nothing = dict.fromkeys(personal_plays.WATCHED, 0)
    spans = {row["user_id"]: row for row in ever if row["user_id"] is not None}
    watched = {row["user_id"]: _watched(row) for row in in_period}
    people = [
        ViewingPerson(
            user_id=user_id,
            first_day=spans[code]["first_day"] if code in spans else None,
            last_day=spans[code]["last_day"] if code in spans else None,
            **watched.get(code, nothing),
        )
        for code, user_id in users.items()
    ]
    people.sort(key=lambda one: (-one.hours_viewed, -one.plays, one.user_id))
    return tuple(sorted(people, key=lambda one: -one.plays) if by_plays else people)


def _years(ever: Iterable[Row]) -> tuple[ViewingYear, ...]:
    """Every year from the first to the last."""
    rows = {row["year"]: row for row in ever if row["year"] is not None}
    if not rows:
        return ()
    nothing = dict.fromkeys((*personal_plays.WATCHED, "active_days"), 0)
    return tuple(
        ViewingYear(year=year, **_watched(rows.get(year, nothing), "active_days"))
        for year in range(min(rows), max(rows) + 1)
    )


def _favourites(rows: Iterable[Row], top: int, *, is_series: bool) -> list[Favourite]:
    listed = [row for row in rows if row["is_series"] == is_series][:top]
    return [Favourite(**_watched(row, *OF_FAVOURITES)) for row in listed]
