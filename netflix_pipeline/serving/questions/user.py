"""One person: profile, engagement, lifecycle and newest plays; and whose id fits a search.

Of as many people as the snapshot may keep, all of it is kept in memory, once it is made ready: to
look there takes microseconds, three questions to the snapshot take milliseconds.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.query import periods, persons, plays, range_scan
from netflix_pipeline.serving.question import Answer, AnswerModel, Question, Row, Snapshot, measure


class Viewing(AnswerModel):
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
    starters_without_reach: int = measure("starters_without_reach")
    active_days_28: int = Field(description="days with a play in the last 28 days")
    hours_28: float = Field(
        serialization_alias="hours_viewed_28",
        description="hours watched in the last 28 days [h]",
    )
    starters_without_reach_28: int = Field(
        description="starters in them of which it is not known how far they came [plays]"
    )
    completion_rate_28: float | None = Field(
        description="completers ÷ starters in them of which it is known how far they came; null "
        "without"
    )
    engagement_score: float = measure("engagement_score")
    segment: str = Field(description="core, regular, casual or at_risk, by the engagement score")
    favourite_genres: tuple[str, ...] = measure("favourite_genres")


Status = Literal["new", "returning", "resurrected", "dormant", "none"]


class UserLifecycle(AnswerModel):
    """What a user was in the last week that has ended by the last day with data."""

    week: date = Field(description="Monday of the week")
    status: Status = Field(
        description="new: the first week with a play; returning: played the week before too; "
        "resurrected: earlier, not the week before; dormant: the week before, not this one; "
        "none: in neither"
    )


class User(AnswerModel):
    """A user: what sources say of them, and how they watch."""

    user_id: str
    country: str | None = Field(description="ISO 3166-1 alpha-2")
    plan: str | None
    signup_date: date | None
    age: int | None = Field(serialization_alias="age_years", description="years")
    gender: str | None
    primary_device: str | None
    is_active: bool | None = Field(description="whether the subscription is active")
    described: bool = Field(description="whether a source describes them; else only events do")
    viewing: Viewing | None = Field(description="null for somebody who never played anything")
    lifecycle: UserLifecycle
    recent_plays: tuple[plays.Play, ...] = Field(description="newest first")


KEPT = "people"
TOLD = ("viewing", "lifecycle", "recent_plays")
PROFILE = tuple(name for name in User.model_fields if name not in TOLD)
WATCHED = tuple(Viewing.model_fields)
UNKNOWN: Row = dict.fromkeys(PROFILE) | {"described": False}
"""The profile of somebody whom no source describes."""
OF_PROFILE = {"hours_viewed": "watch_seconds / 3600 AS hours_viewed"}
"""What the table of profiles has under another name."""

FROM_USERS = ", ".join(PROFILE)
FROM_PROFILES = ", ".join(OF_PROFILE.get(name, name) for name in WATCHED)

MEASURES = (*(name for name in Viewing.model_fields if name in METRICS), "lifecycle")
"""The metrics of a user."""

ACTIVE = """
    SELECT user_id, bool_or(event_date >= $week) AS this_week,
        bool_or(event_date < $week) AS week_before
    FROM coded.plays WHERE event_date BETWEEN $before AND $last{of_whom} GROUP BY user_id
"""
OF_USERS = " AND user_id IN (SELECT unnest($users::INTEGER[]))"

EVERYBODY = f"""
    SELECT c.name AS id, c.code, u.*, v.* EXCLUDE (watcher), v.watcher IS NOT NULL AS watched,
        coalesce(a.this_week, false) AS this_week, coalesce(a.week_before, false) AS week_before,
        coalesce(n.newest, []) AS newest
    FROM codes.user_id AS c
    LEFT JOIN (SELECT {FROM_USERS} FROM users) AS u ON u.user_id = c.name
    LEFT JOIN (SELECT user_id AS watcher, {FROM_PROFILES} FROM user_profile) AS v
        ON v.watcher = c.name
    LEFT JOIN ({ACTIVE.format(of_whom="")}) AS a ON a.user_id = c.code
    LEFT JOIN ({plays.PLACES}) AS n ON n.user_id = c.code
