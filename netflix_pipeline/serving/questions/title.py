"""One title, season or series: what is known, how it was watched so far and in a period."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.measures import OF_ENTRIES, OF_PLAYS
from netflix_pipeline.metrics import METRICS, STEPS, STEPS_REACHED, metric
from netflix_pipeline.serving.query import codes, levels, measures, persons
from netflix_pipeline.serving.query.filters import ALL, Filters, conditions
from netflix_pipeline.serving.query.local_plays import plays_of
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
    Question,
    Row,
    Snapshot,
    column,
    measure,
)
from netflix_pipeline.serving.questions.titles import EXAMPLE_TITLE, TABLE, Title
from netflix_pipeline.time_zones import UTC

PROFILE = "gold/title_profile"


class TitleWatching(AnswerModel):
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


class _TitleDay(AnswerModel):
    day: date = Field(description="day, of the answer's zone")


class TitleDay(TitleWatching, _TitleDay):
    """How a title was watched on one day."""


class _TitleGroup(AnswerModel):
    name: str = Field(
        serialization_alias="group", description="the country or device, or `unknown`"
    )


class TitleGroup(TitleWatching, _TitleGroup):
    """How a title was watched in one country, or on one kind of device."""


class DropOffStep(AnswerModel):
    """How many starters reached one twentieth of a title."""

    reached: float = Field(
        serialization_alias="reached_share", description="share of the title: 0.05, 0.1, … 1"
    )
    starters: int = Field(description="starters that came at least this far [plays]")
    share: float | None = measure("drop_off", more="null without starters")


class DropOff(AnswerModel):
    """How far the starters of a title came."""

    starters: int = Field(description="starters of which it is known how far they came [plays]")
    steps: tuple[DropOffStep, ...]


class NextEpisode(AnswerModel):
    """Who went on to the next episode, so far; of a series, after all of its episodes."""

    episode_completers: int = column(PROFILE, "episode_completers")
    next_episode_starters: int = column(PROFILE, "next_episode_starters")
    next_episode_rate: float | None = measure("next_episode_rate", more="null without completers")


class TitleDetail(Title):
    """A title, a season or a series: what is known, how it was watched so far and in a period.

    Numbers of a season or a series are those of all its episodes together.
    """

    entry_id: str = column(TABLE, "entry_id")
    entry_name: str = column(TABLE, "entry_name")
    entry_runtime_minutes: float | None = column(TABLE, "entry_runtime_minutes")
    titles_counted: int = Field(
        description="titles whose plays are counted: 1, or all of a season or a series"
    )
    episodes_counted: int | None = Field(
        description="titles of a series that are counted, but for the series itself; null for a "
        "single title"
    )
    first_day: date | None = column(PROFILE, "first_day")
    last_day: date | None = column(PROFILE, "last_day")
    in_period: TitleWatching = Field(description="how it was watched in the period")
    days: tuple[TitleDay, ...] = Field(
        description="every day of the period, in order, but those that `weekday` leaves out"
    )
    countries: tuple[TitleGroup, ...] = Field(description="the period by country, most hours first")
    devices: tuple[TitleGroup, ...] = Field(description="the period by device, most hours first")
    drop_off: DropOff = Field(description="how far its starters in the period came")
    next_episode: NextEpisode | None = Field(
        description="who went on, so far; null where no episodes are known"
    )


WATCHING = tuple(TitleWatching.model_fields)
MEASURES = (*WATCHING, "rating", "drop_off", "next_episode_rate")
"""The metrics of a title."""


FACTS = tuple(
    name
    for name in (*Title.model_fields, "entry_id", "entry_name", "entry_runtime_minutes")
    if name not in (*METRICS, "reviews")
)

MEMBERS = f"""
    SELECT {", ".join(f"t.{name}" for name in FACTS)}, t.series_key, c.code
    FROM titles AS t LEFT JOIN codes.title_id AS c ON c.name = t.title_id
    WHERE $id IN (t.title_id, t.series_key, t.entry_id) ORDER BY t.title_id
"""

SO_FAR = f"""
    SELECT min(first_day) AS first_day, max(last_day) AS last_day,
        {measures.chosen(name for name in WATCHING if name != "viewers")},
        coalesce(sum(viewers), 0)::BIGINT AS viewers,
        {", ".join(f"max({name}) AS {name}" for name in levels.SO_FAR.values())},
        coalesce(sum(reviews), 0)::BIGINT AS reviews, {METRICS["rating"].expression} AS rating,
        coalesce(sum(episode_completers), 0)::BIGINT AS episode_completers,
        coalesce(sum(next_episode_starters), 0)::BIGINT AS next_episode_starters,
        {METRICS["next_episode_rate"].expression} AS next_episode_rate
    FROM title_profile WHERE title_id IN (SELECT unnest($ids::VARCHAR[]))
