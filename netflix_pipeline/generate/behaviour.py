"""What a made-up service has beyond everybody's habits: taste, leaving, launches, holidays, breaks.

Each has a stream of random numbers of its own and changes nothing where it is not asked for.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import numpy as np
import polars as pl

from netflix_pipeline.errors import BadInput
from netflix_pipeline.generate.distributions import Floats, Rng
from netflix_pipeline.generate.names import GENRE_SHARES
from netflix_pipeline.generate.sittings import HOUR_MS
from netflix_pipeline.generate.world import (
    COUNTRIES,
    EAGERNESS,
    LONG_AGO,
    NEVER,
    Catalogue,
    Launches,
    Population,
    Tastes,
)
from netflix_pipeline.public_holidays import holidays_of

CONCENTRATION = 0.08
"""Gamma shape of a liking, of a genre of the usual size: the lower, the fewer genres one likes."""
LEAVING_WITHIN = 28
"""Days within which the share that is told leaves."""
LIFTS, FADES = (0.06, 0.3), (3.0, 12.0)
"""How much more is watched on a launch's first day, as a share, and by which time that falls, in
days, to 1/e: bounds of both."""
ON_HOLIDAY = 1.3
"""How much more people sit down on a public holiday from Monday to Friday, as a factor."""
STEP, SLOPE = 0.12, 0.0012
"""Standard deviations of a break, as logarithms: of its step, and of the growth a day after it."""
USUAL_SECONDS, OFFLINE_SHARE, OFFLINE_HOURS, LONGEST_OFFLINE = 2.0, 0.01, 5.0, 240.0
"""Medians of the delay while online and offline, and the longest. Nearly all downloads and a
hundredth of all else are reported by devices that were offline."""
DOWNLOADS_OFFLINE = 0.85


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What to make up; by itself nothing beyond habits.

    `taste` is the share of choices that follow a person's genres, from 0 (nobody has any) to 1;
    without it people lean a little to one genre. `leaving` is the share of those who are there that
    stops for good within 28 days, watching less and less before. `launches` titles come with a
    campaign, after which everybody watches more for some days. `breaks` is how often trend and
    level change. `holidays`: people watch more on the public holidays of their countries.
    `receipts`: each event has a `received_at`. `steady`: every day is like the other, without
    weekdays, and all people are there from the first day to the last.
    """

    taste: float | None = None
    leaving: float | None = None
    launches: int = 0
    breaks: int = 0
    holidays: bool = False
    receipts: bool = False
    steady: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, share, most in (("taste", self.taste, 1.0), ("leaving", self.leaving, 0.99)):
            if share is not None and not 0 <= share <= most:
                raise BadInput(f"generate: {name} is {share}; give a share from 0 to {most:g}")
        for name, number in (("launches", self.launches), ("breaks", self.breaks)):
            if number < 0:
                raise BadInput(f"generate: {name} is {number}; give 0 or more")

    @classmethod
    def lifelike(cls, days: int) -> Self:
        """All of it, as a service has it: a launch every 30 days, a break every half year."""
        return cls(
            taste=0.6,
            leaving=0.06,
            launches=days // 30,
            breaks=days // 180,
            holidays=True,
            receipts=True,
        )


HABITS = Behaviour()
"""Nothing beyond habits."""


def with_tastes(people: Population, strength: float, rng: Rng) -> Population:
    """The same people, each of whom likes a few genres."""
    shares = np.array(GENRE_SHARES) / np.mean(GENRE_SHARES)
    likings = rng.gamma(CONCENTRATION * shares, size=(len(people.user_ids), len(shares))) + 1e-12
    return replace(people, tastes=Tastes(strength, np.cumsum(likings, axis=1)))


def with_leaving(people: Population, share: float, days: int, rng: Rng) -> Population:
    """The same people, of whom that share leaves every 28 days, and nobody returns."""
    mean = LEAVING_WITHIN / -np.log1p(-share) if share else np.inf
    stay = np.minimum(1 + mean * rng.standard_exponential(len(people.left)), NEVER)
    left = (np.maximum(people.signup, 0) + stay).astype(np.int64)
    left[0] = NEVER
    back = np.full_like(left, NEVER)
    active = pl.Series("is_active", (days <= left)[: len(people.frame)])
    frame = people.frame.with_columns(active)
    return replace(people, frame=frame, left=left, back=back, fades=True)


