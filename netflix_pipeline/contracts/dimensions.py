"""The dimensions of plays: by what they, and all that is counted of them, are told apart.

Every list of dimensions comes from `DIMENSIONS`. A column `<name>` of silver/plays holds what a
play's event, user or title says, of those that say it the first; `unknown` where none does.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from netflix_pipeline.contracts.contract import Column, text

Teller = Literal["event", "user", "title"]


@dataclass(frozen=True)
class Dimension:
    """A dimension: who says its value of a play, its meaning, and what its values look like."""

    name: str
    told_by: tuple[Teller, ...]
    doc: str
    values: str


DIMENSIONS = (
    Dimension(
        "country",
        ("event", "user"),
        "the play's country, else the user's, else `unknown`",
        "ISO 3166-1 alpha-2, or `unknown`",
    ),
    Dimension(
        "device",
        ("event",),
        "the play's device, else `unknown`",
        "smart_tv, mobile, …, or `unknown`",
    ),
    Dimension(
        "plan",
        ("user",),
        "plan of the newest users row, else `unknown`",
        "the user's plan, or `unknown`",
    ),
    Dimension(
        "content_type",
        ("title",),
        "content type of the title, else `unknown`",
        "film, series, …, or `unknown`",
    ),
    Dimension(
        "genre",
        ("title",),
        "primary genre of the title, else `unknown`",
        "the title's first genre, or `unknown`",
    ),
)


def told_by(teller: Teller) -> tuple[str, ...]:
    """The dimensions that a play's event, user or title can say."""
    return tuple(dimension.name for dimension in DIMENSIONS if teller in dimension.told_by)


OF_PLAYS = tuple(dimension.name for dimension in DIMENSIONS)
"""All of them."""
OF_SITTINGS = tuple(name for name in OF_PLAYS if name not in told_by("title"))
"""Those of a sitting, which has many titles: the ones of its first play."""
OF_ACTIVITY = told_by("event")
"""Those by which it is kept when plays began."""
LEVELS = {
    "title": "the id of a title; of a series or a season, all of its episodes",
    "season": "the id of a season, as the Top 10 has it: `s-31:S2` is the second one of the series "
    "`s-31`; of a series whose seasons are not known, and of a film, its own",
    "series": "the id of a series, which is all of its episodes; or of a film",
}
"""What a title counts as, from the finest on: filters and splits by ids."""
SPLITS = (*OF_PLAYS, *LEVELS)
"""What numbers of plays can be split by."""
FACTS = {
    "language": "original language of the title, as its source writes it, or `unknown`",
    "maturity_rating": "for whom the title is, as its source writes it, or `unknown`",
    "is_original": "whether the service produced the title: `true`, `false` or `unknown`",
}
"""What titles say of themselves that plays do not keep: filters by which titles are chosen."""
WEEKDAY, HOUR = "weekday", "hour"
TIMES = {
    WEEKDAY: "day of the week on which a play began, of UTC or of the zone that is asked for; 1 is "
    "Monday",
    HOUR: "hour of the day in which a play began, of UTC or of the zone that is asked for; one of "
    "which only the day is known has none",
}
"""When plays began: filters that need no column of their own."""
SEGMENT, COHORT = "segment", "cohort"
BEGINNINGS = {"first_title": "series", "first_country": "country", "first_device": "device"}
"""What people began with, their first play ever: the level or dimension that tells it of a play."""
PEOPLE = {
    SEGMENT: "how engaged people are, by their score of the last 28 days with data, whatever the "
    "period",
    COHORT: "the ISO week of people's first play ever, by its Monday; another day stands for the "
    "Monday of its week",
    "first_title": "the id of the series or film that people played first ever",
    "first_country": "the country of people's first play ever, or `unknown`",
    "first_device": "the device of people's first play ever, or `unknown`",
}
"""What is known of people as of the last day with data: filters by who played."""
FILTERS = (*OF_PLAYS, *LEVELS, *FACTS, *TIMES, *PEOPLE)
"""What plays can be filtered by."""


def columns(names: Collection[str] = OF_PLAYS) -> tuple[Column, ...]:
    """The columns of some dimensions, in their order."""
    return tuple(
        text(dimension.name, dimension.doc) for dimension in DIMENSIONS if dimension.name in names
    )


def by(names: Collection[str]) -> str:
    """The dimensions in words: `country × device`."""
    return " × ".join(name.replace("_", " ") for name in OF_PLAYS if name in names)