"""

DIFFERENT_VIEWERS = """
    SELECT count(DISTINCT user_id) AS viewers FROM coded.plays
    WHERE starter AND title_id IN (SELECT unnest($codes::INTEGER[]))
"""

# Each play as a row of the table that the metrics' expressions are written for.
PLAYED = f"""
    WITH members AS (
        SELECT unnest($codes::INTEGER[]) AS title_id,
            unnest($runtimes::DOUBLE[]) AS entry_runtime_minutes
    ), played AS MATERIALIZED (
        SELECT event_date, country, device, user_id,
            {", ".join(measure.added_sql for measure in (*OF_PLAYS, *OF_ENTRIES))},
            CASE WHEN starter AND reached IS NOT NULL
                THEN greatest(least(floor(reached * {STEPS_REACHED!r}), {STEPS}), 0) END AS step
        FROM {{plays}} JOIN members USING (title_id)
        WHERE event_date BETWEEN $from AND $to {{narrowed}}
    )
    SELECT event_date AS day, country, device, step::INTEGER AS step,
        grouping(event_date, country, device, step) AS by_others,
        {measures.chosen(WATCHING)}
    FROM played GROUP BY GROUPING SETS ((), (event_date), (country), (device), (step))
    ORDER BY hours_viewed DESC, plays DESC
