"""The catalogue: titles, searched, filtered and sorted, page by page.

With each title, and each series as a whole, stands how it was watched: so far, or in a period.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Collection, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answer import Page
from netflix_pipeline.serving.query import cursors, levels, measures
from netflix_pipeline.serving.query.comparisons import (
    Beside,
    MetricComparedWith,
    OtherDays,
    beside,
    other_side,
    rows_compared_with,
)
from netflix_pipeline.serving.query.filters import (
    ALL,
    Chosen,
    FilterSet,
    Id,
    check_known,
    check_one,
    choices,
    fact_of,
    listed,
)
from netflix_pipeline.serving.query.local_plays import plays_of
from netflix_pipeline.serving.query.periods import BadPeriod
from netflix_pipeline.serving.query.zones import days_of_zone
from netflix_pipeline.serving.question import (
    AnswerModel,
    PagedQuestion,
    Period,
    Row,
    RowTable,
    Snapshot,
    Told,
    column,
    measure,
)
from netflix_pipeline.serving.questions.top10 import ListName
from netflix_pipeline.time_zones import UTC

VIEWERS = """
    SELECT title_id AS code, count(DISTINCT user_id) AS viewers FROM {plays}
    WHERE event_date BETWEEN $from AND $to AND starter {only} GROUP BY title_id
"""

COUNTS = (
    "plays",
    "starters",
    "completers",
    "plays_without_duration",
    "starters_without_reach",
    "reviews",
)
RATES = ("views", "completion_rate")

SO_FAR = f"""
    SELECT title_id, {", ".join(COUNTS)}, watch_seconds, views, seconds_without_runtime, rating,
        completion_rate, viewers, {", ".join(levels.SO_FAR.values())}
    FROM title_profile
"""

IN_PERIOD = f"""
    SELECT s.title_id, s.reviews, s.rating, w.* EXCLUDE (code), {{viewers}} AS viewers
    FROM title_profile AS s LEFT JOIN codes.title_id AS c ON c.name = s.title_id
    LEFT JOIN (
        SELECT title_id AS code, coalesce(sum(watch_seconds), 0) AS watch_seconds,
            coalesce(sum(seconds_without_runtime), 0) AS seconds_without_runtime,
            {measures.chosen((*COUNTS[:-1], *RATES))}
        FROM {{rows}} GROUP BY title_id
    ) AS w USING (code) {{counted}}
"""
"""The profiles of titles with what is counted of a period in place of all so far."""

OF_UTC = "coded.title_daily WHERE event_date BETWEEN $from AND $to"
OF_THESE = "title_id IN (SELECT unnest($only::BIGINT[]))"
"""The condition of rows that are of some titles, by their codes."""

WHOLE = """
    SELECT DISTINCT e.series_key FROM titles AS e JOIN titles AS s ON s.title_id = e.series_key
    WHERE e.title_id <> e.series_key
"""
"""The series that are titles of the catalogue themselves and have others as episodes."""

SUMMED = f"""
    {", ".join(f"sum({name}) AS {name}" for name in COUNTS)},
    sum(watch_seconds) AS watch_seconds, sum(views) AS views,
    sum(seconds_without_runtime) AS seconds_without_runtime,
    {METRICS["rating"].expression} AS rating,
    {METRICS["completion_rate"].expression} AS completion_rate
"""
"""What profiles of several titles are together, but for their viewers."""

WITH_SERIES = f"""
    WITH listed AS (FROM titles), whole AS ({WHOLE}), of_titles AS MATERIALIZED (
        {{profiles}}
    ), profiles AS (
        FROM of_titles ANTI JOIN whole ON whole.series_key = of_titles.title_id
        UNION ALL BY NAME
        SELECT e.series_key AS title_id, {SUMMED}, {{viewers}} AS viewers
        FROM of_titles JOIN titles AS e USING (title_id) SEMI JOIN whole USING (series_key)
        {{counted}} GROUP BY e.series_key
    )
"""
"""The profiles, where the numbers of a series are those of all its episodes together."""

THEIR_VIEWERS = """
    LEFT JOIN (
        SELECT unnest($counted::VARCHAR[]) AS id, unnest($viewers::BIGINT[]) AS viewers
    ) AS v ON v.id = {own}
