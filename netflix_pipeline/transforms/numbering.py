"""Ids as small whole numbers, so that a walk through all days holds arrays and no texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

Numbers = NDArray[np.int64] if TYPE_CHECKING else Any


class Numbering:
    """Numbers ids 0, 1, 2 … in the order in which they are first met."""

    def __init__(self) -> None:
        # Categories of its own: they are forgotten with the numbering.
        self._type = pl.Categorical(pl.Categories.random())
        self.count = 0

    def __call__(self, ids: pl.Series) -> Numbers:
        """The number of each id."""
        numbers = ids.cast(self._type).to_physical().cast(pl.Int64).to_numpy()
        if numbers.size:
            self.count = max(self.count, int(numbers.max()) + 1)
        return numbers

    def ids(self) -> pl.Series:
        """The ids that were met, in the order of their numbers."""
        numbers = pl.int_range(self.count, dtype=pl.UInt32, eager=True)
        return numbers.cat.to(self._type).cast(pl.String)


def with_room(tally: Numbers, count: int) -> Numbers:
    """The array with at least `count` columns, zeros in those that are new."""
    room = tally.shape[-1]
    if count <= room:
        return tally
    grown = np.zeros((*tally.shape[:-1], max(count, 2 * room)), tally.dtype)
    grown[..., :room] = tally
    return grown