"""

WHOLE, BY_DAY, BY_COUNTRY, BY_DEVICE, BY_STEP = 0b1111, 0b0111, 0b1011, 0b1101, 0b1110
"""By what rows are grouped: a bit for each of day, country, device and step that they are not."""


EXAMPLE_DAY = date(2026, 3, 6)
EXAMPLE_WATCHED = TitleWatching(
    plays=14,
    starters=12,
    watchers=9,
    completers=8,
    hours_viewed=9.25,
    plays_without_duration=0,
    views=1.33,
    viewers=11,
    hours_without_runtime=0,
    completion_rate=0.66667,
    starters_without_reach=0,
)


@dataclass(frozen=True, slots=True)
class TitleQuestion(Question[TitleDetail]):
    """One title, season or series: facts, numbers so far and in a period, drop-off, next episodes.

    Raises NotFound, FilterNotTaken and UnknownZone.
    """

    title_id: str
    period: Period | None = None
    filters: Filters = ALL
    zone: str = UTC

    metrics = MEASURES

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> TitleDetail:
        for name in MEASURES:
            if name in WATCHING or name == "drop_off":
                metric(name).check(self.filters.given)
        members = snapshot.rows(MEMBERS, {"id": self.title_id})
        if not members:
            raise persons.NotFound(
                f"no title {self.title_id!r} is known: look for its id with /titles?search=NAME."
            )
        so_far = _so_far(snapshot, self.title_id, members)
        has_episodes = any(m["series_key"] and m["episode"] is not None for m in members)
        going_on = {name: so_far.pop(name) for name in NextEpisode.model_fields}
        return TitleDetail(
            **facts(self.title_id, members),
            **{name: so_far[name] for name in Title.model_fields if name in so_far},
            first_day=so_far["first_day"],
            last_day=so_far["last_day"],
            titles_counted=len(members),
            episodes_counted=sum(member["title_id"] != self.title_id for member in members) or None,
            next_episode=NextEpisode(**going_on) if has_episodes else None,
            **_watched(snapshot, members, period, self.filters, self.clock),
        )

    example = (
        {"title_id": EXAMPLE_TITLE.title_id, "period": Period(from_=EXAMPLE_DAY, to=EXAMPLE_DAY)},
        TitleDetail(
            **EXAMPLE_TITLE.model_dump(),
            entry_id="s-31:S1",
            entry_name="The Long Night: Season 1",
            entry_runtime_minutes=416,
            titles_counted=1,
            episodes_counted=None,
            first_day=date(2025, 11, 2),
            last_day=EXAMPLE_DAY,
            in_period=EXAMPLE_WATCHED,
            days=(TitleDay(day=EXAMPLE_DAY, **EXAMPLE_WATCHED.model_dump()),),
            countries=(TitleGroup(name="DE", **EXAMPLE_WATCHED.model_dump()),),
            devices=(TitleGroup(name="smart_tv", **EXAMPLE_WATCHED.model_dump()),),
            drop_off=DropOff(
                starters=12,
                steps=(
                    DropOffStep(reached=0.05, starters=12, share=1.0),
                    DropOffStep(reached=1.0, starters=6, share=0.5),
                ),
            ),
            next_episode=NextEpisode(
                episode_completers=488, next_episode_starters=371, next_episode_rate=0.76025
            ),
        ),
    )


def facts(title_id: str, members: list[Row]) -> Row:
    """What is known of the title itself; of what has no row, what its episodes tell."""
    for member in members:
        if member["title_id"] == title_id:
            return {name: member[name] for name in FACTS}
    same = {
        name: members[0][name]
        for name in FACTS
        if name not in ("title", "season", "episode", "series_id", "entry_name")
        and len({member[name] for member in members}) == 1
    }
    known = {"entry_id": title_id, "entry_name": title_id, "list": "tv"}
    told = dict.fromkeys(FACTS) | known | same | {"title_id": title_id, "described": False}
    first = members[0]
    if title_id == first["entry_id"] and first["season"] is not None:
        named = dict.fromkeys(("title", "entry_name"), first["entry_name"])
        told |= named | {"series_id": first["series_key"], "season": first["season"]}
    return told


def _so_far(snapshot: Snapshot, title_id: str, members: list[Row]) -> Row:
    (row,) = snapshot.rows(SO_FAR, {"ids": [member["title_id"] for member in members]})
    for level, key in (("series", "series_key"), ("season", "entry_id")):
        if all((member[key] or member["title_id"]) == title_id for member in members):
            return row | {"viewers": row[levels.SO_FAR[level]] or 0}
    if len(members) > 1:  # of an id that is an episode's and that of a series of others
        played = [member["code"] for member in members if member["code"] is not None]
        (different,) = snapshot.rows(DIFFERENT_VIEWERS, {"codes": played})
        row |= different
    return row


def _watched(
    snapshot: Snapshot,
    members: list[Row],
    period: Period,
    filters: Filters,
    clock: ZoneInfo | None,
) -> dict[str, Any]:
    """The fields of a title that are about a period."""
    narrowed, bound = conditions(snapshot, filters)
    played = [member for member in members if member["code"] is not None]
    plays, placed = plays_of(snapshot, clock, period)
    bound |= placed | {
        "from": period.from_,
        "to": period.to,
        "codes": [member["code"] for member in played],
        "runtimes": [member["entry_runtime_minutes"] for member in played],
    }
    groups: dict[int, dict[Any, Row]] = {n: {} for n in (WHOLE, BY_DAY, BY_COUNTRY, BY_DEVICE)}
    steps = dict.fromkeys(range(STEPS + 1), 0)
    for row in snapshot.rows(PLAYED.format(plays=plays, narrowed=narrowed), bound):
        keys = {name: row.pop(name) for name in ("day", "country", "device", "step")}
        by_others = row.pop("by_others")
        if by_others != BY_STEP:
            key = next((key for key in keys.values() if key is not None), None)
            groups[by_others][key] = row
        elif keys["step"] is not None:
            steps[keys["step"]] = row["plays"]
    nothing = dict.fromkeys(WATCHING, 0) | {"completion_rate": None}
    names = codes.dimensions(snapshot)
    return {
        "in_period": TitleWatching(**groups[WHOLE].get(None, nothing)),
        "days": tuple(
            TitleDay(day=day, **groups[BY_DAY].get(day, nothing))
            for day in period.each
            if filters.lets_in(day)
        ),
        "countries": tuple(
            TitleGroup(name=names["country"][code], **row)
            for code, row in groups[BY_COUNTRY].items()
        ),
        "devices": tuple(
            TitleGroup(name=names["device"][code], **row) for code, row in groups[BY_DEVICE].items()
        ),
        "drop_off": _drop_off(steps),
    }


def _drop_off(steps: dict[int, int]) -> DropOff:
    """The curve, from how many starters came to each twentieth of a title and no further."""
    starters = sum(steps.values())
    curve = []
    for step in range(1, STEPS + 1):
        came = sum(count for reached, count in steps.items() if reached >= step)
        share = came / starters if starters else None
        curve.append(DropOffStep(reached=step / STEPS, starters=came, share=share))
    return DropOff(starters=starters, steps=tuple(curve))