"""
"""The viewers that are counted of several titles together."""


def whole_series(snapshot: Snapshot) -> frozenset[str]:
    """The ids of titles of the catalogue of which others are the episodes."""
    return snapshot.kept(
        "whole series", lambda: frozenset(row["series_key"] for row in snapshot.rows(WHOLE))
    )


def _as_described(
    snapshot: Snapshot,
    period: Period | None,
    clock: ZoneInfo | None,
    only: Collection[int] | None,
    *,
    by_viewers: bool,
) -> tuple[str, Row]:
    """The same as `rows_at` of titles as their sources have them."""
    profiles, bound = _by_title(snapshot, period, clock, only, by_viewers=by_viewers)
    series = whole_series(snapshot)
    if not series:
        return f"WITH listed AS (FROM titles), profiles AS ({profiles})", bound
    viewers = _viewers("series", "e.series_key", period, by_viewers=by_viewers)
    if period and by_viewers:
        bound |= _counted(snapshot, "series", period, clock, series)
    return WITH_SERIES.format(profiles=profiles, **viewers), bound


def _by_title(
    snapshot: Snapshot,
    period: Period | None,
    clock: ZoneInfo | None,
    only: Collection[int] | None,
    *,
    by_viewers: bool,
) -> tuple[str, Row]:
    """The profiles of single titles, so far or in a period; in that without viewers, or with.

    What is counted of a period is of all titles, or `only` of those with these codes.
    """
    if period is None:
        return SO_FAR, {}
    rows, (plays, _) = measures.Rows(OF_UTC, {}), plays_of(snapshot, clock, period)
    if clock:
        rows = measures.rows_of(
            snapshot, "engagement_daily", period, ALL, by_day=False, clock=clock
        )
    if only is not None:
        narrowed = f"{rows.sql} {'WHERE' if clock else 'AND'} {OF_THESE}"
        rows = measures.Rows(narrowed, rows.bound | {"only": list(only)})
    counted = VIEWERS.format(plays=plays, only="")
    profiles = IN_PERIOD.format(
        rows=rows.sql,
        viewers="v.viewers" if by_viewers else 0,
        counted=f"LEFT JOIN ({counted}) AS v USING (code)" * by_viewers,
    )
    return profiles, rows.bound


Level = Literal["series", "season", "episode"]
"""What a row of the catalogue is: a series or a film; a season; an episode. Films are in each."""

UNPLAYED_SERIES = """
    SELECT series_key FROM titles WHERE title_id <> series_key
    EXCEPT SELECT title_id FROM title_profile WHERE plays > 0
"""
"""The ids of series that no play names itself: as titles they are no episode."""

OF_EPISODES = f"""
    WITH listed AS (FROM titles WHERE title_id NOT IN ({UNPLAYED_SERIES})),
        profiles AS ({{profiles}})
"""

OF_GROUPS = f"""
    WITH members AS MATERIALIZED (
        SELECT name AS member, {{own}} AS id FROM {levels.TITLES} {{but}}
    ), listed AS (
        SELECT id AS title_id, max(t.series_key) AS series_key, {{facts}}
        FROM members JOIN titles AS t ON t.title_id = member GROUP BY id
    ), of_titles AS ({{profiles}}), profiles AS (
        SELECT members.id AS title_id, {SUMMED}, {{viewers}} AS viewers
        FROM of_titles JOIN members ON member = title_id {{counted}} GROUP BY members.id
    )
