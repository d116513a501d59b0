"""Features as columns of numbers: straight lines that bend at quantiles, and names as switches.

A number x becomes its value and max(0, x − knot) for knots at quantiles of the people that the
model is fitted on (linear splines: Hastie, Tibshirani, Friedman, 2009, section 5.2), so that what
it adds may rise, fall and level off. All columns have mean 0 and standard deviation 1 there.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from netflix_pipeline.contracts.origins import REASONS
from netflix_pipeline.intelligence.leaving.features import FEATURES, Feature
from netflix_pipeline.intelligence.leaving.logistic import Floats

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
FEWEST = 30
"""A name that fewer people have is no column of its own: it counts as any other rare one."""
WIDEST = 1e-9


@dataclass(frozen=True)
class Column:
    """One column: a feature beyond a knot, or its name, and how it is centred and scaled."""

    feature: Feature
    knot: float | None
    level: str | None
    mean: float = 0.0
    scale: float = 1.0

    def raw(self, people: pl.DataFrame) -> Floats:
        """Its value of each person, as it is."""
        values = people[self.feature.name]
        if self.level is not None:
            return (values == self.level).cast(pl.Float64).to_numpy()
        numbers = values.to_numpy()
        return numbers if self.knot is None else np.maximum(numbers - self.knot, 0.0)


@dataclass(frozen=True)
class Design:
    """The columns, in order, by the people that they were made from."""

    columns: tuple[Column, ...]

    @classmethod
    def of(cls, people: pl.DataFrame, features: tuple[Feature, ...] = FEATURES) -> Self:
        """The columns of these people: knots where their quantiles lie, and their names."""
        made = []
        for feature in features:
            for column in _columns(feature, people):
                raw = column.raw(people)
                scale = float(raw.std())
                if scale > WIDEST:
                    made.append(
                        Column(feature, column.knot, column.level, float(raw.mean()), scale)
                    )
        return cls(tuple(made))

    def matrix(self, people: pl.DataFrame) -> Floats:
        """A row a person, a column each."""
        matrix = np.empty((len(people), len(self.columns)))
        for at, column in enumerate(self.columns):
            matrix[:, at] = (column.raw(people) - column.mean) / column.scale
        return matrix

    def named(self) -> npt.NDArray[np.bool_]:
        """Of each column, whether it is a name."""
        return np.array([column.level is not None for column in self.columns])

    def reasons(self) -> npt.NDArray[np.int64]:
        """Of each column, the place of its reason in `REASONS`."""
        place = {reason.name: at for at, reason in enumerate(REASONS)}
        return np.array([place[column.feature.reason] for column in self.columns], np.int64)


def _columns(feature: Feature, people: pl.DataFrame) -> list[Column]:
    values = people[feature.name]
    if feature.categorical:
        counted = values.value_counts().filter(pl.col("count") >= FEWEST).sort(feature.name)
        return [Column(feature, None, level) for level in counted[feature.name].to_list()]
    knots = np.unique(np.quantile(values.to_numpy(), QUANTILES))
    return [Column(feature, None, None), *(Column(feature, float(at), None) for at in knots)]
