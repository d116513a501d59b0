"""What questions for the single rows behind a number have in common."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, TypeVar

from typing_extensions import override

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.query import persons
from netflix_pipeline.serving.query.filters import ALL, Filters
from netflix_pipeline.serving.question import PagedQuestion, Period
from netflix_pipeline.state import NOBODY

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RowsBehindQuestion(PagedQuestion[R]):
    """Single rows of persons behind a number, newest first.

    `of` is the count whose rows are meant. Rows of persons `without` are left out, and no cursor
    names one of them.
    """

    period: Period | None = None
    filters: Filters = ALL
    of: str = ""
    limit: int = 100
    cursor: str | None = None
    _: KW_ONLY
    without: persons.Unnamed = NOBODY

    scope = "users:read"
    personal = True

    counted: ClassVar[Mapping[str, str]]
    """Which rows each count is made of."""

    @override
    def metrics_of(self, data: R) -> tuple[str, ...]:
        return (self.of,) if self.of in METRICS else ()

    @property
    def of_count(self) -> str:
        """SQL that follows a condition on rows: those of the count. Raises BadInput."""
        if self.of not in self.counted:
            raise BadInput(
                f"{self.of!r} is not a count here. These are: {', '.join(self.counted)}."
            )
        return self.counted[self.of]
