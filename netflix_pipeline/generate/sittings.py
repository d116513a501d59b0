"""Who sits down when, and what they choose to watch, day by day."""

from dataclasses import dataclass

import numpy as np

from netflix_pipeline.contracts import DEVICES
from netflix_pipeline.generate.distributions import (
    Flags,
    Ints,
    Rng,
    before_in_group,
    pick,
    pick_within,
)
from netflix_pipeline.generate.world import DEVICE_SHARES, OFFSET_HOURS, Catalogue, Population

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# How busy each local hour is, from midnight on.
WEEKDAY_HOURS = (20, 10, 5, 3, 2, 3, 6, 10, 12, 11, 12, 14, 18, 17, 15, 16, 20, 28, 42, 62, 85, 92, 72, 42)  # fmt: skip # noqa: E501
WEEKEND_HOURS = (32, 20, 11, 6, 4, 4, 6, 10, 18, 26, 32, 36, 40, 42, 42, 42, 44, 48, 58, 74, 92, 95, 80, 55)  # fmt: skip # noqa: E501
# How busy each day of the week is, from Monday on.
WEEKDAYS = (0.90, 0.88, 0.90, 0.94, 1.10, 1.25, 1.20)

SERIES, SINGLE, PROMO = 0, 1, 2
SORT_SHARES = (0.58, 0.37, 0.05)
# How many plays a sitting has, from one on, by what is watched.
PLAYS_SHARES = (
    (40, 25, 15, 8, 5, 3, 2, 2),
    (82, 15, 3),
    (70, 22, 8),
)
# How many events a play has, from one on.
EVENTS_SHARES = (0.21, 0.38, 0.22, 0.19)
GIVE_UP = 0.05
"""Chance that a viewer takes up another series although the last one is not over."""
UNKNOWN_DEVICE = len(DEVICES)


@dataclass(frozen=True)
class Sittings:
    """The sittings of a day, in order of their start.

    Of each sitting: user, start (ms since the first day of the period), sort, plays, device.
    Of each play: sitting (index), work, title, events.
    """

    user: Ints
    start: Ints
    sort: Ints
    plays: Ints
    device: Ints
    sitting: Ints
    work: Ints
    title: Ints
    events: Ints


