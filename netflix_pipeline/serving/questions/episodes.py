"""One series: its seasons and episodes in order, and how many go on from one to the next."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import groupby, pairwise
from typing import Any

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.dimensions import LEVELS
from netflix_pipeline.contracts.measures import OF_ENTRIES, OF_PLAYS
from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import FUNNEL_USERS, FilterNotTaken, metric
from netflix_pipeline.serving.query import measures, persons
from netflix_pipeline.serving.query.comparisons import (
    Against,
    Beside,
    MetricComparedWith,
    Side,
    beside,
    chosen_filter,
    other_side,
    rows_compared_with,
)
from netflix_pipeline.serving.query.filters import ALL, Filters, conditions
from netflix_pipeline.serving.query.local_plays import plays_of
from netflix_pipeline.serving.question import (
    EXAMPLE_PERIOD,
    AnswerModel,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
    measure,
)
from netflix_pipeline.serving.questions.title import (
    EXAMPLE_WATCHED,
    MEMBERS,
    WATCHING,
    NextEpisode,
    TitleWatching,
    facts,
)
from netflix_pipeline.time_zones import UTC

SPECIALS = 0
"""The season of what belongs to no season: it comes last, and nobody has to go through it."""


class _OfSeason(AnswerModel):
    season: int | None = Field(
        description="its number; 0 for specials, null for episodes of which the season is unknown"
    )
    episodes: int = Field(description="its known episodes")


class Season(Beside, NextEpisode, TitleWatching, _OfSeason):
    """One season of a series: how it was watched in the period, and who went on, so far."""


class _OfEpisode(AnswerModel):
    season: int | None = Field(
        description="number of its season; 0 for specials, null where unknown"
    )
    episode: int | None = Field(description="its number in the season; null where unknown")
    title_id: str = Field(description="of several titles of one number, the first by id")
    title: str | None = Field(description="its name")
    title_ids: tuple[str, ...] = Field(
        description="the titles that are counted: all that have this number"
    )


class _InFunnel(AnswerModel):
    funnel_starters: int | None = Field(
        description="users who started the first episode of the series in the period, and this "
        "one at any time up to the last day with data [users]; null where it is not in the funnel"
    )
    funnel_share: float | None = measure(
        "episode_funnel", more="null without starters, and where it is not in the funnel"
    )
    furthest: int | None = Field(
        description="those of funnel_starters who started none of the episodes after this one: "
        "together all who started the first one [users]"
    )
    season_funnel_starters: int | None = Field(
        description="users who started the first episode of its season in the period, and this "
        "one at any time up to the last day with data [users]"
    )
    season_funnel_share: float | None = Field(
        description="season_funnel_starters ÷ those of the first episode of the season [share]"
    )


class _EpisodeAlone(_InFunnel, NextEpisode, TitleWatching, _OfEpisode):
    """One episode: how it was watched in the period, who went on, and who came so far.

    `episode_completers`, `next_episode_starters` and `next_episode_rate` are of all days so far.
    """


class Episode(Beside, _EpisodeAlone):
    """One episode: how it was watched in the period, who went on, and who came so far.

    `episode_completers`, `next_episode_starters` and `next_episode_rate` are of all days so far.
    """


class EpisodeNumber(AnswerModel):
    """Which episode."""

    title_id: str
    season: int | None
    episode: int


class FunnelBreak(AnswerModel):
    """A step of the funnel, from an episode to the one that follows it."""

    after: EpisodeNumber = Field(description="the episode after which somebody may leave")
    before: EpisodeNumber = Field(description="the one that follows")
    starters: int = Field(description="users of the funnel who started the first of both [users]")
    next_starters: int = Field(description="those who started the one that follows [users]")
    loss: float = Field(
        description="1 − next_starters ÷ starters; below 0 where more started the one that "
        "follows [share]"
    )


class EpisodeFunnel(AnswerModel):
    """How many go through a series, from its first episode on."""

    episodes: int = Field(
        description="episodes in it: those of known number; specials (season 0), and where seasons "
        "are known those of none, are left out"
    )
    starters: int = Field(description="users who started the first one in the period [users]")
    at_least: int = Field(description="users that stand behind a step before it is told [users]")
    worst: FunnelBreak | None = Field(
        description="the step with the largest loss, the earliest of several; null where no step "
        "has enough users"
    )
    best: FunnelBreak | None = Field(description="the step with the smallest loss, likewise")


class SeriesDetail(AnswerModel):
    """A series: as a whole, by season, and by episode in the order in which they are watched.

    Specials come last; what is unknown comes after what is known. The series itself is an episode
    only where plays name no other.
    """

    series_id: str
    title: str | None = Field(description="its name")
    described: bool = Field(description="whether a source describes it; else only its episodes do")
    in_period: TitleWatching = Field(description="how all of it was watched in the period")
    next_episode: NextEpisode = Field(description="who went on, so far, after all its episodes")
    funnel: EpisodeFunnel
    seasons: tuple[Season, ...]
    episodes: tuple[Episode, ...]
    compared_with: MetricComparedWith | None = rows_compared_with()


OF_EPISODES = "SELECT DISTINCT series_key FROM titles WHERE series_key <> title_id"


def series_ids(snapshot: Snapshot) -> frozenset[str]:
    """The ids of the series of which episodes are known."""
    return snapshot.kept(
        "ids of series", lambda: frozenset(row["series_key"] for row in snapshot.rows(OF_EPISODES))
    )


MEASURES = (*WATCHING, "episode_funnel", "next_episode_rate")
"""The metrics of a series."""

COMPARED = (
    *("hours_viewed", "views", "viewers", "plays", "starters", "watchers", "completers"),
    "completion_rate",
)
"""Those of a period that seasons and episodes can be compared by."""

PROFILES = """
    SELECT title_id, plays, episode_completers, next_episode_starters FROM title_profile
    WHERE title_id IN (SELECT unnest($ids::VARCHAR[]))
