"""Whose id fits a search."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from dataclasses import dataclass
from itertools import islice

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.serving.query.persons import household_of
from netflix_pipeline.serving.question import AnswerModel, Question, Row, Snapshot


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
FITS = "contains(strip_accents(lower(name)), strip_accents(lower($search)))"

FOUND = f"""
    SELECT name FROM codes.user_id WHERE {{where}}
    ORDER BY {IS_PROFILE} DESC, name = $search DESC, name LIMIT $limit
"""


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
        found = (PersonFound(user_id=name, household=household_of(name)) for name in names)
        return PeopleFound(people=tuple(islice(found, self.limit)), more=len(names) > self.limit)

    example = (
        {"search": "ana"},
        PeopleFound(people=(PersonFound(user_id="home/Ana", household="home"),), more=False),
    )