class Evenings:
    """Draws the sittings of day after day, and remembers where everybody is in their series."""

    def __init__(self, catalogue: Catalogue, population: Population, first_weekday: int) -> None:
        """Everybody begins without a series; `first_weekday` is 0 on a Monday."""
        self._catalogue = catalogue
        self._population = population
        self._first_weekday = first_weekday
        self._series = np.full(len(population.user_ids), -1)
        self._watched = np.zeros(len(population.user_ids), np.int64)

    def day(self, day: int, events: int, rng: Rng) -> Sittings:
        """The sittings of a day of the period, with exactly that many events between them."""
        sort, plays, of_play = self._sizes(events, rng)
        n = len(sort)
        user = pick(rng, self._population.weights(day), n)
        start = day * DAY_MS + self._time_of_day(day, user, rng)
        order = np.argsort(start, kind="stable")
        user, start, sort, plays = user[order], start[order], sort[order], plays[order]
        sitting = np.repeat(np.arange(n), plays)
        device = np.where(
            rng.random(n) < 0.82, self._population.device[user], pick(rng, DEVICE_SHARES, n)
        )
        device[rng.random(n) < 0.015] = UNKNOWN_DEVICE
        work, title = self._choices(day, user, sort, plays, sitting, rng)
        return Sittings(user, start, sort, plays, device, sitting, work, title, of_play)

    def _sizes(self, events: int, rng: Rng) -> tuple[Ints, Ints, Ints]:
        """Sort and plays of each sitting, and events of each play, that come to `events`."""
        shares = np.array(SORT_SHARES)
        if not self._catalogue.is_series.any():
            shares[SERIES] = 0
        sorts, sizes, counts = [], [], []
        left = events
        while left > 0:
            n = left // 4 + 8
            sort = pick(rng, shares, n)
            plays = np.ones(n, np.int64)
            for which, sized in enumerate(PLAYS_SHARES):
                these = sort == which
                plays[these] = 1 + pick(rng, sized, int(np.count_nonzero(these)))
            count = 1 + pick(rng, EVENTS_SHARES, int(plays.sum()))
            total = np.cumsum(count)
            if total[-1] >= left:
                last = int(np.searchsorted(total, left))
                count = count[: last + 1]
                count[last] -= total[last] - left
                ends = np.cumsum(plays)
                n = int(np.searchsorted(ends, last, side="right")) + 1
                sort, plays = sort[:n], plays[:n]
                plays[-1] -= ends[n - 1] - (last + 1)
            left -= int(count.sum())
            sorts.append(sort)
            sizes.append(plays)
            counts.append(count)
        return np.concatenate(sorts), np.concatenate(sizes), np.concatenate(counts)

    def _time_of_day(self, day: int, user: Ints, rng: Rng) -> Ints:
        weekend = (self._first_weekday + day) % 7 >= 5
        hour = pick(rng, WEEKEND_HOURS if weekend else WEEKDAY_HOURS, len(user))
        local = (hour + rng.random(len(user))) * HOUR_MS
        offset = OFFSET_HOURS[self._population.country[user]] * HOUR_MS
        return np.asarray((local - offset) % DAY_MS).astype(np.int64)

    def _choose(self, day: int, user: Ints, among: Flags, rng: Rng) -> Ints:
        """A work for each user: the more popular of the day, rather of genres that they like."""
        weights = np.where(among, self._catalogue.weights(day), 0.0)
        tastes = self._population.tastes
        if tastes is not None:
            genre = tastes.genres(user, rng)
            liked = pick_within(rng, weights, self._catalogue.genre, genre, tastes.likings.shape[1])
            follow = (rng.random(len(user)) < tastes.strength) & (liked >= 0)
            return np.where(follow, liked, pick(rng, weights, len(user)))
        first, second = pick(rng, weights, len(user)), pick(rng, weights, len(user))
        favourite = self._catalogue.genre[second] == self._population.favourite_genre[user]
        return np.where(favourite, second, first)

    def _choices(
        self, day: int, user: Ints, sort: Ints, plays: Ints, sitting: Ints, rng: Rng
    ) -> tuple[Ints, Ints]:
        """Work and title of each play."""
        catalogue = self._catalogue
        work = np.zeros(len(sitting), np.int64)
        sort_of_play = sort[sitting]
        for which, among in (
            (SINGLE, ~catalogue.is_series),
            (PROMO, np.ones(len(catalogue.popularity), dtype=bool)),
        ):
            these = sort_of_play == which
            work[these] = self._choose(day, user[sitting[these]], among, rng)
        title = catalogue.title[work]
        series = np.flatnonzero(sort == SERIES)
        if len(series):
            these = sort_of_play == SERIES
            work[these], title[these] = self._next_episodes(day, user[series], plays[series], rng)
        return work, title

    def _next_episodes(self, day: int, user: Ints, plays: Ints, rng: Rng) -> tuple[Ints, Ints]:
        """Work and title of each play of sittings with a series: everybody goes on in order.

        Who comes to the end takes up another series, and so do a few who lose interest.
        """
        catalogue = self._catalogue
        viewers, of_viewer = np.unique(user, return_inverse=True)
        fresh = (self._series[viewers] < 0) | (rng.random(len(viewers)) < GIVE_UP)
        choice = self._choose(day, viewers, catalogue.is_series, rng)
        series = np.where(fresh, choice, self._series[viewers])
        watched = np.where(fresh, 0, self._watched[viewers])
        following = self._choose(day, viewers, catalogue.is_series, rng)

        by_viewer = np.argsort(of_viewer, kind="stable")
        before = np.empty_like(plays)
        before[by_viewer] = before_in_group(plays[by_viewer], of_viewer[by_viewer])
        episode = np.repeat(before - np.cumsum(plays) + plays, plays) + np.arange(plays.sum())
        whose = np.repeat(of_viewer, plays)
        episode += watched[whose]
        over = episode - catalogue.episodes[series[whose]]
        work = np.where(over < 0, series[whose], following[whose])
        episode = np.where(over < 0, episode, over % catalogue.episodes[work])

        total = watched + np.bincount(of_viewer, weights=plays).astype(np.int64)
        rest = total - catalogue.episodes[series]
        self._series[viewers] = np.where(rest < 0, series, following)
        self._watched[viewers] = np.where(
            rest < 0, total, np.maximum(rest, 0) % catalogue.episodes[following]
        )
        return work, catalogue.first_episode[work] + episode