"""

# The titles of a series have codes that lie near to one another: plays of most others are left
# out by two comparisons.
PLAYS = """
    WITH members AS (
        SELECT unnest($codes::INTEGER[]) AS title_id,
            unnest($runtimes::DOUBLE[]) AS entry_runtime_minutes,
            unnest($places::INTEGER[]) AS place, unnest($openers::INTEGER[]) AS opener
    ), of_series AS (
        SELECT * FROM {plays} JOIN members USING (title_id)
        WHERE title_id BETWEEN $least AND $most
    )
"""
"""The plays of a series around some days, with the place of the episode and that of the first of
its season."""

# Each play as a row of the table that the metrics' expressions are written for.
WATCHED = f"""{PLAYS}, played AS MATERIALIZED (
        SELECT user_id, place, opener,
            {", ".join(measure.added_sql for measure in (*OF_PLAYS, *OF_ENTRIES))}
        FROM of_series WHERE event_date BETWEEN $from AND $to {{narrowed}}
    )
    SELECT place, opener, {measures.chosen(WATCHING)}
    FROM played GROUP BY GROUPING SETS ((), (opener), (place))
"""

FUNNEL = f"""{PLAYS}, ever AS (
        SELECT user_id, starter, place, opener FROM coded.plays JOIN members USING (title_id)
        WHERE title_id BETWEEN $least AND $most
    ), began AS MATERIALIZED (
        SELECT DISTINCT user_id, opener FROM of_series
        WHERE starter AND place = opener AND event_date BETWEEN $from AND $to {{narrowed}}
    ), started AS MATERIALIZED (
        SELECT DISTINCT user_id, place, opener FROM ever SEMI JOIN began USING (user_id)
        WHERE starter
    ), reaching AS (
        SELECT user_id, max(place) AS last FROM started
        SEMI JOIN (FROM began WHERE opener = 0) USING (user_id) GROUP BY user_id
    )
    SELECT place, count(last) AS funnel_starters, count(*) FILTER (place = last) AS furthest,
        count(in_season) AS season_funnel_starters
    FROM started LEFT JOIN reaching USING (user_id)
    LEFT JOIN (SELECT *, true AS in_season FROM began) USING (user_id, opener)
    GROUP BY place
