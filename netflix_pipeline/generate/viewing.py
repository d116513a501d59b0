"""What the player reports: sittings become plays, and plays become events.

Rows are coded: times in milliseconds since 1970, everything with a name as an index into its
names. `rendering` gives the names back.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from netflix_pipeline.contracts import ACTIONS, DEVICES, QUALITIES
from netflix_pipeline.generate.distributions import (
    Flags,
    Floats,
    Ints,
    Rng,
    before_in_group,
    event_ids,
    pick,
)
from netflix_pipeline.generate.sittings import DAY_MS, PROMO, SERIES, Sittings
from netflix_pipeline.generate.world import COUNTRIES, Catalogue, Population

STARTED, PAUSED, RESUMED, STOPPED, COMPLETED = range(len(ACTIONS))
FINAL = STOPPED
# What each event of a play reports, by the number of events.
REPORTS = np.array(
    [
        [FINAL, 0, 0, 0],
        [STARTED, FINAL, 0, 0],
        [STARTED, PAUSED, FINAL, 0],
        [STARTED, PAUSED, RESUMED, FINAL],
    ]
)
START_UP_MS = 700
"""From a `started` or `resumed` report to the first picture."""
UNKNOWN_COUNTRY = len(COUNTRIES)
UNKNOWN_QUALITY = len(QUALITIES)
_SMART_SCREENS = [DEVICES.index(name) for name in ("smart_tv", "console", "streaming_stick")]
_HANDHELD = [DEVICES.index(name) for name in ("mobile", "tablet")]


@dataclass(frozen=True)
class Plays:
    """The plays of a day. Times in ms since 1970, stretches in ms, `watched` in seconds."""

    user: Ints
    work: Ints
    title: Ints
    start: Ints
    events: Ints
    watched: Floats
    reached: Floats
    before_pause: Floats
    pause: Ints
    promo: Flags
    device: Ints
    quality: Ints
    country: Ints
    download: Flags

    def __len__(self) -> int:
        """Number of plays."""
        return len(self.user)

    def ends(self) -> Ints:
        """When each play is over."""
        ends: Ints = self.start + _span(self.watched, self.events, self.pause)
        return ends

    def parts(self, events: int) -> Iterator[slice]:
        """Consecutive plays with about that many events each."""
        total = np.cumsum(self.events)
        first = 0
        while first < len(self):
            reach = (total[first - 1] if first else 0) + events
            last = max(int(np.searchsorted(total, reach, side="right")), first + 1)
            yield slice(first, last)
            first = last


def _span(watched: Floats, events: Ints, pause: Ints) -> Ints:
    starts: Ints = np.array([0, START_UP_MS, START_UP_MS, 2 * START_UP_MS])[events - 1]
    paused: Ints = np.where(events > 2, pause, 0)
    return (watched * 1000).astype(np.int64) + starts + paused


def _reached(sittings: Sittings, followed: Flags, rng: Rng) -> Floats:
    """How far each play gets: to the end mostly, and nearly always when another one follows."""
    n = len(sittings.sitting)
    sort = sittings.sort[sittings.sitting]
    abandons = np.where(
        sort == SERIES, np.where(followed, 0.03, 0.32), np.where(followed, 0.75, 0.45)
    )
    abandoned = rng.random(n) < abandons
    tries = rng.random(n) < 0.22
    early = rng.beta(1.1, 1.6, n)
    return np.where(
        abandoned,
        np.where(tries, rng.random(n) * 0.04, early),
        1 - np.minimum(rng.exponential(0.012, n), 0.2),
    )


def _quality(plan: Ints, device: Ints, rng: Rng) -> Ints:
    """Picture quality: what the plan pays for and the screen can show."""
    best = np.array([0, 1, 2, 2])[plan]
    best = np.where((best == 2) & ~np.isin(device, _SMART_SCREENS), 1, best)
    drop = rng.random(len(plan)) < np.where(np.isin(device, _HANDHELD), 0.4, 0.08)
    quality: Ints = np.maximum(best - drop, 0)
    quality[rng.random(len(plan)) < 0.04] = UNKNOWN_QUALITY
    return quality


def plays_of(
    sittings: Sittings,
    catalogue: Catalogue,
    population: Population,
    epoch: int,
    horizon: int,
    rng: Rng,
) -> Plays:
    """The plays of a day's sittings; `epoch` and `horizon` bound the period, in ms since 1970.

    A sitting that would last beyond the horizon begins earlier.
    """
    sitting, events = sittings.sitting, sittings.events
    n, n_sittings = len(sitting), len(sittings.user)
    followed = np.diff(sitting, append=-1) == 0
    promo = (sittings.sort == PROMO)[sitting]
    reached = _reached(sittings, followed, rng)
    runtime = catalogue.runtime_seconds[sittings.title]
    watched = np.where(promo, rng.integers(8, 120, n), np.maximum(reached * runtime, 1))
    watched = np.floor(watched) + np.where(rng.random(n) < 0.1, 0.5, 0.0)
    long_pause = rng.random(n) < 0.04
    minutes = np.where(long_pause, 31 + 119 * rng.random(n), np.minimum(rng.exponential(5, n), 28))
    pause = (minutes * 60_000).astype(np.int64)
    before_pause = np.floor(watched * (0.15 + 0.7 * rng.random(n)))

    gap = rng.exponential(np.where((sittings.sort == SERIES)[sitting], 9, 75), n) * 1000
    span = _span(watched, events, pause)
    offset = before_in_group(span + gap.astype(np.int64), sitting)
    last = np.cumsum(sittings.plays) - 1
    start = sittings.start + epoch
    start -= np.maximum(start + (offset + span)[last] - (horizon - 1000), 0)

    user, device = sittings.user, sittings.device
    quality = _quality(population.plan[user], device, rng)
    away = rng.random(n_sittings) < 0.01
    country = np.where(
        away, pick(rng, (1.0,) * len(COUNTRIES), n_sittings), population.country[user]
    )
    country[rng.random(n_sittings) < 0.03] = UNKNOWN_COUNTRY
    download = np.isin(device, _HANDHELD) & (rng.random(n_sittings) < 0.12)
    return Plays(
        user=user[sitting],
        work=sittings.work,
        title=sittings.title,
        start=start[sitting] + offset,
        events=events,
        watched=watched,
        reached=reached,
        before_pause=before_pause,
        pause=pause,
        promo=promo,
        device=device[sitting],
        quality=quality[sitting],
        country=country[sitting],
        download=download[sitting],
    )


def events_of(plays: Plays, part: slice, rng: Rng) -> pl.DataFrame:
    """The coded watch events of some plays of a day, with `arrival` and `broken`.

    event_time is when the reported stretch began; it arrives when it is over.
    """
    size = plays.events[part]
    n_plays, n = len(size), int(size.sum())
    play = np.repeat(np.arange(n_plays), size)
    number = np.arange(n) - np.repeat(np.cumsum(size) - size, size)
    events = size[play]
    report = REPORTS[events - 1, number]
    final = number == events - 1

    watched, before_pause = plays.watched[part][play], plays.before_pause[part][play]
    start, pause = plays.start[part][play], plays.pause[part][play]
    paused_at = start + START_UP_MS + (before_pause * 1000).astype(np.int64)
    resumed_at = paused_at + pause
    time = np.select(
        [report == PAUSED, report == RESUMED, final & (events == 2), final & (events > 2)],
        [
            start + START_UP_MS,
            resumed_at,
            start + START_UP_MS,
            np.where(events == 4, resumed_at + START_UP_MS, resumed_at),
        ],
        start,
    )

    # Some players say 0 where nothing was watched yet, others nothing; a few never say a duration.
    mute = (rng.random(n_plays) < 0.5)[play]
    silent = (rng.random(n_plays) < 0.012)[play]
    seconds = np.select(
        [report == PAUSED, final],
        [before_pause, watched - np.where(events > 2, before_pause, 0)],
        0.0,
    )
    reported = np.where(silent | ((seconds == 0) & ~final & mute), np.nan, seconds)

    promo = plays.promo[part][play]
    reached = plays.reached[part][play]
    at_pause = reached * before_pause / np.maximum(watched, 1)
    progress = np.select([final, report == STARTED], [reached, 0.0], at_pause)
    unsaid = promo | ((report == STARTED) & mute) | (rng.random(n) < 0.03)
    progress = np.where(unsaid, np.nan, np.round(progress, 3))

    completed = final & (reached >= 0.95) & ~promo
    action = np.where(completed, COMPLETED, np.where(final, STOPPED, report))
    rated = completed & (rng.random(n) < 0.02)
    rating = np.where(rated, 1.0 + pick(rng, (5, 7, 18, 36, 34), n), np.nan)

    # Some old players report only that something was watched on a day.
    dated = ((size == 1) & ~plays.promo[part] & (rng.random(n_plays) < 0.06))[play]
    event_time = np.where(dated, time // DAY_MS * DAY_MS, time)
    delay = 200 + (rng.exponential(1500, n)).astype(np.int64)
    named = rng.random(n_plays) < 1 / 3
    playback = np.where(named, rng.integers(1, 2**32, n_plays, dtype=np.uint64), 0)[play]
    high, low = event_ids(rng, n)
    return pl.DataFrame(
        {
            "arrival": time + (seconds * 1000).astype(np.int64) + delay,
            "high": high,
            "low": low,
            "user": plays.user[part][play].astype(np.uint32),
            "title": plays.title[part][play].astype(np.uint32),
            "time": event_time,
            "dated": dated,
            "action": action.astype(np.uint8),
            "watched": reported,
            "progress": progress,
            "playback": playback.astype(np.uint64),
            "promo": promo,
            "device": plays.device[part][play].astype(np.uint8),
            "quality": plays.quality[part][play].astype(np.uint8),
            "country": plays.country[part][play].astype(np.uint8),
            "download": plays.download[part][play],
            "rating": rating,
            "broken": np.zeros(n, dtype=bool),
        }
    )
