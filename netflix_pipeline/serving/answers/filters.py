"""What a question can be narrowed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, StringConstraints

from netflix_pipeline.ids import trimmed
from netflix_pipeline.serving.answers.answer import Shape, by_dimension

LONGEST = 200
"""Characters of a filter's value."""

Value = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
Id = Annotated[Value, AfterValidator(lambda text: trimmed(text) or text)]
"""An id as it is stored."""


@by_dimension(lambda told: (Value | None, Field(default=None, description=told.values)))
class _OfDimensions(Shape):
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