"""


@dataclass(frozen=True, slots=True)
class UserQuestion(Question[User]):
    """One person: profile, favourite genres, engagement, lifecycle, newest plays.

    Raises NotFound.
    """

    user_id: str
    recent: int = 10

    metrics = ("plays", "hours_viewed", "engagement_score", "favourite_genres", "lifecycle")
    scope = "users:read"
    personal = True

    @override
    def metrics_of(self, data: User) -> tuple[str, ...]:
        return MEASURES

    @override
    def answer(self, snapshot: Snapshot, period: None) -> User:
        found = _users(snapshot, [self.user_id], self.recent)
        if self.user_id not in found:
            raise persons.not_found(self.user_id)
        return found[self.user_id]

    example = (
        {"user_id": "u-17"},
        User(
            user_id="u-17",
            country="DE",
            plan="Premium",
            signup_date=date(2025, 4, 2),
            age=34,
            gender=None,
            primary_device="smart_tv",
            is_active=True,
            described=True,
            viewing=Viewing(
                first_day=date(2026, 1, 4),
                last_day=date(2026, 3, 5),
                active_days=31,
                plays=58,
                starters=52,
                watchers=40,
                completers=33,
                hours_viewed=44.5,
                plays_without_duration=0,
                starters_without_reach=2,
                active_days_28=14,
                hours_28=20.5,
                starters_without_reach_28=1,
                completion_rate_28=0.66,
                engagement_score=80.8,
                segment="core",
                favourite_genres=("drama", "comedy"),
            ),
            lifecycle=UserLifecycle(week=date(2026, 2, 23), status="returning"),
            recent_plays=(plays.EXAMPLE_PLAY,),
        ),
    )


def users(
    snapshot: Snapshot, user_ids: Sequence[str], recent: int = 10
) -> dict[str, Answer[User] | persons.NotFound]:
    """The answers about several users, by id, for little more than one; of an unknown the error."""
    known = _users(snapshot, user_ids, recent)
    return {
        user_id: UserQuestion(user_id, recent).framed(snapshot.info, None, known[user_id])
        if user_id in known
        else persons.not_found(user_id)
        for user_id in user_ids
    }


def _users(snapshot: Snapshot, user_ids: Sequence[str], recent: int) -> dict[str, User]:
    """Users' profiles, viewing, lifecycle and `recent` newest plays, by id.

    Those that nothing names are left out.
    """
    told = known(snapshot, user_ids)
    newest = _newest(snapshot, told, recent)
    unclear = {one.code: user_id for user_id, one in told.items() if one.active is None}
    active = _active(snapshot, unclear, newest, recent)
    found = {}
    for user_id, one in told.items():
        played = one.active or active.get(one.code, (False, False))
        told_besides: Row = {
            "viewing": one.viewing,
            "lifecycle": _lifecycle(snapshot, one.viewing, *played),
            "recent_plays": tuple(newest[user_id]),
        }
        found[user_id] = User.of_row((one.profile or UNKNOWN | {"user_id": user_id}) | told_besides)
    return found


def _active(
    snapshot: Snapshot,
    users: Mapping[int, str],
    newest: Mapping[str, list[plays.Play]],
    recent: int,
) -> dict[int, tuple[bool, bool]]:
    """Whether users played in the last full week, and in the one before, by code.

    The newest plays mostly tell; the others are looked up.
    """
    week = periods.last_full_week(snapshot)
    active, unclear = {}, []
    for who, user_id in users.items():
        days = [play.event_date for play in newest[user_id]]
        if len(days) < recent or (days and days[-1] < week - periods.WEEK):
            active[who] = (
                any(week <= day <= periods.sunday(week) for day in days),
                any(week - periods.WEEK <= day < week for day in days),
            )
        else:
            unclear.append(who)
    if unclear:
        parameters = _weeks(snapshot) | {"users": unclear}
        for row in snapshot.rows(ACTIVE.format(of_whom=OF_USERS), parameters):
            active[row["user_id"]] = row["this_week"], row["week_before"]
    return active


def _weeks(snapshot: Snapshot) -> Row:
    """The last full week and the one before, as `ACTIVE` binds them."""
    week = periods.last_full_week(snapshot)
    return {"week": week, "before": week - periods.WEEK, "last": periods.sunday(week)}


def _lifecycle(
    snapshot: Snapshot, viewing: Viewing | None, this_week: bool, week_before: bool
) -> UserLifecycle:
    """What a user was in the last full week."""
    week = periods.last_full_week(snapshot)
    first_day = viewing.first_day if viewing else None
    status: Status = "dormant" if week_before else "none"
    if this_week:
        began = first_day is not None and periods.monday(first_day) == week
        status = "new" if began else "returning" if week_before else "resurrected"
    return UserLifecycle(week=week, status=status)


@dataclass(frozen=True)
class Known:
    """What is known of a person; None where no source describes them, or they played nothing.

    `active` is whether they played in the last full week, and in the one before, `newest` where
    their newest plays are stored, at most `plays.AT_HAND`; None where that was not looked up.
    """

    code: int
    profile: Row | None
    viewing: Viewing | None
    active: tuple[bool, bool] | None = None
    newest: list[int] | None = None


class People:
    """Everybody in a snapshot, in memory."""

    def __init__(self, snapshot: Snapshot) -> None:
        rows = snapshot.frame(EVERYBODY, _weeks(snapshot))
        self._rows = rows.cast({"newest": pl.List(pl.UInt32)}).rechunk()
        # By Polars: hashes of Python's own would keep everybody else from running meanwhile.
        hashes = self._rows["id"].hash().to_numpy()
        self._order = np.argsort(hashes)
        self._hashes = hashes[self._order]

    def known(self, user_ids: Iterable[str]) -> dict[str, Known]:
        """What is known of people, by id; unknown ones are left out."""
        ids = list(user_ids)
        hashed = pl.Series(ids, dtype=pl.String).hash().to_numpy()
        begins = np.searchsorted(self._hashes, hashed, "left").tolist()
        ends = np.searchsorted(self._hashes, hashed, "right").tolist()
        # Two ids may have the same hash.
        asked = [
            (user_id, at)
            for user_id, begin, end in zip(ids, begins, ends, strict=True)
            for at in range(begin, end)
        ]
        if not asked:
            return {}
        rows = self._rows[self._order[[at for _, at in asked]]]
        return {
            user_id: Known(
                row["code"],
                None if row["user_id"] is None else {name: row[name] for name in PROFILE},
                _viewing(row) if row["watched"] else None,
                (row["this_week"], row["week_before"]),
                row["newest"],
            )
            for (user_id, _), row in zip(asked, rows.iter_rows(named=True), strict=True)
            if row["id"] == user_id
        }


def make_ready(snapshot: Snapshot) -> None:
    """Keep everybody in memory from now on, where they are not too many."""
    (row,) = snapshot.rows("SELECT count(*) AS people FROM codes.user_id")
    if row["people"] <= snapshot.people:
        snapshot.kept(KEPT, lambda: People(snapshot))


def known(snapshot: Snapshot, user_ids: Iterable[str]) -> dict[str, Known]:
    """What is known of people, by id; unknown ones are left out."""
    people: People | None = snapshot.held(KEPT)
    if people is not None:
        return people.known(user_ids)
    facts = {user_id: _asked(snapshot, user_id) for user_id in user_ids}
    return {user_id: told for user_id, told in facts.items() if told is not None}


def _asked(snapshot: Snapshot, user_id: str) -> Known | None:
    """The same, asked of the snapshot; everybody whom a table names has a code."""
    user_code = persons.code(snapshot, user_id)
    if user_code is None:
        return None
    # Short questions by themselves: joined into one they take twice as long.
    profile = range_scan.find(snapshot, "users", "user_id", user_id, FROM_USERS)
    watched = range_scan.find(snapshot, "user_profile", "user_id", user_id, FROM_PROFILES)
    return Known(user_code, profile, _viewing(watched) if watched else None)


def _viewing(row: Row) -> Viewing:
    """What a row of a profile tells, and others beside it."""
    told = {name: row[name] for name in WATCHED}
    return Viewing.of_row(told | {"favourite_genres": tuple(told["favourite_genres"])})


def _newest(
    snapshot: Snapshot, told: Mapping[str, Known], recent: int
) -> dict[str, list[plays.Play]]:
    """The `recent` newest plays of people, by id.

    They are read from where they are, if that is known: of several people that takes half the time.
    Of one they are found as quickly by whose they are, however many plays there are of others.
    """
    names = {one.code: user_id for user_id, one in told.items()}
    places: list[int] = []
    for one in told.values():
        if one.newest is None or recent > plays.AT_HAND or len(told) == 1:
            return plays.newest_of_users(snapshot, names, recent)
        places += one.newest[:recent]
    return plays.stored_at(snapshot, names, places)


class PersonFound(AnswerModel):
    """Somebody whose id fits a search."""

    user_id: str
    household: str | None = Field(
        description="of a profile of a Netflix export, what stands before the first slash of its "
        "id; null for others"
    )


class PeopleFound(AnswerModel):
    """Whose ids fit a search."""

    people: tuple[PersonFound, ...] = Field(
        description="profiles of households first, then others, by id"
    )
    more: bool = Field(description="whether others fit too, that are not listed")


IS_PROFILE = "name LIKE '_%/_%'"
SOME = "SELECT name FROM codes.user_id LIMIT $limit"
MOST_PROFILES = 50
"""Profiles of what is one household's data."""
FITS = "contains(strip_accents(lower(name)), strip_accents(lower($search)))"

