"""What somebody may watch next, and why; which titles are watched by the same people.

How scores come about is in docs/intelligence.md. They are computed from the weights of the newest
origin and the person's plays of the snapshot: what each title adds to one is told exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
from pydantic import Field
from typing_extensions import override

from netflix_pipeline.serving.query import persons
from netflix_pipeline.serving.question import AnswerModel, Question, Row, RowTable, Snapshot
from netflix_pipeline.transforms.continuing import DAYS, continuing
from netflix_pipeline.transforms.profiles import following

REASONS = 3
"""The started titles that are told of each recommendation: those that add most."""


class Learned(AnswerModel):
    """By what lists are made, and how well those that were made alike have done.

    All of it is null where nothing was learned yet: that takes 56 days of plays.
    """

    origin: date | None = Field(description="the day before which all is known that it rests on")
    model: str | None = Field(
        description="EASE^R or item-kNN; popularity where neither was better by more than chance"
    )
    trusted: float | None = Field(
        description="share of a score that what was started is; the rest is popularity [share]"
    )
    people: int | None = Field(description="people whose starts it was learned of [users]")
    titles: int | None = Field(
        description="films and series that at least 10 people had started: all others are left out "
        "[titles]"
    )
    judged_from: date | None = Field(description="the first of the 28 days it was judged by")
    judged_model: str | None = Field(description="the model that was chosen then, and judged")
    judged_people: int | None = Field(
        description="people who newly started something in these days [users]"
    )
    recall_20: float | None = Field(
        description="of what they newly started, at most 20, the share within the first 20 [share]"
    )
    recall_20_low: float | None = Field(description="lower bound of its 95 % interval [share]")
    recall_20_high: float | None = Field(description="upper bound of its 95 % interval [share]")
    popularity_recall_20: float | None = Field(description="the same of popularity alone [share]")


class SimilarTitle(AnswerModel):
    """A film or series that is watched by the same people."""

    title_id: str = Field(description="its id")
    title: str | None = Field(description="its name")
    genre: str | None = Field(description="its genre")
    weight: float = Field(
        description="what having started the one that is asked for adds to its score [score]"
    )


class SimilarTitles(AnswerModel):
    """What is watched by the same people as a film or series."""

    title_id: str = Field(description="the film or series; that of an episode that is asked for")
    title: str | None = Field(description="its name")
    learned: Learned
    titles: tuple[SimilarTitle, ...] = Field(description="most first")


class Continued(AnswerModel):
    """What somebody is in the midst of."""

    title_id: str = Field(description="the film or episode to go on with")
    title: str | None = Field(description="its name")
    series_id: str | None = Field(description="its series; null for a film")
    why: str = Field(
        description="`continue`: it was not completed; `next_episode`: the one before it was"
    )
    reached: float | None = Field(
        description="how much of it was seen; null where that is not known [share of the runtime]"
    )
    last_at: datetime = Field(description="when something of it was last begun")


class Because(AnswerModel):
    """A title that was started, and what it adds to a score."""

    title_id: str = Field(description="its id")
    title: str | None = Field(description="its name")
    adds: float = Field(description="what it adds [score]")


class NewTitle(AnswerModel):
    """A film or series that somebody has not started yet."""

    title_id: str = Field(description="its id")
    title: str | None = Field(description="its name")
    score: float = Field(
        description="popularity and what was started, added up: the higher, the likelier [score]"
    )
    popularity: float = Field(description="what its popularity in the country adds to it [score]")
    because: tuple[Because, ...] = Field(
        description="because you watched: the started titles that add most to it, at most 3"
    )


class _Listed(AnswerModel):
    title_id: str = Field(description="its id")
    title: str | None = Field(description="its name")
    score: float = Field(description="the higher, the likelier [score]")
    popularity: float = Field(description="what its popularity in the country adds to it [score]")
    because: tuple[str, ...] = Field(description="the started titles that add most to it, by id")


class WhatNext(AnswerModel):
    """What somebody may watch next."""

    user_id: str
    learned: Learned
    begun: tuple[Continued, ...] = Field(
        description="what they are in the midst of, watched in the last 60 days; newest first"
    )
    new: tuple[NewTitle, ...] = Field(
        description="films and series that they have not started, likeliest first"
    )


HOW = "FROM what_next ORDER BY origin_date DESC LIMIT 1"

WORK = """
    SELECT coalesce(t.series_key, t.title_id) AS id, w.title FROM titles AS t
    LEFT JOIN titles AS w ON w.title_id = coalesce(t.series_key, t.title_id)
    WHERE $id IN (t.title_id, t.series_key, t.entry_id) LIMIT 1
