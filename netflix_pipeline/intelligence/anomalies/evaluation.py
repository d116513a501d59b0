"""How well anomalies would be found and told, by faults that are put into a home's own series.

Faults are put into amounts that came: what was expected of their days was said before, and is the
same with and without them. Days behind a fault are not looked at.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.intelligence.anomalies.band import (
    MEDIAN,
    alarms,
    beside_others,
    events,
    scores,
    widths,
)
from netflix_pipeline.intelligence.anomalies.contributions import explaining, parts, usual_amounts
from netflix_pipeline.intelligence.anomalies.data_faults import Arrivals, missing, of_days
from netflix_pipeline.intelligence.anomalies.injection import (
    BEFALLS,
    FACTORS,
    LENGTHS,
    Befalls,
    What,
    befalling,
    usual_arrivals,
    watching,
)
from netflix_pipeline.intelligence.anomalies.known_causes import holidays, launches
from netflix_pipeline.intelligence.anomalies.verdict import Anomaly, Verdict, judged
from netflix_pipeline.intelligence.anomalies.watched import Watched
from netflix_pipeline.intelligence.forecasts.known import Known

Floats = NDArray[np.float64]

YEAR = 365.0


@dataclass(frozen=True)
class Found:
    """Of faults of one kind, level and length: how many were put in and found, and as what told.

    Of what viewers do, those count as `told` that were found and not called a fault of the data; of
    what befalls data, those whose fault was told, whether or not it lay outside the band.
    """

    what: str
    level: str
    days: int
    injected: int
    found: int
    told: int
    named: int = 0
    """of those found in one value: how often just that value explains the gap of the total; of
    those of data: how often they are the verdict, as they make up half of the gap or more"""


@dataclass(frozen=True)
class Alarms:
    """The events of a level that were found where no fault was put in.

    Those that a launch or a holiday explains are not false.
    """

    level: str
    series: int
    series_years: float
    raised: int
    unexplained: int


@dataclass(frozen=True)
class Evaluation:
    """All that was found; `seed` is that of the faults."""

    seed: int
    days: int
    watching: tuple[Found, ...]
    data: tuple[Found, ...]
    alarms: tuple[Alarms, ...]
    false_faults: int
    """days without a fault of the data on which one was told"""


@dataclass(frozen=True)
class _Level:
    """A level's series, what was expected given all others, and how wide scores have been."""

    watched: Watched
    quantiles: Floats
    widths: Floats

    def event(self, at: int, amounts: Floats, span: range, side: int) -> tuple[int, int] | None:
        """The event of a series that a fault in some days makes; None where none is found."""
        told = scores(amounts[span], self.quantiles[at, span]) / self.widths[at, span]
        # No day outside the fault helps to find it.
        found = events(alarms(np.where(np.sign(told) == side, told, np.nan)))
        return (found[0][0] + span.start, found[0][1] + span.start) if found else None


