"""Draws from distributions, many at a time."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Words: TypeAlias = NDArray[np.uint64]
Rng: TypeAlias = np.random.Generator


def stream(seed: int, *names: int) -> Rng:
    """A generator of its own for each seed and names: draws here never move draws there."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *names])))


def pick(rng: Rng, weights: Floats | tuple[float, ...], n: int) -> Ints:
    """`n` indexes into `weights`, each as likely as its weight."""
    edges = np.cumsum(weights)
    drawn = np.searchsorted(edges[:-1], rng.random(n) * edges[-1], side="right")
    return np.asarray(drawn, dtype=np.int64)


def pick_within(rng: Rng, weights: Floats, group: Ints, wanted: Ints, groups: int) -> Ints:
    """For each wanted group an index into `weights` among those of the group; -1 where none weighs.

    `group` tells the group of each weight, from 0 to before `groups`.
    """
    order = np.argsort(group, kind="stable")
    edges = np.append(0.0, np.cumsum(weights[order]))
    past = np.cumsum(np.bincount(group, minlength=groups))
    first = past - np.bincount(group, minlength=groups)
    begin, end = edges[first], edges[past]
    at = begin[wanted] + rng.random(len(wanted)) * (end - begin)[wanted]
    place = np.searchsorted(edges[1:], at, side="right")
    found = order[np.clip(place, 0, len(order) - 1)]
    return np.where((end > begin)[wanted], found, -1)


def zipf(n: int, offset: float, exponent: float) -> Floats:
    """Weights of ranks 1 to `n` after Zipf and Mandelbrot, (rank + offset) ** -exponent."""
    weights: Floats = np.power(np.arange(1, n + 1) + offset, -exponent)
    return weights


def before_in_group(sizes: Ints, group: Ints) -> Ints:
    """For each row, the sum of `sizes` of the earlier rows of its group.

    The rows of a group stand together; groups are numbered from 0 on.
    """
    before = np.cumsum(sizes) - sizes
    heads = np.flatnonzero(np.diff(group, prepend=-1))
    return before - np.repeat(before[heads], np.diff(np.append(heads, len(group))))


def event_ids(rng: Rng, n: int) -> tuple[Words, Words]:
    """The high and low halves of `n` random UUIDs (version 4)."""
    high, low = (rng.integers(0, 2**64, n, dtype=np.uint64) for _ in range(2))
    high = (high & np.uint64(0xFFFFFFFFFFFF0FFF)) | np.uint64(0x4000)
    low = (low & np.uint64(0x3FFFFFFFFFFFFFFF)) | np.uint64(0x8000000000000000)
    return high, low
