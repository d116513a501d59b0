"""The weights that are published: of each work, those that say most for or against it.

EASE^R where it can be fitted, item-kNN for all works beyond the `CAP` that most people started.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from netflix_pipeline.intelligence.what_next import ease, neighbours, together
from netflix_pipeline.intelligence.what_next.works import History, Ints

CAP = 5_000
"""Works that EASE^R is fitted to: its matrices take 100 MB each, in float32."""
KEPT = 100
"""Weights that are kept of each work, by their size."""

WEIGHTS = pl.Schema({"because": pl.Int64(), "work": pl.Int64(), "weight": pl.Float32()})
"""What having started a work (`because`) adds to the score of another; numbers of a `History`."""


@dataclass(frozen=True)
class Fitting:
    """How weights are fitted: λ and ω of EASE^R in people; without λ by item-kNN alone.

    `neighbours` are those of item-kNN, and `kept` the weights of EASE^R, of each work. What was
    learned of all days is multiplied by a power (`trending`) of how the work's popularity changed.
    """

    penalty: float | None
    kinship: float = 0.0
    trending: float = 0.5
    neighbours: int = 20
    kept: int = KEPT

    @property
    def model(self) -> str:
        """Its name."""
        return "item-kNN" if self.penalty is None else "EASE^R"


NEIGHBOURS = tuple(Fitting(None, neighbours=nearest) for nearest in (10, 20, 50))
"""What item-kNN is tried with."""
TRIED = tuple(
    Fitting(penalty, kinship)
    for penalty in (200.0, 500.0, 1_000.0, 2_000.0)
    for kinship in (0.0, 50.0)
)
"""What EASE^R is tried with."""


class Learner:
    """What the weights of a history are fitted to, counted once for several ways to fit them.

    `genres` (work, genre) and `trend` (work, trend) tell of works by their ids.
    """

    def __init__(
        self, history: History, genres: pl.DataFrame, trend: pl.DataFrame, cap: int = CAP
    ) -> None:
        self._history = history
        self._dense = min(len(history.works), cap)
        self._together = together.dense(history, self._dense)
        self._genres = genre_numbers(history.works.head(self._dense), genres)
        self._trend = pl.DataFrame({"work": history.works}).join(
            trend, on="work", how="left", maintain_order="left"
        )["trend"]

    def fitted(self, how: Fitting) -> pl.DataFrame:
        """The weights, as `WEIGHTS`, by work and from the largest amount on."""
        parts, done = [WEIGHTS.to_frame()], 0
        if how.penalty is not None and self._dense:
            learned = ease.weights(self._together, how.penalty, self._genres, how.kinship)
            parts.append(largest(learned, how.kept))
            done = self._dense
        if done < len(self._history.works):
            pairs = together.sparse(self._history, done)
            parts.append(neighbours.weights(pairs, self._history.people, how.neighbours))
        learned_of_all = pl.concat(parts)
        trend = self._trend.pow(how.trending).gather(learned_of_all["work"])
        return learned_of_all.with_columns((pl.col("weight") * trend).cast(pl.Float32))


def genre_numbers(works: pl.Series, genres: pl.DataFrame) -> Ints:
    """A number for the genre of each work."""
    told = pl.DataFrame({"work": works}).join(
        genres.unique("work"), on="work", how="left", maintain_order="left"
    )
    return told["genre"].rank("dense").cast(pl.Int64).fill_null(ease.UNKNOWN).to_numpy()


def largest(matrix: together.Matrix, kept: int) -> pl.DataFrame:
    """The `kept` weights of each column whose amounts are largest, zeros left out."""
    works = len(matrix)
    kept = min(kept, works)
    chosen = np.argpartition(np.abs(matrix), works - kept, axis=0)[works - kept :]
    found = pl.DataFrame(
        {
            "because": chosen.T.ravel(),
            "work": np.repeat(np.arange(works), kept),
            "weight": np.take_along_axis(matrix, chosen, axis=0).T.ravel(),
        },
        schema_overrides=WEIGHTS,
    ).filter(pl.col("weight") != 0)
    return found.sort("work", pl.col("weight").abs(), "because", descending=[False, True, False])