FOUND = f"""
    SELECT name FROM codes.user_id WHERE {{where}}
    ORDER BY {IS_PROFILE} DESC, name = $search DESC, name LIMIT $limit
"""


def only_household(snapshot: Snapshot) -> str | None:
    """The household of which all people in the data are; None where there is another person."""
    names = [row["name"] for row in snapshot.rows(SOME, {"limit": MOST_PROFILES + 1})]
    households = {persons.household_of(name) for name in names}
    return households.pop() if len(names) <= MOST_PROFILES and len(households) == 1 else None


@dataclass(frozen=True, slots=True)
class PeopleQuestion(Question[PeopleFound]):
    """The people whose id contains a text; without one, profiles of households only.

    Case and accents do not matter. Profiles come first, then who has just that id.
    """

    search: str | None = None
    limit: int = 20

    scope = "users:read"
    personal = True
    dashboard_only = True

    @override
    def answer(self, snapshot: Snapshot, period: None) -> PeopleFound:
        where = FITS if self.search else IS_PROFILE
        bound: Row = {"search": self.search, "limit": self.limit + 1}
        names = [row["name"] for row in snapshot.rows(FOUND.format(where=where), bound)]
        found = (PersonFound(user_id=name, household=persons.household_of(name)) for name in names)
        return PeopleFound(people=tuple(islice(found, self.limit)), more=len(names) > self.limit)

    example = (
        {"search": "ana"},
        PeopleFound(people=(PersonFound(user_id="home/Ana", household="home"),), more=False),
    )
