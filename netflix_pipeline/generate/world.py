"""Who watches, and what there is to watch.

Viewers come in cohorts that sign up over time, drift away, and sometimes come back. The catalogue
has films, documentaries, stand-up, and series with seasons and episodes. A work is what people
choose: a film or a whole series. A title is a row of the titles table: a film, an episode, or the
series itself, which trailers, recommendations and reviews are about.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from netflix_pipeline.contracts import DEVICES
from netflix_pipeline.generate.distributions import Flags, Floats, Ints, Rng, pick, zipf
from netflix_pipeline.generate.names import (
    ENDINGS,
    FIRST,
    GENRE_SHARES,
    GENRES,
    MATURITY,
    MATURITY_SHARES,
    ORIGINS,
    SECOND,
)

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
FADING_DAYS, LEAST_LEFT = 28, 0.1
"""The days over which those who leave watch less and less, and what is left at last, as a share."""


@dataclass(frozen=True)
class Tastes:
    """The share of choices that follow genres, and of each person how much they like each.

    `likings` are summed over the genres that stand before, the own one included.
    """

    strength: float
    likings: Floats

    def genres(self, user: Ints, rng: Rng) -> Ints:
        """A genre for each of some users, by how much they like it."""
        likings = self.likings[user]
        below = likings < (rng.random(len(user)) * likings[:, -1])[:, None]
        return np.asarray(np.minimum(below.sum(axis=1), likings.shape[1] - 1))


@dataclass(frozen=True)
class Population:
    """Viewers as arrays; days count from the first day of the period.

    `frame` is the users table's payload; users from `len(frame)` on are described nowhere. Where it
    `fades`, whoever leaves watches less and less before. `eagerness` is a factor by day and
    country.
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
    tastes: Tastes | None = None
    fades: bool = False
    eagerness: Floats | None = None

    def present(self, day: int) -> Flags:
        """Of each user, whether they have a subscription on a day of the period."""
        return (self.signup <= day) & ((day < self.left) | (day >= self.back))

    def weights(self, day: int) -> Floats:
        """How likely each user sits down on a day of the period."""
        tenure = np.clip(day - self.signup, 0, len(EAGERNESS) - 1)
        weights = np.where(self.present(day), self.activity * EAGERNESS[tenure], 0.0)
        if self.fades:
            weights = weights * np.clip((self.left - day) / FADING_DAYS, LEAST_LEFT, 1)
        if self.eagerness is not None:
            weights = weights * self.eagerness[day, self.country]
        return weights

    def demand(self, days: int) -> Floats:
        """Of each day of the period, the activity of all who have a subscription."""
        if self.fades or self.eagerness is not None:
            return np.array([self.weights(day).sum() for day in range(days)])
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


SERIES_SHARE = 0.6
"""Share of the rows that belong to series."""
SEASONS_SHARES = (38, 27, 18, 11, 6)
"""How many seasons a series has, from one on."""
NEW_SHARE = 0.15
"""Share of the works that come to the service during the period."""
LONG_AGO = -2500
BOOST, BOOST_DAYS = 8.0, 12.0
UNDESCRIBED_MINUTES = 95.0
CONTENT_TYPES = ("series", "film", "documentary", "stand_up")
CONTENT_SHARES = (0, 64, 23, 13)
"""What the works that are no series are."""


@dataclass(frozen=True)
class Launches:
    """Works that come with a campaign: on which day, with which lift, and how fast that fades.

    The lift is how much more is watched on the first day, as a share of what else would be: about
    as much is chosen of the work itself.
    """

    work: Ints
    day: Ints
    lift: Floats
    fade: Floats

    def lifts(self, day: int) -> Floats:
        """The lift of each launch on a day of the period."""
        age = day - self.day
        faded = np.exp(-np.maximum(age, 0) / self.fade)
        return np.where(age >= 0, self.lift * faded, 0.0)


_NONE, _NOTHING = np.zeros(0, np.int64), np.zeros(0)
NO_LAUNCHES = Launches(_NONE, _NONE, _NOTHING, _NOTHING)


