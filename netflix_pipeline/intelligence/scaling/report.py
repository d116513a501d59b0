"""The report of policies over made-up services: what each demand came to, and all of them."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import polars as pl

from netflix_pipeline.generate import Behaviour, generate
from netflix_pipeline.intelligence.scaling.comparison import (
    BOOTS,
    FLOOR,
    QUANTILE,
    Comparison,
    compare,
)
from netflix_pipeline.intelligence.scaling.made_up_demand import flattened, scaled_up
from netflix_pipeline.intelligence.scaling.minutes import DAY, Floats
from netflix_pipeline.intelligence.scaling.policies import Reactive

END = date(2026, 6, 28)
DAYS, JUDGED_DAYS = 63, 28
EVENTS, USERS, TITLES = 3_000_000, 40_000, 500
LAUNCH_EVERY = 14
REPLICAS = 20.0
"""Needed on average over the days that are judged."""
JUDGED_SEEDS = (101, 102, 103, 104, 105)
"""Nothing was tuned on these."""
Demand = Literal["lifelike", "steady", "flat"]
DEMANDS: tuple[Demand, ...] = get_args(Demand)


@dataclass(frozen=True)
class Setup:
    """What is made up, and how it is scaled: by default what the documentation's figures are of."""

    demands: Sequence[Demand] = DEMANDS
    seeds: Sequence[int] = JUDGED_SEEDS
    events: int = EVENTS
    boots: tuple[int, ...] = BOOTS
    quantile: float = QUANTILE
    floor: Reactive = FLOOR


def report(
    setup: Setup, told: Callable[[str], None] = lambda _: None
) -> Iterator[tuple[Demand, int, Comparison]]:
    """The kind of demand, its seed, and what came of each policy, for each boot time.

    Lifelike: arrivals of `generate --lifelike` with a launch every 14 days; steady: `--steady`,
    every day alike; flat: the same without the rhythm of a day.
    """
    for seed in setup.seeds:
        for kind, events in _made_up(seed, setup):
            told(f"{kind}, seed {seed}")
            rng = np.random.default_rng([seed, len(kind)])
            demand = scaled_up(events, rng, replicas=REPLICAS, judged_days=JUDGED_DAYS)
            for found in compare(
                demand, setup.boots, JUDGED_DAYS, quantile=setup.quantile, floor=setup.floor
            ):
                yield kind, seed, found


def _made_up(seed: int, setup: Setup) -> Iterator[tuple[Demand, Floats]]:
    if "lifelike" in setup.demands:
        lifelike = replace(Behaviour.lifelike(DAYS), launches=DAYS // LAUNCH_EVERY)
        yield "lifelike", _arrivals(seed, setup.events, lifelike)
    if "steady" in setup.demands or "flat" in setup.demands:
        steady = _arrivals(seed, setup.events, Behaviour(steady=True))
        if "steady" in setup.demands:
            yield "steady", steady
        if "flat" in setup.demands:
            yield "flat", flattened(steady)


def _arrivals(seed: int, events: int, behaviour: Behaviour) -> Floats:
    """Events at each minute: when they were received, where that is told, else when they were."""
    with tempfile.TemporaryDirectory(prefix="scaling-") as folder:
        made = generate(
            Path(folder),
            events=events,
            users=USERS,
            titles=TITLES,
            days=DAYS,
            end=END,
            seed=seed,
            format="parquet",
            dirty=False,
            behaviour=behaviour,
        )
        column = "received_at" if behaviour.receipts else "event_time"
        times = pl.read_parquet(made.paths["watch_events"], columns=[column])[column]
    start = datetime.combine(END - timedelta(days=DAYS - 1), datetime.min.time(), UTC)
    minute = (times.dt.epoch("s") - int(start.timestamp())) // 60
    within = minute.filter((minute >= 0) & (minute < DAYS * DAY))
    return np.bincount(within.to_numpy(), minlength=DAYS * DAY).astype(np.float64)
