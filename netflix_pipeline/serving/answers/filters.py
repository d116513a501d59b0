"""What a question can be narrowed to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from netflix_pipeline.serving.answers.answer import Shape

LONGEST = 200
"""Characters of a filter's value."""

Value = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


class Filters(Shape):
    """The plays, sittings or searches that a question is about: one value a filter, or all.

    Each is compared exactly, as its source writes it; `unknown` means those of which nobody said.
    A value that nothing has is no error: nothing is then found.
    """

    country: Value | None = Field(default=None, description="ISO 3166-1 alpha-2, or `unknown`")
    device: Value | None = Field(default=None, description="smart_tv, mobile, …, or `unknown`")
    plan: Value | None = Field(default=None, description="the user's plan, or `unknown`")
    content_type: Value | None = Field(default=None, description="film, series, …, or `unknown`")
    genre: Value | None = Field(default=None, description="the title's first genre, or `unknown`")
    title: Value | None = Field(default=None, description="the id of a title")

    @property
    def given(self) -> dict[str, str]:
        """Those that are set, by name."""
        return {name: value for name, value in self if value is not None}


ALL = Filters()
"""No filter: a question about everything."""