"""

SIMILAR = """
    SELECT s.title_id, t.title, t.genre, s.weight FROM similar_titles AS s
    LEFT JOIN titles AS t USING (title_id)
    WHERE s.because_title_id = $id AND s.weight > 0
    ORDER BY s.weight DESC, s.title_id LIMIT $limit
"""

# Of each work the first start decides, as it does where weights are learned.
BEGUN = """
    WITH played AS (
        SELECT coalesce(t.series_key, c.name) AS work, p.started_at, k.name AS country
        FROM coded.plays AS p JOIN codes.title_id AS c ON c.code = p.title_id
        JOIN codes.country AS k ON k.code = p.country
        LEFT JOIN titles AS t ON t.title_id = c.name
        WHERE p.user_id = $who AND p.starter
    )
    SELECT work, arg_min(country, started_at) AS country, min(started_at) AS since
    FROM played GROUP BY work ORDER BY since DESC, work
"""

SCORED = """
    WITH pop AS (
        SELECT title_id, share FROM popular_titles
        WHERE country = CASE WHEN $country IN (SELECT country FROM popular_titles)
            THEN $country ELSE 'all' END
    ), adding AS (
        SELECT title_id, because_title_id, $trusted * weight AS adds FROM similar_titles
        WHERE because_title_id IN (SELECT unnest($counted::VARCHAR[]))
    ), summed AS (
        SELECT title_id, sum(adds) AS adds,
            list({'title_id': because_title_id, 'adds': adds}
                ORDER BY adds DESC, because_title_id) FILTER (adds > 0) AS because
        FROM adding GROUP BY title_id
    )
    SELECT p.title_id, t.title, (1 - $trusted) * p.share AS popularity,
        (1 - $trusted) * p.share + coalesce(s.adds, 0) AS score, s.because[:$reasons] AS because
    FROM pop AS p LEFT JOIN summed AS s USING (title_id) LEFT JOIN titles AS t USING (title_id)
    WHERE p.title_id NOT IN (SELECT unnest($begun::VARCHAR[]))
    ORDER BY score DESC, p.title_id LIMIT $limit
"""

RECENT = """
    SELECT c.name AS title_id, p.started_at, p.starter, p.completer, p.reached
    FROM coded.plays AS p JOIN codes.title_id AS c ON c.code = p.title_id
    WHERE p.user_id = $who AND p.event_date >= $since AND p.starter
"""

OF_SERIES = """
    SELECT title_id, title, series_key, season, episode FROM titles
    WHERE title_id IN (SELECT unnest($ids::VARCHAR[])) OR series_key IN (
        SELECT series_key FROM titles WHERE title_id IN (SELECT unnest($ids::VARCHAR[]))
    )