@dataclass(frozen=True)
class Catalogue:
    """Works and titles as arrays; `frame` is the titles table's payload, a row a described title.

    Of each title: title_ids, runtime_seconds. Titles from `len(frame)` on are watched but
    described nowhere. Of each work: names, title (index of its row), first_episode (index),
    episodes (0 for films), genre, popularity, added (day, counted from the period's first).
    """

    frame: pl.DataFrame
    title_ids: tuple[str, ...]
    runtime_seconds: Floats
    names: tuple[str, ...]
    title: Ints
    first_episode: Ints
    episodes: Ints
    genre: Ints
    popularity: Floats
    added: Ints
    launches: Launches = NO_LAUNCHES

    @property
    def is_series(self) -> Flags:
        """Of each work, whether it has episodes."""
        return self.episodes > 0

    def weights(self, day: int) -> Floats:
        """How likely each work is chosen on a day of the period: new ones are in fashion."""
        age = day - self.added
        boost = 1 + BOOST * np.exp(-np.clip(age, 0, 400) / BOOST_DAYS)
        weights = np.where(age >= 0, self.popularity * boost, 0.0)
        weights[self.launches.work] += self.launches.lifts(day) * weights.sum()
        return weights


def catalogue(rows: int, start: date, days: int, rng: Rng) -> Catalogue:
    """A catalogue of `rows` titles (and a few that no file describes) as of a period."""
    work, season, episode = _series(int(rows * SERIES_SHARE), rng)
    n_series = int(work[-1]) + 1 if len(work) else 0
    n_films = rows - len(work)
    n_hidden = max(1, int(rows * UNDESCRIBED_SHARE))
    n_works = n_series + n_films + n_hidden
    work = np.concatenate([work, n_series + np.arange(n_films)])
    season, episode = (
        np.concatenate([of_series, np.zeros(n_films, np.int64)]) for of_series in (season, episode)
    )

    popularity = zipf(n_works, 2, 0.9)[rng.permutation(n_works)]
    popularity[n_series + n_films :] = popularity.mean() / 2
    added = np.where(
        rng.random(n_works) < NEW_SHARE,
        rng.integers(0, days, n_works),
        -rng.integers(1, -LONG_AGO, n_works),
    )
    # Whatever the period, a series and a film were there before it.
    added[[0, n_series, n_works - 1]] = LONG_AGO
    kind = np.where(np.arange(n_works) < n_series, 0, pick(rng, CONTENT_SHARES, n_works))
    minutes = _minutes(kind, rng)[work] + np.where(episode > 0, rng.integers(-3, 4, rows), 0)
    genre = pick(rng, GENRE_SHARES, n_works)
    names = _names(n_works, rng)
    ids = [
        f"s{of:05d}" if of < n_series and not number else f"t{row:06d}"
        for row, (of, number) in enumerate(zip(work.tolist(), episode.tolist(), strict=True))
    ]
    head = np.flatnonzero(episode == 0)
    hidden = np.arange(rows, rows + n_hidden)
    return Catalogue(
        frame=_frame(ids, names, work, season, episode, kind, minutes, genre, start, added, rng),
        title_ids=(*ids, *(f"t{row:06d}" for row in hidden.tolist())),
        runtime_seconds=np.append(minutes, np.full(n_hidden, UNDESCRIBED_MINUTES)) * 60,
        names=names,
        title=np.append(head, hidden),
        first_episode=np.append(head + 1, hidden),
        episodes=np.bincount(work[episode > 0], minlength=n_works),
        genre=genre,
        popularity=popularity,
        added=added,
    )


