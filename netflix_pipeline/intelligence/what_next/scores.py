"""Scores of works for people: popularity, and what the works that they started add to it.

score = (1 − α) · popularity of their country + α · Σ weights of what they started. α = 0 is
popularity alone. What each started work adds is its α · weight, exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from netflix_pipeline.intelligence.what_next.together import Matrix
from netflix_pipeline.intelligence.what_next.works import History, Ints

AT_ONCE = 4_000_000
"""Scores that are held at a time."""


@dataclass(frozen=True)
class Rows:
    """Weights by what they rest on: of work i those from `first[i]` to `first[i + 1]`."""

    first: Ints
    work: Ints
    weight: Matrix

    @classmethod
    def of(cls, weights: pl.DataFrame, works: int) -> Self:
        """Those of `WEIGHTS` over so many works."""
        ordered = weights.sort("because")
        counts = np.bincount(ordered["because"].to_numpy(), minlength=works)
        return cls(
            np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
            ordered["work"].to_numpy(),
            ordered["weight"].to_numpy(),
        )

    def sums(self, history: History, users: Ints) -> Matrix:
        """The sums of the weights of what some people started, a row each, a column a work."""
        works = len(history.works)
        begin = np.searchsorted(history.user, users)
        size = np.searchsorted(history.user, users, side="right") - begin
        row = np.repeat(np.arange(len(users)), size)
        because = history.work[_ranges(begin, size)]
        many = self.first[because + 1] - self.first[because]
        at = _ranges(self.first[because], many)
        place = np.repeat(row, many) * works + self.work[at]
        summed = np.bincount(place, weights=self.weight[at], minlength=len(users) * works)
        return summed.astype(np.float32).reshape(len(users), works)


def _ranges(begin: Ints, size: Ints) -> Ints:
    """The numbers of several ranges, one after the other."""
    return np.repeat(begin - np.cumsum(size) + size, size) + np.arange(size.sum())


def popular(shares: pl.DataFrame, history: History) -> tuple[Matrix, Ints]:
    """Popularity (`shares`: country, work, share) as a row a country, and the row of each person.

    The last row is everywhere: that of people whose country has none of its own.
    """
    numbers = pl.DataFrame({"work": history.works}).with_row_index("number")
    countries = shares["country"].drop_nulls().unique().sort()
    places = pl.DataFrame({"country": countries}).with_row_index("row")
    table = np.zeros((len(countries) + 1, len(history.works)), np.float32)
    told = shares.join(numbers, on="work").join(places, on="country", how="left")
    row = told["row"].cast(pl.Int64).fill_null(len(countries)).to_numpy()
    table[row, told["number"].to_numpy()] = told["share"].to_numpy()
    of_person = pl.DataFrame({"country": history.country}).join(
        places, on="country", how="left", maintain_order="left"
    )
    return table, of_person["row"].cast(pl.Int64).fill_null(len(countries)).to_numpy()


def in_parts(users: Ints, works: int) -> Iterator[Ints]:
    """Some people in parts of which all scores can be held."""
    size = max(1, AT_ONCE // max(1, works))
    for start in range(0, len(users), size):
        yield users[start : start + size]