"""

NAMES = "SELECT title_id, title FROM titles WHERE title_id IN (SELECT unnest($ids::VARCHAR[]))"

LONGEST = 300
"""The works of a person that count: those that they began last, as where weights are learned."""

EXAMPLE_LEARNED = Learned(
    origin=date(2026, 3, 7),
    model="EASE^R",
    trusted=0.5,
    people=1408,
    titles=423,
    judged_from=date(2026, 2, 7),
    judged_model="EASE^R",
    judged_people=680,
    recall_20=0.33,
    recall_20_low=0.306,
    recall_20_high=0.355,
    popularity_recall_20=0.244,
)


def learned(snapshot: Snapshot) -> Learned:
    """By what lists are made from this snapshot."""
    found = snapshot.rows(HOW)
    row = found[0] | {"origin": found[0]["origin_date"]} if found else {}
    return Learned(**{name: row.get(name) for name in Learned.model_fields})


@dataclass(frozen=True, slots=True)
class SimilarTitlesQuestion(Question[SimilarTitles]):
    """What is watched by the same people as a film or series, by what was learned of all starts.

    Raises NotFound.
    """

    title_id: str
    limit: int = 20

    rows = RowTable(SimilarTitle, lambda data: data.titles)
    settles = False

    @override
    def answer(self, snapshot: Snapshot, period: None) -> SimilarTitles:
        found = snapshot.rows(WORK, {"id": self.title_id})
        if not found:
            raise persons.NotFound(
                f"no title {self.title_id!r} is known: look for its id with /titles?search=NAME."
            )
        work = found[0]
        similar = snapshot.rows(SIMILAR, {"id": work["id"], "limit": self.limit})
        return SimilarTitles(
            title_id=work["id"],
            title=work["title"],
            learned=learned(snapshot),
            titles=tuple(SimilarTitle(**row) for row in similar),
        )

    example = (
        {"title_id": "s-31"},
        SimilarTitles(
            title_id="s-31",
            title="The Long Night",
            learned=EXAMPLE_LEARNED,
            titles=(
                SimilarTitle(title_id="s-44", title="Harbour", genre="drama", weight=0.081),
                SimilarTitle(title_id="t-204", title="North", genre="crime", weight=0.054),
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class RecommendationsQuestion(Question[WhatNext]):
    """What one person may watch next: what they are in the midst of, and what is new to them.

    Raises NotFound.
    """

    user_id: str
    limit: int = 20

    scope = "users:read"
    personal = True
    rows = RowTable(_Listed, lambda data: map(_listed, data.new))
    settles = False

    @override
    def answer(self, snapshot: Snapshot, period: None) -> WhatNext:
        who = persons.code(snapshot, self.user_id)
        if who is None:
            raise persons.not_found(self.user_id)
        how = learned(snapshot)
        return WhatNext(
            user_id=self.user_id,
            learned=how,
            begun=_begun(snapshot, who, self.limit),
            new=_new(snapshot, who, how, self.limit),
        )

    example = (
        {"user_id": "u-17"},
        WhatNext(
            user_id="u-17",
            learned=EXAMPLE_LEARNED,
            begun=(
                Continued(
                    title_id="t-312",
                    title="The Long Night: Season 1: Episode 2",
                    series_id="s-31",
                    why="next_episode",
                    reached=None,
                    last_at=datetime(2026, 3, 5, 20, 15, tzinfo=UTC),
                ),
            ),
            new=(
                NewTitle(
                    title_id="s-44",
                    title="Harbour",
                    score=0.112,
                    popularity=0.02,
                    because=(Because(title_id="s-31", title="The Long Night", adds=0.0405),),
                ),
            ),
        ),
    )


def _listed(one: NewTitle) -> _Listed:
    told = one.model_dump(exclude={"because"})
    return _Listed(**told, because=tuple(each.title_id for each in one.because))


def _new(snapshot: Snapshot, who: int, how: Learned, limit: int) -> tuple[NewTitle, ...]:
    if how.trusted is None:
        return ()
    begun = snapshot.rows(BEGUN, {"who": who})
    works = [row["work"] for row in begun]
    rows = snapshot.rows(
        SCORED,
        {
            "country": begun[0]["country"] if begun else "all",
            "trusted": how.trusted,
            "counted": works[:LONGEST],
            "begun": works,
            "reasons": REASONS,
            "limit": limit,
        },
    )
    names = _names(snapshot, {one["title_id"] for row in rows for one in row["because"] or ()})
    return tuple(
        NewTitle(
            title_id=row["title_id"],
            title=row["title"],
            score=row["score"],
            popularity=row["popularity"],
            because=tuple(
                Because(**one, title=names.get(one["title_id"])) for one in row["because"] or ()
            ),
        )
        for row in rows
    )


def _names(snapshot: Snapshot, ids: set[str]) -> dict[str, str | None]:
    rows = snapshot.rows(NAMES, {"ids": sorted(ids)}) if ids else ()
    return {row["title_id"]: row["title"] for row in rows}


def _begun(snapshot: Snapshot, who: int, limit: int) -> tuple[Continued, ...]:
    last = snapshot.info.data_to
    if last is None:
        return ()
    until = datetime.combine(last + timedelta(days=1), time(), UTC)
    bound: Row = {"who": who, "since": last - timedelta(days=DAYS)}
    plays = snapshot.rows(RECENT, bound)
    if not plays:
        return ()
    ids = sorted({row["title_id"] for row in plays})
    titles = _frame(snapshot.rows(OF_SERIES, {"ids": ids}), TITLES)
    found = continuing(
        _frame([row | {"user_id": ""} for row in plays], PLAYED), titles, following(titles), until
    )
    told = found.head(limit).join(
        titles.select("title_id", "title", "series_key"),
        on="title_id",
        how="left",
        maintain_order="left",
    )
    return tuple(
        Continued(
            title_id=row["title_id"],
            title=row["title"],
            series_id=row["series_key"],
            why=row["why"],
            reached=row["reached"],
            last_at=row["last_at"],
        )
        for row in told.iter_rows(named=True)
    )


TITLES = {
    "title_id": pl.String(),
    "title": pl.String(),
    "series_key": pl.String(),
    "season": pl.Int32(),
    "episode": pl.Int32(),
}
PLAYED = {
    "user_id": pl.String(),
    "title_id": pl.String(),
    "started_at": pl.Datetime("us", "UTC"),
    "starter": pl.Boolean(),
    "completer": pl.Boolean(),
    "reached": pl.Float64(),
}


def _frame(rows: Sequence[Row], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")
