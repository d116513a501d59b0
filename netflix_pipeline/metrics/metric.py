"""What a metric is: its meaning for people, and its expression over one gold table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netflix_pipeline.errors import BadInput


class UnknownMetric(BadInput):
    """No metric has that name; the message names those there are."""


class FilterNotTaken(BadInput):
    """The metric cannot be had under that filter; the message names those it can take."""

    def __init__(self, metric: Metric, refused: Iterable[str]) -> None:
        self.metric = metric.name
        self.refused = tuple(refused)
        self.taken = metric.filters
        can = f"it can take {', '.join(self.taken)}" if self.taken else "it takes none"
        super().__init__(
            f"{metric.name} cannot be filtered by {', '.join(self.refused)}: {can}. "
            "Leave the filter out, or ask for another metric."
        )


@dataclass(frozen=True)
class Metric:
    """One number that the platform shows.

    `sentence` is the definition as people read it. `grain` says what one value stands for.
    `table` is the gold table (without its stage) that it is computed from and `expression` the
    SQL aggregate over rows of that table; over no rows it gives 0 where nothing happened, and
    null where there is nothing to tell. The expression is None where the number takes more than
    one aggregate: it is then stored ready in the table.
    """

    name: str
    label: str
    sentence: str
    unit: str
    grain: str
    table: str
    expression: str | None = None
    filters: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether its values are whole numbers of something."""
        return self.unit in ("plays", "sittings", "users")

    def check(self, filters: Iterable[str]) -> None:
        """Raise FilterNotTaken when one of the filters cannot be taken."""
        refused = sorted(set(filters) - set(self.filters))
        if refused:
            raise FilterNotTaken(self, refused)
