"""How much one replica serves: measured by our own benchmarks, a line for each kind of demand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from netflix_pipeline.intelligence.scaling.minutes import Floats

Service = Literal["api", "dashboard"]
SERVICES: tuple[Service, ...] = get_args(Service)
Kind = Literal["event_requests", "events", "people", "answers", "computed", "views"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class ServiceRate:
    """So many of a kind one process of a service does in a second, where it does nothing else."""

    kind: Kind
    service: Service
    a_second: float
    what: str
    measured: str


RATES: tuple[ServiceRate, ...] = (
    ServiceRate(
        "event_requests",
        "api",
        2_570,
        "requests that bring events",
        "one event each, 64 connections, median of five: `make bench-ingest`, 23 November 2026",
    ),
    ServiceRate(
        "events",
        "api",
        98_000,
        "events, whatever requests they come in",
        "batches of 500, median of five: `make bench-ingest`, 23 November 2026",
    ),
    ServiceRate(
        "people",
        "api",
        1_667,
        "answers about persons",
        "each person once, 64 connections: `make bench-api`, 30 November 2026",
    ),
    ServiceRate(
        "answers",
        "api",
        23_207,
        "all other answers",
        "kept, 64 connections: `make bench-api`, 30 November 2026",
    ),
    ServiceRate(
        "computed",
        "api",
        278,
        "those of them that were not kept",
        "3.6 ms each, a month by country: `make bench-api`, 30 November 2026",
    ),
    ServiceRate(
        "views",
        "dashboard",
        20,
        "views that were drawn anew",
        "on two cores: `make bench-dashboard`, November 2026",
    ),
)


def replicas_needed(
    a_second: Mapping[Kind, Floats], target: float, rates: Mapping[str, float]
) -> dict[Service, Floats]:
    """Replicas that so much of each kind a second takes, where each works to a share of its rate.

    What a replica does adds up: a replica that gives half of its time to events has half left.
    `rates` stand in for the measured ones of their kinds.
    """
    return {
        service: np.sum(
            [
                a_second[rate.kind] / (rates.get(rate.kind, rate.a_second) * target)
                for rate in RATES
                if rate.service == service
            ],
            axis=0,
        )
        for service in SERVICES
    }