def with_launches(known: Catalogue, launches: int, start: date, days: int, rng: Rng) -> Catalogue:
    """The same catalogue with so many launches; at most every other work has one."""
    # The works that were there before any period stay, and so do those that nobody describes.
    described = known.title < len(known.frame)
    free = np.flatnonzero(described & (known.added > LONG_AGO))
    n = min(launches, len(free) // 2)
    work = rng.choice(free, n, replace=False)
    day = np.sort(rng.integers(0, days, n))
    added = known.added.copy()
    added[work] = day
    launched = pl.DataFrame(
        {"work": work, "launch": pl.Series(np.datetime64(start) + day).cast(pl.Date)},
        schema_overrides={"work": known.frame.schema["work"]},
    )
    frame = known.frame.join(launched, on="work", how="left", maintain_order="left")
    return replace(
        known,
        frame=frame.with_columns(
            added_on=pl.coalesce("launch", "added_on"),
            release_year=pl.coalesce(pl.col("launch").dt.year(), "release_year"),
        ).drop("launch"),
        added=added,
        launches=Launches(work, day, rng.uniform(*LIFTS, n), rng.uniform(*FADES, n)),
    )


def with_holidays(people: Population, start: date, days: int) -> Population:
    """The same people, who watch more on their countries' public holidays."""
    free = np.array([holidays_of(code, start, days) for code, *_ in COUNTRIES]).T
    working = (start.weekday() + np.arange(days)) % 7 < 5
    return replace(people, eagerness=np.where(free & working[:, None], ON_HOLIDAY, 1.0))


def steady(people: Population, start: date) -> Population:
    """The same people, all of whom were there long before the period and stay."""
    always = np.full_like(people.left, NEVER)
    signup = np.minimum(people.signup, -len(EAGERNESS))
    days = pl.Series(np.datetime64(start) + signup[: len(people.frame)]).cast(pl.Date)
    frame = people.frame.with_columns(signup_date=days, is_active=pl.lit(value=True))
    return replace(people, frame=frame, signup=signup, left=always, back=always)


def trend(breaks: int, days: int, rng: Rng) -> Floats:
    """The level of each day, which begins with 1, and changes and grows anew at each break."""
    at = np.sort(rng.integers(days // 8, days, breaks))
    growth = np.zeros(days)
    for day, step, slope in zip(
        at.tolist(), rng.normal(0, STEP, breaks), rng.normal(0, SLOPE, breaks), strict=True
    ):
        growth[day:] = slope
        growth[day] += step
    level: Floats = np.exp(np.cumsum(growth))
    return level


class Receipts:
    """When the events of a table are received: most within seconds, some after days offline."""

    def __init__(self, rng: Rng) -> None:
        """Delays of one table."""
        self._rng = rng

    def delayed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Coded rows with a later `arrival`; of downloads (`download`) most come later still."""
        n = len(rows)
        delay = USUAL_SECONDS * 1000 * self._rng.lognormal(0, 1.2, n)
        share = np.full(n, OFFLINE_SHARE)
        if "download" in rows.columns:
            share[rows["download"].to_numpy()] = DOWNLOADS_OFFLINE
        offline = OFFLINE_HOURS * self._rng.lognormal(0, 1.1, n)
        away = self._rng.random(n) < share
        delay += np.where(away, np.minimum(offline, LONGEST_OFFLINE), 0.0) * HOUR_MS
        return rows.with_columns(arrival=pl.col("arrival") + pl.Series(delay.astype(np.int64)))


def levels(known: Catalogue, weekdays: Floats, growth: Floats) -> Floats:
    """How busy each day is beside who is there: by its weekday, launches and the trend."""
    days = np.arange(len(growth))
    launched = np.array([known.launches.lifts(day).sum() for day in days.tolist()])
    return np.asarray(weekdays * growth * (1 + launched))
