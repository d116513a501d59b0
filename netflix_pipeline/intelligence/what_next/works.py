"""Who started which work: what models of taste are fitted to.

A work is what one chooses: a film, or a series with all of its episodes. People and works are
numbers here; `History` says whose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.transforms.continuing import WORK

FEWEST_PEOPLE = 10
"""The people who must have started a work before anything is told by it."""
LONGEST = 300
"""The works of a person that count: those that they began last."""

Ints = NDArray[np.int64]

STARTS = pl.Schema(
    {"user_id": pl.String(), "work": pl.String(), "day": pl.Date(), "country": pl.String()}
)
"""When somebody first started a work, and in which country."""


def starts(plays: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """The first start of each work by each person, as `STARTS`, by person and day.

    `plays` have user_id, title_id, started_at, starter and country; `titles` are silver titles
    (title_id, series_key).
    """
    return (
        plays.filter("starter")
        .join(titles.select("title_id", WORK), on="title_id", how="left")
        .with_columns(pl.coalesce("work", "title_id"))
        .sort("started_at", "title_id")
        .unique(["user_id", "work"], keep="first", maintain_order=True)
        .select("user_id", "work", pl.col("started_at").dt.date().alias("day"), "country")
        .cast(STARTS)
        .sort("user_id", "day", "work")
    )


def earliest(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The first of several `STARTS` of each person and work, by person and day."""
    return (
        pl.concat([STARTS.to_frame(), *parts])
        .sort("day", "country")
        .unique(["user_id", "work"], keep="first", maintain_order=True)
        .sort("user_id", "day", "work")
    )


def genres_of(titles: pl.DataFrame) -> pl.DataFrame:
    """The genre of each work, as the row of silver titles says it that comes first: work, genre.

    That of a series itself comes before those of its episodes.
    """
    return (
        titles.select("title_id", "genre", WORK)
        .drop_nulls("genre")
        .sort("work", pl.col("title_id") != pl.col("work"), "title_id")
        .unique("work", keep="first", maintain_order=True)
        .select("work", "genre")
    )


@dataclass(frozen=True)
class History:
    """The works that each person has started, as pairs of numbers, by person.

    `users` and `works` are the ids by their numbers, `country` that of each person's newest start;
    `user` and `work` are the pairs. Works that fewer than `FEWEST_PEOPLE` people started are left
    out: the most started ones have the lowest numbers.
    """

    users: pl.Series
    country: pl.Series
    works: pl.Series
    user: Ints
    work: Ints

    @classmethod
    def of(cls, begun: pl.DataFrame, fewest: int = FEWEST_PEOPLE) -> Self:
        """That of some `STARTS`, of each person the last `LONGEST`."""
        newest = begun.sort("user_id", "day", "work", descending=[False, True, False])
        people = newest.group_by("user_id", maintain_order=True)
        users = people.agg(pl.col("country").first()).with_row_index("user")
        counted = people.head(LONGEST)
        works = (
            counted.group_by("work")
            .agg(pl.len().alias("people"))
            .filter(pl.col("people") >= fewest)
            .sort("people", "work", descending=[True, False])
            .with_row_index("number")
        )
        pairs = (
            counted.join(works, on="work")
            .join(users, on="user_id")
            .select("user", "number")
            .sort("user", "number")
            .cast(pl.Int64)
        )
        return cls(
            users["user_id"],
            users["country"],
            works["work"],
            pairs["user"].to_numpy(),
            pairs["number"].to_numpy(),
        )

    @property
    def people(self) -> Ints:
        """How many people started each work."""
        return np.bincount(self.work, minlength=len(self.works))

    def numbered(self, begun: pl.DataFrame) -> tuple[Ints, Ints]:
        """The pairs of numbers of those `STARTS` whose person and work it has."""
        users = pl.DataFrame({"user_id": self.users}).with_row_index("user")
        works = pl.DataFrame({"work": self.works}).with_row_index("number")
        pairs = begun.join(users, on="user_id").join(works, on="work").sort("user", "number")
        both = pairs.select(pl.col("user", "number").cast(pl.Int64))
        return both["user"].to_numpy(), both["number"].to_numpy()
