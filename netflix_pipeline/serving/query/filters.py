"""What numbers can be narrowed to, and these filters as conditions on the coded tables."""

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, StringConstraints

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ids import trimmed
from netflix_pipeline.serving.answer import AnswerModel, by_dimension
from netflix_pipeline.serving.query import codes
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

LONGEST = 200
"""Characters of a filter's value."""

Value = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
Id = Annotated[Value, AfterValidator(lambda text: trimmed(text) or text)]
"""An id as it is stored."""


class SeveralTitles(BadInput):
    """The id by which numbers are filtered is that of a series or a season, not of one title."""

    def __init__(self, title_id: str, series: str) -> None:
        super().__init__(
            f"title={title_id!r} stands for episodes of the series {series!r}, and numbers can be "
            "narrowed to one title only. Ask /titles/ID with the id of the series for its numbers, "
            "or narrow to one of its episodes: /titles?series=ID lists them."
        )


@by_dimension(lambda told: (Value | None, Field(default=None, description=told.values)))
class _OfDimensions(AnswerModel):
    """A filter for each dimension of plays."""


class Filters(_OfDimensions):
    """The plays, sittings or searches that a question is about: one value a filter, or all.

    Each is compared exactly, as its source writes it; `unknown` means those of which nobody said.
    A value that nothing has is no error: nothing is then found.
    """

    title: Id | None = Field(default=None, description="the id of a title")

    if TYPE_CHECKING:  # it does not see the fields of dimensions

        def __init__(self, **given: str | None) -> None: ...

    @property
    def given(self) -> dict[str, str]:
        """Those that are set, by name."""
        return {name: value for name, value in self if value is not None}


ALL = Filters()
"""No filter: a question about everything."""

SEVERAL = """
    SELECT min(series_key) AS series FROM titles
    WHERE (series_key = $title AND title_id <> $title)
        OR (entry_id = $title AND NOT EXISTS (FROM titles WHERE title_id = $title))
"""
"""The series, where the id is that of a series with episodes, or of a season."""

COLUMNS = {"title": "title_id"}
"""The column of a filter, where it has another name."""


def column(name: str) -> str:
    """The column in which a coded table keeps what the filter of that name compares."""
    return COLUMNS.get(name, name)


def conditions(snapshot: Snapshot, filters: Filters) -> tuple[str, Row]:
    """SQL that follows a condition on a coded table, and what it binds; empty without filters.

    A value that the snapshot has no code for is bound as null, which nothing equals. Raises
    SeveralTitles.
    """
    if filters.title is not None:
        (row,) = snapshot.rows(SEVERAL, {"title": filters.title})
        if row["series"] is not None:
            raise SeveralTitles(filters.title, row["series"])
    bound: Row = {}
    for name, value in filters.given.items():
        bound[column(name)] = codes.code(snapshot, column(name), value)
    return "".join(f" AND {name} = ${name}" for name in bound), bound


def choices(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The values that plays can be narrowed to, by filter, in order; titles are left out."""
    return snapshot.kept(
        "choices",
        lambda: {
            name: tuple(sorted(known.values()))
            for name, known in codes.dimensions(snapshot).items()
            if name in Filters.model_fields
        },
    )
