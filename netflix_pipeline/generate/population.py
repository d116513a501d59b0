"""The viewers: cohorts that sign up over time, drift away, and sometimes come back."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from netflix_pipeline.contracts import DEVICES
from netflix_pipeline.generate.distributions import Flags, Floats, Ints, Rng, pick, zipf
from netflix_pipeline.generate.names import GENRE_SHARES, GENRES

# Country, offset from UTC in hours, share of the viewers.
COUNTRIES = (
    ("US", -6.0, 30), ("GB", 0.0, 9), ("BR", -3.0, 9), ("MX", -6.0, 7), ("DE", 1.0, 7),
    ("FR", 1.0, 6), ("IN", 5.5, 6), ("JP", 9.0, 5), ("KR", 9.0, 4), ("CA", -5.0, 4),
    ("ES", 1.0, 4), ("AU", 10.0, 3), ("IT", 1.0, 3), ("TR", 3.0, 2), ("ZA", 2.0, 1),
)  # fmt: skip
OFFSET_HOURS = np.array([hours for _, hours, _ in COUNTRIES])
PLANS = (("Basic", 7.99), ("Standard", 15.49), ("Premium", 22.99), ("Premium+", 28.99))
DEVICE_SHARES = (38, 22, 8, 6, 9, 6, 10, 1)
"""Shares of the devices, in the order of `DEVICES`."""
GENDERS = ("female", "male", "non-binary")

HERE_BEFORE = 0.55
"""Share of the viewers who were there before the period."""
UNDESCRIBED_SHARE = 0.005
NEVER = 10**6
# How eagerly people watch by days since signing up: the first weeks are the busiest.
EAGERNESS = 0.7 + 1.1 * np.exp(-np.arange(200) / 18)


@dataclass(frozen=True)
class Population:
    """Viewers as arrays; days count from the first day of the period.

    `frame` is the users table's payload; users from `len(frame)` on are described nowhere.
    """

    frame: pl.DataFrame
    user_ids: tuple[str, ...]
    activity: Floats
    signup: Ints
    left: Ints
    back: Ints
    country: Ints
    device: Ints
    plan: Ints
    favourite_genre: Ints

    def present(self, day: int) -> Flags:
        """Of each user, whether they have a subscription on a day of the period."""
        return (self.signup <= day) & ((day < self.left) | (day >= self.back))

    def weights(self, day: int) -> Floats:
        """How likely each user sits down on a day of the period."""
        tenure = np.clip(day - self.signup, 0, len(EAGERNESS) - 1)
        return np.where(self.present(day), self.activity * EAGERNESS[tenure], 0.0)

    def demand(self, days: int) -> Floats:
        """Of each day of the period, the activity of all who have a subscription."""
        change = np.zeros(days + 1)
        for at, sign in ((self.signup, 1), (self.left, -1), (self.back, 1)):
            np.add.at(change, np.clip(at, 0, days), sign * self.activity)
        return np.cumsum(change[:-1])


def population(users: int, start: date, days: int, rng: Rng) -> Population:
    """`users` viewers (and a few that no file describes) as of a period."""
    hidden = max(1, int(users * UNDESCRIBED_SHARE))
    n = users + hidden
    before = rng.random(n) < HERE_BEFORE
    signup = np.where(before, -rng.integers(1, 900, n), (days * rng.random(n) ** 0.9).astype(int))
    quick = np.where(before, 0.1, 0.45) > rng.random(n)
    stay = np.where(quick, rng.exponential(12, n), rng.exponential(240, n)).astype(np.int64) + 1
    left = np.maximum(signup, 0) + stay
    returns = rng.random(n) < 0.2
    back = np.where(returns, left + rng.integers(14, 70, n), NEVER)
    # One loyal viewer, so that no day is ever without anybody.
    signup[0], left[0], back[0] = -400, NEVER, NEVER

    activity = zipf(n, n / 50, 0.9)[rng.permutation(n)]
    country = pick(rng, tuple(share for *_, share in COUNTRIES), n)
    plan = pick(rng, (28, 40, 26, 6), n)
    device = pick(rng, DEVICE_SHARES, n)
    gender = pick(rng, (46, 46, 2), n)
    age = np.clip(rng.normal(38, 13, n), 16, 90).astype(np.int64)
    unknown = rng.random((3, n)) < np.array([[0.08], [0.1], [0.01]])
    genre = pick(rng, GENRE_SHARES, n)
    user_ids = tuple(f"u{i:07d}" for i in range(n))

    def text(values: tuple[str, ...], at: Ints) -> pl.Series:
        return pl.Series(values).gather(pl.Series(at[:users].astype(np.uint32)))

    given = dict(zip(("age", "gender", "country"), ~unknown[:, :users], strict=True))
    frame = pl.DataFrame(
        {
            "user_id": pl.Series(user_ids[:users]),
            "country": text(tuple(code for code, *_ in COUNTRIES), country),
            "plan": text(tuple(name for name, _ in PLANS), plan),
            "signup_date": pl.Series(np.datetime64(start) + signup[:users]).cast(pl.Date),
            "age": pl.Series(age[:users], dtype=pl.Int32),
            "gender": text(GENDERS, gender),
            "primary_device": text(DEVICES, device),
            "is_active": pl.Series(((days <= left) | (days > back))[:users]),
            "monthly_spend": pl.Series(np.array([price for _, price in PLANS])[plan[:users]]),
        }
    ).with_columns(
        pl.when(pl.Series(known)).then(name).alias(name) for name, known in given.items()
    )
    return Population(
        frame=frame,
        user_ids=user_ids,
        activity=activity,
        signup=signup,
        left=left,
        back=back,
        country=country,
        device=device,
        plan=plan,
        favourite_genre=genre % len(GENRES),
    )