"""


def rows_at(
    snapshot: Snapshot,
    level: Level | None,
    period: Period | None,
    *,
    by_viewers: bool,
    clock: ZoneInfo | None = None,
    only: Collection[int] | None = None,
) -> tuple[str, Row]:
    """The table expressions `listed`, what there is at a level, and `profiles`.

    And what they bind beside the period, whose days are those of the clock, or of UTC without one.
    Profiles of a period are of all titles; or only right where all titles have one of some codes.
    """
    if level is None:
        return _as_described(snapshot, period, clock, only, by_viewers=by_viewers)
    of_titles = by_viewers and level == "episode"
    profiles, bound = _by_title(snapshot, period, clock, only, by_viewers=of_titles)
    if level == "episode":
        return OF_EPISODES.format(profiles=profiles), bound
    with_rows = OF_GROUPS.format(
        own=levels.IDS[level],
        but=f"WHERE name NOT IN ({UNPLAYED_SERIES})" * (level == "season"),
        facts=", ".join(_of_group(name, level) for name in FACTS),
        profiles=profiles,
        **_viewers(level, "members.id", period, by_viewers=by_viewers),
    )
    if period and by_viewers:
        bound |= _counted(snapshot, level, period, clock)
    return with_rows, bound


def _viewers(level: str, own: str, period: Period | None, *, by_viewers: bool) -> dict[str, str]:
    """Those of the titles that count as `own` at a level, in SQL: of a period 0 or `_counted`."""
    if period is None:
        return {"viewers": f"max({levels.SO_FAR[level]})", "counted": ""}
    if not by_viewers:
        return {"viewers": "0", "counted": ""}
    return {"viewers": "any_value(v.viewers)", "counted": THEIR_VIEWERS.format(own=own)}


def _counted(
    snapshot: Snapshot,
    level: str,
    period: Period,
    clock: ZoneInfo | None,
    ids: Collection[str] | None = None,
) -> Row:
    """What `THEIR_VIEWERS` binds."""
    viewers = levels.viewers(snapshot, level, period, ids, clock)
    return {"counted": list(viewers), "viewers": list(viewers.values())}


def _of_group(name: str, level: Level) -> str:
    """What is said of a series or a season: by its own title, else by all that say it alike."""
    own = f"any_value(t.{name}) FILTER (t.title_id = id)"
    alike = f"CASE WHEN min(t.{name}) = max(t.{name}) THEN min(t.{name}) END"
    if name == "episode" or (level == "series" and name in ("series_id", "season")):
        told = "NULL"
    elif name == "title":
        told = own if level == "series" else "nullif(min(t.entry_name), id)"
    elif name == "described":
        told = "bool_or(t.described)"
    else:
        told = f"coalesce({own}, {alike})"
    return f"{told} AS {name}"


def viewers_of(
    snapshot: Snapshot,
    level: Level | None,
    period: Period,
    ids: Sequence[str],
    clock: ZoneInfo | None = None,
) -> dict[str, int]:
    """The different viewers of titles shown in a period, by id."""
    if level in ("season", "series"):
        counted = levels.viewers(snapshot, level, period, ids, clock)
        return dict.fromkeys(ids, 0) | counted
    found = dict.fromkeys(ids, 0) | _of_titles(snapshot, period, ids, clock)
    if level is None and (series := whole_series(snapshot).intersection(ids)):
        found |= dict.fromkeys(series, 0)
        found |= levels.viewers(snapshot, "series", period, series, clock)
    return found


def _of_titles(
    snapshot: Snapshot, period: Period, title_ids: Sequence[str], clock: ZoneInfo | None
) -> dict[str, int]:
    """The different viewers of titles in a period, by id; who had none is left out."""
    only = "AND title_id IN (SELECT code FROM codes.title_id WHERE list_contains($ids, name))"
    plays, placed = plays_of(snapshot, clock, period)
    counted = VIEWERS.format(plays=plays, only=only)
    return snapshot.pairs(
        f"SELECT name, viewers FROM ({counted}) JOIN codes.title_id USING (code)",
        placed | {"from": period.from_, "to": period.to, "ids": list(title_ids)},
    )


TABLE = "silver/titles"

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


class TitleFilters(FilterSet):
    """Which titles of the catalogue are asked for: those of which all that is given holds."""

    search: str | None = None
    content_type: Chosen = Field(default=None, description="film, series, …")
    genre: Chosen = Field(default=None, description="as the first or the second genre")
    language: Chosen = Field(default=None, description="its original language")
    origin_country: Chosen = Field(default=None, description="where it was made")
    maturity_rating: Chosen = Field(default=None, description="for whom it is, as its source says")
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
    def facts(self) -> Row:
        """Those that are set and no choices, by name."""
        choices = self.given
        return {name: it for name, it in self if it is not None and name not in choices}


CHOICES = ("content_type", "genre", "language", "origin_country", "maturity_rating")
"""The filters of which several values can be asked for, or be left out."""


class Title(AnswerModel):
    """A title: what sources say of it, and how it was watched so far, or in a period."""

    title_id: str = Field(description="its id")
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
    plays_without_duration: int = measure("plays_without_duration")
    views: float = measure("views")
    hours_without_runtime: float = measure("hours_without_runtime")
    viewers: int = measure("viewers")
    completion_rate: float | None = measure("completion_rate")
    starters_without_reach: int = measure("starters_without_reach")
    reviews: int = Field(description="reviews of it")
    rating: float | None = measure("rating")


MEASURES = tuple(name for name in Title.model_fields if name in METRICS)
"""The metrics of a title."""


class ListedTitle(Beside, Title):
    """A title of the catalogue, beside what it was in other days where that is asked for."""


COMPARED = ("hours_viewed", "views", "viewers", "plays", "completion_rate")
"""The metrics of a period that are compared; the first where titles are sorted by none of them."""


class TitlePage(Page[tuple[ListedTitle, ...]]):
    """One page of the catalogue."""

    compared_with: MetricComparedWith | None = rows_compared_with()


COUNTED = (
    "plays",
    "plays_without_duration",
    "views",
    "viewers",
    "starters_without_reach",
    "reviews",
)
"""What is 0 of a title that nobody played or reviewed."""

TOLD = {
    "hours_viewed": "coalesce(p.watch_seconds, 0) / 3600",
    "hours_without_runtime": "coalesce(p.seconds_without_runtime, 0) / 3600",
    "completion_rate": "p.completion_rate",
    "rating": "p.rating",
    **{name: f"coalesce(p.{name}, 0)" for name in COUNTED},
}
"""What the profiles tell of a title; all else the titles themselves tell."""

DIGITS = 12

BY_NAME = (
    "regexp_replace(regexp_replace(strip_accents(lower(coalesce(t.title, t.title_id))), "
    f"'([0-9]+)', '{'0' * DIGITS}\\1', 'g'), '[0-9]*([0-9]{{{DIGITS}}})', '\\1', 'g')"
)
"""Names as people sort them: numbers in them by their size, with zeros before them to that end."""

FACTS = tuple(name for name in Title.model_fields if name not in (*TOLD, "title_id"))
"""What is said of a title, but for its id."""

SORTS = {name: f"({TOLD[name]})::DOUBLE" for name in TOLD} | {
    "release_year": "t.release_year::DOUBLE",
    "added_on": "date_diff('day', DATE '1970-01-01', t.added_on)::DOUBLE",
    "runtime_minutes": "t.runtime_minutes",
    "episode": "coalesce(t.season, 0) * 1e6 + t.episode",
    "title": BY_NAME,
}
"""What the catalogue can be sorted by."""

ASCENDING = ("title", "episode")
"""What is sorted from the smallest on, unless it is asked otherwise."""

LAST = {"asc": "1e300", "desc": "-1e300"}
"""Where unknown numbers stand: at the end, whichever way."""

CONDITIONS = {
    "search": "(contains(strip_accents(lower(t.title)), strip_accents(lower($search)))"
    " OR t.title_id = $search)",
    "series": "t.series_key = $series AND t.title_id <> $series",
    "released_from": "t.release_year >= $released_from",
    "released_to": "t.release_year <= $released_to",
    "watched": "(coalesce(p.plays, 0) > 0) = $watched",
}
"""What each filter asks for; any other, that the column of its name has the value."""

AT_LEVEL = {"series": "coalesce(t.series_key, t.title_id) = $series"}
"""The conditions that are others where rows are of one level: of it is also who it is."""

ANY_OF_SERIES = "SELECT true AS known FROM titles WHERE series_key = ? LIMIT 1"
"""Whether there are titles of a series."""

COLUMNS = {"genre": ("genre", "genre_2")}
"""The columns of which one has what is chosen, where that is not the one of its name."""

CATALOGUE = f"""
    {{with_rows}}
    SELECT {", ".join(f"{TOLD.get(name, f't.{name}')} AS {name}" for name in Title.model_fields)},
        {{key}} AS key
    FROM listed AS t LEFT JOIN profiles AS p USING (title_id)
    WHERE {{where}}
    ORDER BY key {{order}}, t.title_id
    LIMIT $limit