"""
"""The users of each episode of the funnel: of those who began with the series or a season."""

NOTHING: Row = dict.fromkeys(WATCHING, 0) | {"completion_rate": None}
"""What is told where nothing was played."""
NOT_IN_FUNNEL: Row = dict.fromkeys(_InFunnel.model_fields)

EXAMPLE_NEXT: Row = {
    "episode_completers": 488,
    "next_episode_starters": 371,
    "next_episode_rate": 0.76025,
}
EXAMPLE_BREAK = FunnelBreak(
    after=EpisodeNumber(title_id="t-311", season=1, episode=1),
    before=EpisodeNumber(title_id="t-312", season=1, episode=2),
    starters=604,
    next_starters=483,
    loss=0.20033,
)


@dataclass(frozen=True)
class Place:
    """An episode: its number, and the rows of its titles."""

    season: int | None
    episode: int | None
    members: tuple[Row, ...]

    @property
    def title_id(self) -> str:
        """The id of its first title."""
        return str(self.members[0]["title_id"])

    @property
    def number(self) -> EpisodeNumber:
        """Which one it is, where its number is known."""
        assert self.episode is not None
        return EpisodeNumber(title_id=self.title_id, season=self.season, episode=self.episode)


def in_order(members: Iterable[Row]) -> list[Place]:
    """The episodes that titles of one series are, in the order in which they are watched.

    By season and by number; what is unknown comes after what is known, specials after all.
    Titles of one number are one episode.
    """

    def order(row: Row) -> tuple[Any, ...]:
        season, episode = row["season"], row["episode"]
        # Of unknown number each title is an episode of its own.
        alone = row["title_id"] if episode is None else ""
        return season == SPECIALS, season is None, season or 0, episode is None, episode or 0, alone

    found = sorted(members, key=lambda row: (*order(row), row["title_id"]))
    groups = (tuple(group) for _, group in groupby(found, key=order))
    return [Place(rows[0]["season"], rows[0]["episode"], rows) for rows in groups]


def funnel_of(places: Sequence[Place]) -> list[Place]:
    """Those that people go through one after another, out of all in order.

    Numbered ones, no specials, and where seasons are known none of an unknown one.
    """
    numbered = [place for place in places if place.episode is not None and place.season != SPECIALS]
    return [place for place in numbered if place.season is not None] or numbered


def breaks(reached: Sequence[int], at_least: int) -> tuple[int, int] | None:
    """The steps at which most and at which fewest are lost, by index of the episode before.

    `reached` are the users of each episode. Steps from fewer than `at_least` do not count; of
    equal ones the first is taken. None where no step is left.
    """
    losses = {
        at: loss(now, following)
        for at, (now, following) in enumerate(pairwise(reached))
        if now >= at_least
    }
    if not losses:
        return None
    return max(losses, key=losses.__getitem__), min(losses, key=losses.__getitem__)


def loss(now: int, following: int) -> float:
    """The share that a step of the funnel loses."""
    return 1 - following / now


@dataclass(frozen=True, slots=True)
class SeriesDetailQuestion(Question[SeriesDetail]):
    """One series: seasons and episodes in their order, who goes on, and the episode funnel.

    Numbers are of the period under the filters. The funnel is of those who started the first
    episode there; when and where they started the later ones does not matter. Steps from fewer than
    `at_least` users are no best or worst one. With `compare` stands beside the `metric` of each
    season and episode what it was on the other side: in other days, or under another filter.
    Raises NotFound, FilterNotTaken, UnknownValues and UnknownZone.
    """

    series_id: str
    period: Period | None = None
    filters: Filters = ALL
    _: KW_ONLY
    at_least: int = FUNNEL_USERS
    metric: str = COMPARED[0]
    compare: Against | None = None
    zone: str = UTC

    metrics = MEASURES
    rows = RowTable(_EpisodeAlone, lambda data: data.episodes)

    @property
    @override
    def row_table(self) -> RowTable[Any] | None:
        return RowTable(Episode, lambda data: data.episodes) if self.compare else self.rows

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> SeriesDetail:
        if self.metric not in COMPARED:
            raise BadInput(
                f"episodes cannot be compared by {self.metric!r}, but by {', '.join(COMPARED)}."
            )
        for name in (*WATCHING, "episode_funnel"):
            metric(name).check(self.filters.given)
        members = snapshot.rows(MEMBERS, {"id": self.series_id})
        if all(member["series_key"] != self.series_id for member in members):
            raise persons.NotFound(
                f"no series {self.series_id!r} is known: a film or an episode is at /titles/ID, "
                "and /titles?list=tv&search=NAME tells the series_id of an episode."
            )
        profiles = _profiles(snapshot, members)
        places = in_order(
            member
            for member in members
            if member["title_id"] != self.series_id
            or member["episode"] is not None
            or profiles[self.series_id]["plays"]
        )
        steps = funnel_of(places)
        sources, bound = self._rows(snapshot, period, self.filters)
        whole, of_seasons, of_episodes = _watched(snapshot, places, sources, bound)
        compared_with = None
        if self.compare:
            other = _other_side(snapshot, self.compare, period, self.filters)
            there = _watched(snapshot, places, *self._rows(snapshot, other.period, other.filters))
            of_seasons = self._beside(places, of_seasons, there[1])
            of_episodes = self._beside(places, of_episodes, there[2])
            compared_with = MetricComparedWith.by_metric(
                self.metric, snapshot, self.compare, period, other
            )
        reached = _reached(snapshot, steps, sources, bound)
        told = facts(self.series_id, members)
        starts = list(dict.fromkeys(_openers(places)))
        return SeriesDetail(
            series_id=self.series_id,
            title=told["title"],
            described=told["described"],
            in_period=TitleWatching(**whole),
            next_episode=NextEpisode(**_next(profiles.values())),
            funnel=_funnel(steps, reached, self.at_least),
            seasons=tuple(
                Season(
                    season=places[start].season,
                    episodes=end - start,
                    **of_seasons.get(start, NOTHING),
                    **_next_after(places[start:end], profiles),
                )
                for start, end in pairwise([*starts, len(places)])
            ),
            episodes=tuple(
                Episode(
                    season=place.season,
                    episode=place.episode,
                    title_id=place.title_id,
                    title=next((row["title"] for row in place.members if row["title"]), None),
                    title_ids=tuple(row["title_id"] for row in place.members),
                    **of_episodes.get(at, NOTHING),
                    **_next_after([place], profiles),
                    **reached.get(place.title_id, NOT_IN_FUNNEL),
                )
                for at, place in enumerate(places)
            ),
            compared_with=compared_with,
        )

    def _rows(
        self, snapshot: Snapshot, period: Period, filters: Filters
    ) -> tuple[dict[str, str], Row]:
        """Which plays are asked for in some days under filters, in SQL, and what that binds."""
        narrowed, bound = conditions(snapshot, filters)
        plays, placed = plays_of(snapshot, self.clock, period)
        bound |= placed | {"from": period.from_, "to": period.to}
        return {"plays": plays, "narrowed": narrowed}, bound

    def _beside(
        self, places: Sequence[Place], now: dict[int, Row], then: dict[int, Row]
    ) -> dict[int, Row]:
        """The rows of places, each with what its metric was on the other side."""
        rows = {at: now.get(at, NOTHING) for at in range(len(places))}
        return {
            at: row | beside(row[self.metric], then.get(at, NOTHING)[self.metric])
            for at, row in rows.items()
        }

    example = (
        {"series_id": "s-31", "period": EXAMPLE_PERIOD},
        SeriesDetail(
            series_id="s-31",
            title="The Long Night",
            described=True,
            in_period=EXAMPLE_WATCHED,
            next_episode=NextEpisode(**EXAMPLE_NEXT),
            funnel=EpisodeFunnel(
                episodes=8,
                starters=604,
                at_least=FUNNEL_USERS,
                worst=EXAMPLE_BREAK,
                best=EXAMPLE_BREAK,
            ),
            seasons=(Season(season=1, episodes=8, **EXAMPLE_WATCHED.model_dump(), **EXAMPLE_NEXT),),
            episodes=(
                Episode(
                    season=1,
                    episode=1,
                    title_id="t-311",
                    title="The Long Night: The Pass",
                    title_ids=("t-311",),
                    **EXAMPLE_WATCHED.model_dump(),
                    **EXAMPLE_NEXT,
                    funnel_starters=604,
                    funnel_share=1,
                    furthest=121,
                    season_funnel_starters=604,
                    season_funnel_share=1,
                ),
            ),
        ),
    )


def _other_side(snapshot: Snapshot, against: str, period: Period, filters: Filters) -> Side:
    """The other side of a series. Raises FilterNotTaken for another title, and UnknownValues."""
    by = chosen_filter(against)
    titles = sorted(by.given.keys() & LEVELS.keys()) if by else []
    if titles:
        error = FilterNotTaken(
            f"seasons and episodes are compared with themselves, not by {titles[0]}: compare them "
            "with other days, or by another filter."
        )
        error.parameters = tuple(titles)
        raise error
    return other_side(snapshot, against, period, filters)


def _profiles(snapshot: Snapshot, members: Sequence[Row]) -> dict[str, Row]:
    """What is counted of each title so far, by id; 0 of one that nobody played or reviewed."""
    nothing = {"plays": 0, "episode_completers": 0, "next_episode_starters": 0}
    profiles: dict[str, Row] = dict.fromkeys((row["title_id"] for row in members), nothing)
    found = snapshot.rows(PROFILES, {"ids": list(profiles)})
    return profiles | {row["title_id"]: row for row in found}


def _next(profiles: Iterable[Row]) -> Row:
    """Who went on after one of some titles: the fields of `NextEpisode`."""
    counted = list(profiles)
    completers = sum(row["episode_completers"] for row in counted)
    starters = sum(row["next_episode_starters"] for row in counted)
    return {
        "episode_completers": completers,
        "next_episode_starters": starters,
        "next_episode_rate": starters / completers if completers else None,
    }


def _next_after(places: Iterable[Place], profiles: dict[str, Row]) -> Row:
    """The same of some episodes."""
    return _next(profiles[row["title_id"]] for place in places for row in place.members)


def _openers(places: Sequence[Place]) -> list[int]:
    """Of each episode the first of its season, by index."""
    first: dict[int | None, int] = {}
    return [first.setdefault(place.season, at) for at, place in enumerate(places)]


def _members(places: Sequence[Place]) -> Row:
    """What `PLAYS` binds: of each title that was ever played its code, and its place."""
    openers = _openers(places)
    rows = [
        (row["code"], row["entry_runtime_minutes"], at, openers[at])
        for at, place in enumerate(places)
        for row in place.members
        if row["code"] is not None
    ]
    names = ("codes", "runtimes", "places", "openers")
    bound: Row = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    codes = bound["codes"]
    return bound | {"least": min(codes, default=0), "most": max(codes, default=0)}


def _watched(
    snapshot: Snapshot, places: Sequence[Place], sources: dict[str, str], bound: Row
) -> tuple[Row, dict[int, Row], dict[int, Row]]:
    """How the whole was watched in the period; seasons by their first place, episodes by theirs."""
    whole, seasons, episodes = NOTHING, dict[int, Row](), dict[int, Row]()
    for row in snapshot.rows(WATCHED.format(**sources), bound | _members(places)):
        place, opener = row.pop("place"), row.pop("opener")
        if place is not None:
            episodes[place] = row
        elif opener is not None:
            seasons[opener] = row
        else:
            whole = row
    return whole, seasons, episodes


def _reached(
    snapshot: Snapshot, steps: Sequence[Place], sources: dict[str, str], bound: Row
) -> dict[str, Row]:
    """How many reached each episode of the funnel, by its id: the fields of `_InFunnel`."""
    query = FUNNEL.format(**sources)
    found = {row.pop("place"): row for row in snapshot.rows(query, bound | _members(steps))}
    nobody = {"funnel_starters": 0, "furthest": 0, "season_funnel_starters": 0}
    counts = [found.get(at, nobody) for at in range(len(steps))]
    reached = {}
    for step, opener, row in zip(steps, _openers(steps), counts, strict=True):
        of_all, of_season = counts[0]["funnel_starters"], counts[opener]["season_funnel_starters"]
        reached[step.title_id] = row | {
            "funnel_share": row["funnel_starters"] / of_all if of_all else None,
            "season_funnel_share": row["season_funnel_starters"] / of_season if of_season else None,
        }
    return reached


def _funnel(steps: Sequence[Place], reached: dict[str, Row], at_least: int) -> EpisodeFunnel:
    """The funnel as a whole."""
    users = [reached[step.title_id]["funnel_starters"] for step in steps]
    found = breaks(users, at_least)

    def told(at: int) -> FunnelBreak:
        return FunnelBreak(
            after=steps[at].number,
            before=steps[at + 1].number,
            starters=users[at],
            next_starters=users[at + 1],
            loss=loss(users[at], users[at + 1]),
        )

    return EpisodeFunnel(
        episodes=len(steps),
        starters=users[0] if users else 0,
        at_least=at_least,
        worst=told(found[0]) if found else None,
        best=told(found[1]) if found else None,
    )