def _series(rows: int, rng: Rng) -> tuple[Ints, Ints, Ints]:
    """Work, season and episode of about `rows` titles of series; episode 0 is the series itself."""
    seasons = 1 + pick(rng, SEASONS_SHARES, rows // 4 + 1)
    work = np.repeat(np.arange(len(seasons)), seasons)
    season = 1 + np.arange(len(work)) - np.repeat(np.cumsum(seasons) - seasons, seasons)
    heads = np.where(season == 1, 1, 0)
    length = rng.integers(6, 13, len(season)) + heads
    row = np.repeat(np.arange(len(season)), length)[:rows]
    episode = 1 + np.arange(len(row)) - (np.cumsum(length) - length)[row] - heads[row]
    work, season = work[row], season[row]
    # A series cut short by the last row still has two episodes.
    whole = np.ones(len(row), dtype=bool)
    if len(row) and np.count_nonzero(work == work[-1]) < 3:
        whole = work < work[-1]
    return work[whole], season[whole], episode[whole]


def _minutes(kind: Ints, rng: Rng) -> Floats:
    """Runtime of each work, of one episode for series."""
    n = len(kind)
    film = np.clip(rng.normal(108, 18, n), 70, 210)
    other = np.clip(rng.normal(75, 20, n), 25, 150)
    series = rng.integers(22, 59, n)
    minutes: Floats = np.select([kind == 0, kind == 1], [series, film], other).round()
    return minutes


def _names(n: int, rng: Rng) -> tuple[str, ...]:
    """A name for each work; plain ones first, none twice."""
    plain = len(FIRST) * len(SECOND)
    every = plain * len(ENDINGS)
    order = np.append(rng.permutation(plain), plain + rng.permutation(every - plain)).tolist()
    names = []
    for i in range(n):
        part, which = divmod(i, every)
        ending, words = divmod(order[which], plain)
        first, second = divmod(words, len(SECOND))
        name = f"{FIRST[first]} {SECOND[second]}{ENDINGS[ending]}"
        names.append(f"{name} {part + 1}" if part else name)
    return tuple(names)


def _frame(
    ids: list[str],
    names: tuple[str, ...],
    work: Ints,
    season: Ints,
    episode: Ints,
    kind: Ints,
    minutes: Floats,
    genre: Ints,
    start: date,
    added: Ints,
    rng: Rng,
) -> pl.DataFrame:
    """The titles table's payload; now and then a work's runtime is not told, or told as 0."""
    n = len(names)
    told_of = pick(rng, (0.97, 0.02, 0.01), n)[work]
    arrived = np.datetime64(start) + added
    arrived_year = arrived.astype("datetime64[Y]").astype(np.int64) + 1970
    origin = pick(rng, tuple(share for *_, share in ORIGINS), n)
    works = pl.DataFrame(
        {
            "title": names,
            "content_type": pl.Series(CONTENT_TYPES).gather(kind),
            "genre": pl.Series(GENRES).gather(genre),
            "genre_2": pl.Series(GENRES).gather(pick(rng, GENRE_SHARES, n)),
            "release_year": arrived_year + 1 - rng.geometric(0.3, n),
            "language": pl.Series([language for language, *_ in ORIGINS]).gather(origin),
            "origin_country": pl.Series([country for _, country, _ in ORIGINS]).gather(origin),
            "is_original": rng.random(n) < 0.45,
            "maturity_rating": pl.Series(MATURITY).gather(pick(rng, MATURITY_SHARES, n)),
            "added_on": pl.Series(arrived).cast(pl.Date),
        }
    )
    is_episode = pl.col("episode") > 0
    in_season = is_episode.sum().over("work", "season")
    in_series = is_episode.sum().over("work")
    return (
        works[work]
        .with_columns(
            title_id=pl.Series(ids),
            work=pl.Series(work),
            season=pl.Series(season, dtype=pl.Int32),
            episode=pl.Series(episode, dtype=pl.Int32),
            runtime_minutes=pl.Series(
                np.select([told_of == 0, told_of == 1], [minutes, np.nan], 0.0)
            ),
        )
        .with_columns(
            title=pl.when(is_episode)
            .then(
                pl.concat_str(
                    "title", pl.lit(": Season "), "season", pl.lit(": Episode "), "episode"
                )
            )
            .otherwise("title"),
            genre_2=pl.when(pl.col("genre_2") != pl.col("genre")).then("genre_2"),
            runtime_minutes=pl.col("runtime_minutes").fill_nan(None),
            seasons=pl.when(~is_episode & (in_series > 0)).then(
                pl.col("season").max().over("work")
            ),
            episodes=pl.when(is_episode).then(in_season).when(in_series > 0).then(in_series),
            series_id=pl.when(is_episode).then(pl.col("title_id").first().over("work")),
            season=pl.when(is_episode).then("season"),
            episode=pl.when(is_episode).then("episode"),
        )
    )