"""


def _covers_all(snapshot: Snapshot, period: Period, clock: ZoneInfo | None) -> bool:
    """Whether nothing was played outside of the period."""
    days = snapshot.info.days
    days = days_of_zone(clock, days) if clock and days else days
    return days is None or period.covers(days)


BESIDE = """
    {with_rows}
    SELECT t.title_id, {value} AS value FROM listed AS t LEFT JOIN profiles AS p USING (title_id)
    WHERE t.title_id IN (SELECT unnest($ids::VARCHAR[]))
"""
"""One value of each of some titles."""


def values_of(
    snapshot: Snapshot,
    level: Level | None,
    metric: str,
    period: Period,
    ids: Sequence[str],
    clock: ZoneInfo | None,
) -> dict[str, float | None]:
    """A metric of titles shown in other days, by id: what the catalogue of these days tells."""
    days = None if _covers_all(snapshot, period, clock) else period
    if days and metric == "viewers":
        return {**viewers_of(snapshot, level, days, ids, clock)}
    of_ids = levels.members(snapshot, "title", ids).values()
    with_rows, bound = rows_at(
        snapshot,
        level,
        days,
        by_viewers=False,
        clock=clock if days else None,
        only={code for codes in of_ids for code in codes},
    )
    within = {"from": days.from_, "to": days.to} if days else {}
    query = BESIDE.format(with_rows=with_rows, value=TOLD[metric])
    return snapshot.pairs(query, bound | within | {"ids": list(ids)})


def _chosen(snapshot: Snapshot, wanted: TitleFilters) -> tuple[list[str], Row]:
    """The conditions of the choices, and what they bind. Raises UnknownValues."""
    if wanted.series and not snapshot.row(ANY_OF_SERIES, [wanted.series]):
        check_one("series", wanted.series)
    where: list[str] = []
    bound: Row = {}
    for name, choice in wanted.given.items():
        columns = COLUMNS.get(name, (name,))
        known = _values(snapshot, columns)
        # What plays have is known also where no title has it.
        check_known(name, choice, {*known, *choices(snapshot).get(name, ())}, known)
        within, values = listed(name, choice.values)
        either = " OR ".join(f"{each} IN {within}" for each in _told(columns, "t"))
        where.append(f"({either}) IS {'NOT ' if choice.negated else ''}TRUE")
        bound |= values
    return where, bound


def _told(columns: Sequence[str], titles: str) -> list[str]:
    """What of a title one of some columns says: the first that it is unknown, where it is."""
    first, *more = columns
    return [fact_of(first, titles), *(f"{titles}.{each}" for each in more)]


def _values(snapshot: Snapshot, columns: Sequence[str]) -> tuple[str, ...]:
    """All values of some columns of titles, in order."""

    def read() -> tuple[str, ...]:
        told = _told(columns, "titles")
        rows = " UNION ".join(f"SELECT {each} AS value FROM titles" for each in told)
        found = snapshot.rows(f"SELECT value FROM ({rows}) WHERE value IS NOT NULL ORDER BY 1")
        return tuple(row["value"] for row in found)

    return snapshot.kept(f"{columns[0]} of titles", read)


NO_FILTER = TitleFilters()


EXAMPLE_TITLE = Title(
    title_id="t-311",
    title="The Long Night: The Pass",
    content_type="series",
    genre="drama",
    genre_2=None,
    runtime_minutes=52,
    seasons=None,
    episodes=8,
    series_id="s-31",
    season=1,
    episode=1,
    release_year=2024,
    language="en",
    origin_country="GB",
    is_original=True,
    maturity_rating="16+",
    added_on=date(2025, 11, 2),
    list="tv",
    described=True,
    plays=912,
    hours_viewed=604.5,
    plays_without_duration=0,
    views=87.19,
    viewers=804,
    hours_without_runtime=0,
    completion_rate=0.61,
    starters_without_reach=0,
    reviews=18,
    rating=4.2,
)


@dataclass(frozen=True, slots=True)
class TitlesQuestion(PagedQuestion[tuple[ListedTitle, ...]]):
    """The catalogue, with how each title was watched so far, or in a period.

    Numbers are of a period, or so far; those of a series of all its episodes together. Reviews and
    rating are always those so far, and unknown values come last. `wanted.search` finds titles of
    which the name contains it, or the id is it; case and accents do not matter. At a `level` each
    row is a series, a season or an episode, or a film; without one the titles are told as their
    sources have them, a series that is described beside its episodes. With `compare` stands beside
    the metric sorted by what it was in other days, of each title. Raises BadCursor and BadPeriod.
    """

    wanted: TitleFilters = NO_FILTER
    _: KW_ONLY
    sort: str = "title"
    order: Literal["asc", "desc"] | None = None
    limit: int = 50
    cursor: str | None = None
    period: Period | None = None
    level: Level | None = None
    zone: str = UTC
    compare: OtherDays | None = None

    metrics = MEASURES
    rows = RowTable(Title, lambda titles: titles)
    framing = TitlePage
    ever = True

    @property
    @override
    def given(self) -> dict[str, Told]:
        return self.wanted.told

    @property
    @override
    def row_table(self) -> RowTable[Any] | None:
        return RowTable(ListedTitle, lambda titles: titles) if self.compare else self.rows

    @property
    def compared(self) -> str:
        """The metric that is compared."""
        return self.sort if self.sort in COMPARED else COMPARED[0]

    @override
    def resolved(self, snapshot: Snapshot) -> Period | None:
        period = PagedQuestion.resolved(self, snapshot)
        if self.compare and period is None and snapshot.info.days:
            raise BadPeriod(
                "titles so far are compared with nothing: give `from` and `to`, or `period`."
            )
        return period

    @override
    def asked(self, snapshot: Snapshot) -> Page[tuple[ListedTitle, ...]]:
        answer = PagedQuestion.asked(self, snapshot)
        if self.compare is None or answer.period is None:
            return answer
        other = other_side(snapshot, self.compare, answer.period, ALL)
        told = MetricComparedWith.by_metric(
            self.compared, snapshot, self.compare, answer.period, other
        )
        return answer.model_copy(update={"compared_with": told})

    def _beside(self, snapshot: Snapshot, period: Period, rows: list[Row]) -> list[Row]:
        """The rows with what their metric was in the days that the period is compared with."""
        assert self.compare
        days = other_side(snapshot, self.compare, period, ALL).period
        ids = [row["title_id"] for row in rows]
        before = values_of(snapshot, self.level, self.compared, days, ids, self.clock)
        for row in rows:
            row.update(beside(row[self.compared], before[row["title_id"]]))
        return rows

    @override
    def page(
        self, snapshot: Snapshot, period: Period | None
    ) -> tuple[tuple[ListedTitle, ...], str | None]:
        if self.sort not in SORTS:
            raise BadInput(f"titles cannot be sorted by {self.sort!r}, but by {', '.join(SORTS)}.")
        order = self.order or ("asc" if self.sort in ASCENDING else "desc")
        if self.level == "series" and self.wanted.season is not None:
            raise BadInput("a series is of no season: ask level=season for the numbers of one.")
        key = SORTS[self.sort]
        if self.sort == "episode" and self.level in ("series", "season"):
            key = "t.season::DOUBLE"
        kind: type[str | float] = str
        if self.sort != "title":
            key, kind = f"coalesce({key}, {LAST[order]})", float
        facts = self.wanted.facts
        chosen, values = _chosen(snapshot, self.wanted)
        conditions = CONDITIONS | (AT_LEVEL if self.level else {})
        where = ["true", *(conditions.get(name, f"t.{name} = ${name}") for name in facts), *chosen]
        bound: Row = facts | values | {"limit": self.limit + 1}
        place = f"titles:{self.sort}:{order}" + (f":{self.level}" if self.level else "")
        clock, asked = self.clock, period
        if period and _covers_all(snapshot, period, clock):
            period = None  # the profiles have it
        if period is None:
            clock = None  # all days are those of every zone
        if period:
            place += f":{period.from_}:{period.to}" + (f":{self.zone}" if clock else "")
            bound |= {"from": period.from_, "to": period.to}
        by_viewers = self.sort == "viewers"
        with_rows, counted = rows_at(
            snapshot, self.level, period, by_viewers=by_viewers, clock=clock
        )
        if self.cursor is not None:
            bound["key"], bound["id"] = cursors.decode(place, self.cursor, (kind, str))
            beyond = ">" if order == "asc" else "<"
            where.append(f"({key} {beyond} $key OR ({key} = $key AND t.title_id > $id))")
        query = CATALOGUE.format(
            key=key, order=order, where=" AND ".join(where), with_rows=with_rows
        )
        rows = snapshot.rows(query, bound | counted)
        more, rows = len(rows) > self.limit, rows[: self.limit]
        keys = [row.pop("key") for row in rows]
        following = cursors.encode(place, keys[-1], rows[-1]["title_id"]) if more else None
        if period and not by_viewers:  # they are counted of the titles shown only
            ids = [row["title_id"] for row in rows]
            shown = viewers_of(snapshot, self.level, period, ids, clock)
            rows = [row | {"viewers": shown.get(row["title_id"], row["viewers"])} for row in rows]
        if self.compare and asked:
            rows = self._beside(snapshot, asked, rows)
        return tuple(ListedTitle(**row) for row in rows), following

    example = {}, (ListedTitle(**dict(EXAMPLE_TITLE)),)