class Evaluator:
    """Puts faults into the series of a home and looks what is found of them."""

    def __init__(
        self,
        home: Known,
        series: Iterable[Watched],
        arrivals: Arrivals,
        launched: Mapping[str, date],
        seed: int,
        metric: str = "hours_viewed",
    ) -> None:
        watched = {each.level: each for each in series}
        total = watched["total"]
        self.home = home
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.arrivals = usual_arrivals(arrivals, self.rng)
        self.launched = launched
        self.metric = metric
        self.holidays = tuple(holidays(home))
        self.expected = total.quantiles[0, :, MEDIAN]
        self.levels = {}
        for level, each in watched.items():
            quantiles = each.quantiles
            if level != "total":
                quantiles = beside_others(quantiles, each.amounts, total.amounts[0], self.expected)
            wide = widths(scores(each.amounts, quantiles))
            self.levels[level] = _Level(each, quantiles, wide)

    def evaluate(self, repeats: int) -> Evaluation:
        """Each kind of fault so many times a length, on days by chance."""
        days = np.flatnonzero(~np.isnan(self.expected)).tolist()
        return Evaluation(
            self.seed,
            len(days),
            tuple(self._watching(repeats)),
            tuple(self._data(befalls, n, repeats) for befalls in BEFALLS for n in LENGTHS),
            tuple(self._alarms(level) for level in self.levels),
            sum(any(missing(self.arrivals, day)) for day in days),
        )

    def _alarms(self, name: str) -> Alarms:
        level = self.levels[name]
        told = scores(level.watched.amounts, level.quantiles) / level.widths
        verdicts = [
            self._judged(level, at, level.watched.amounts, event, self.arrivals).kind
            for at, flags in enumerate(alarms(told))
            for event in events(flags)
        ]
        days = level.watched.days
        return Alarms(
            name,
            int(days.any(axis=1).sum()),
            float(days.sum() / YEAR),
            len(verdicts),
            verdicts.count("unexplained"),
        )

    def _watching(self, repeats: int) -> Iterator[Found]:
        for (what, in_total), factor in FACTORS.items():
            for level in ("total",) if in_total else ("country", "device"):
                for length in LENGTHS:
                    yield self._put(what, level, length, factor, repeats)

    def _put(self, what: What, name: str, length: int, factor: float, repeats: int) -> Found:
        level, told = self.levels[name], Counter[str]()
        for at, span in self._places(level.watched, length, repeats):
            amounts = level.watched.amounts.copy()
            amounts[at, span] *= factor
            # In all, so much more or less is watched, and as many rows come.
            share = amounts[:, span].sum() / max(level.watched.amounts[:, span].sum(), 1e-9)
            arrivals = watching(self.arrivals, span, float(share))
            told["injected"] += 1
            event = level.event(at, amounts[at], span, 1 if factor > 1 else -1)
            if event is not None:
                told["found"] += 1
                verdict = self._judged(level, at, amounts, event, arrivals)
                told["told"] += verdict.kind != "data are missing"
                named = [] if name == "total" else self._named(level.watched, amounts, span)
                told["named"] += named == [level.watched.keys[at]]
        counts = (told[count] for count in ("injected", "found", "told", "named"))
        return Found(what, name, length, *counts)

    def _data(self, befalls: Befalls, length: int, repeats: int) -> Found:
        level, told = self.levels["total"], Counter[str]()
        for at, span in self._places(level.watched, length, repeats):
            fault = befalling(self.arrivals, befalls, span, self.rng)
            amounts = level.watched.amounts.copy()
            amounts[at, span] *= fault.left
            right = all(
                befalls in [each.fault for each in missing(fault.arrivals, day)] for day in span
            )
            event = level.event(at, amounts[at], span, -1)
            if event is not None:
                told["found"] += 1
                verdict = self._judged(level, at, amounts, event, fault.arrivals)
                right = right and befalls in [each.fault for each in verdict.faults]
                told["called"] += verdict.kind == "data are missing"
            told["injected"] += 1
            told["told"] += right
        counts = (told[count] for count in ("injected", "found", "told", "called"))
        return Found(befalls, "total", length, *counts)

    def _places(self, watched: Watched, length: int, repeats: int) -> Iterator[tuple[int, range]]:
        """Series and days by chance at which a fault can be: all its days are watched."""
        if not watched.days.any():
            return
        whole = np.lib.stride_tricks.sliding_window_view(watched.days, length, axis=1).all(axis=2)
        places = np.argwhere(whole)
        for n in self.rng.integers(0, len(places), repeats).tolist():
            at, day = places[n].tolist()
            yield at, range(day, day + length)

    def _judged(
        self,
        level: _Level,
        at: int,
        amounts: Floats,
        event: tuple[int, int],
        arrivals: Arrivals,
    ) -> Verdict:
        first, last = event
        days = slice(first, last + 1)
        expected = level.quantiles[at, days, MEDIAN]
        actual = amounts[at, days]
        anomaly = Anomaly(
            level.watched.level,
            level.watched.keys[at],
            self.home.first + timedelta(days=first),
            self.home.first + timedelta(days=last),
            float(np.nansum(expected)),
            float(actual[~np.isnan(expected)].sum()),
        )
        known = *self.holidays, *launches(self.home, self.metric, self.launched, anomaly)
        return judged(anomaly, of_days(arrivals, first, last), known)

    def _named(self, level: Watched, amounts: Floats, span: range) -> list[str]:
        """The values of a level that explain the gap of the total in some days."""
        first, last = span[0], span[-1]
        actual = amounts[:, first : last + 1].sum(axis=1)
        expected = float(self.expected[first : last + 1].sum())
        told = parts(level.keys, usual_amounts(amounts, first, last), actual, expected)
        return [part.value for part in explaining(told)]
