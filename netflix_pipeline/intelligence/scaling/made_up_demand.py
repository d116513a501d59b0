"""Demand of a large service, made from the event times of a made-up one."""

import numpy as np

from netflix_pipeline.intelligence.scaling.minutes import DAY, Floats

SPREAD = 30
"""Minutes to either side within which the many do what one event stands for."""
A_MINUTE = 100_000
"""Requests that a replica serves in a minute: so many come in, give or take the root of them."""


def scaled_up(
    events: Floats, rng: np.random.Generator, *, replicas: float, judged_days: int
) -> Floats:
    """Demand at each minute, in replicas, from the number of events at each minute.

    Each event stands for many people who are alike, each of whom does the same at some minute
    within half an hour of it; how many requests come in a minute is a matter of chance (Poisson).
    So many of them that `replicas` are needed on average over the last `judged_days`.
    """
    width = 2 * SPREAD + 1
    rate = np.convolve(events, np.full(width, 1 / width), mode="same")
    mean = rate[-judged_days * DAY :].mean()
    return np.asarray(rng.poisson(rate / mean * replicas * A_MINUTE) / A_MINUTE, dtype=np.float64)


def flattened(events: Floats) -> Floats:
    """The same events without a rhythm: each minute of the day over what it has on average."""
    of_day = events.reshape(-1, DAY)
    width = 2 * SPREAD + 1
    usual = np.convolve(np.tile(of_day.mean(axis=0), 3), np.full(width, 1 / width), "same")
    return np.asarray((of_day / usual[DAY : 2 * DAY]).ravel() * usual.mean())
