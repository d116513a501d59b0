"""What was not as expected in the days before an origin, with the verdict on each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.origins import FORECAST_METRICS, QUANTILES
from netflix_pipeline.intelligence.anomalies.band import LEARNED, MEDIAN, RULE, events
from netflix_pipeline.intelligence.anomalies.contributions import Part
from netflix_pipeline.intelligence.anomalies.data_faults import of_days
from netflix_pipeline.intelligence.anomalies.evidence import (
    Evidence,
    evidence_of_faults,
    evidence_of_happenings,
    evidence_of_values,
)
from netflix_pipeline.intelligence.anomalies.expected import (
    Judged,
    as_known,
    judged_levels,
    said_before,
)
from netflix_pipeline.intelligence.anomalies.facts import Facts, facts
from netflix_pipeline.intelligence.anomalies.gaps import Gaps
from netflix_pipeline.intelligence.anomalies.known_causes import holidays, launches
from netflix_pipeline.intelligence.anomalies.verdict import (
    Anomaly,
    Happening,
    Verdict,
    behind,
    judged,
)
from netflix_pipeline.intelligence.forecasts.known import PEOPLE_DAYS, TOTAL, Known, known
from netflix_pipeline.lake import Lake

if TYPE_CHECKING:
    from netflix_pipeline.state import Annotation

ANOMALIES, EVIDENCE = "gold/anomalies", "gold/anomaly_evidence"
PARTS, WATCH = "gold/anomaly_parts", "gold/anomaly_watch"

WINDOW = 28
"""Settled days before an origin that are looked at: what came late may change a verdict."""
SPAN = WINDOW + LEARNED + RULE.n + PEOPLE_DAYS
"""Days before an origin that are read: by those before the window is known what is usual."""
LOW, HIGH = QUANTILES.index(0.1), QUANTILES.index(0.9)
FAULTS_OF = "hours_viewed"
"""Under which metric a fault of the data is told that moved nothing out of its band."""

Row = dict[str, Any]


@dataclass
class _Told:
    """The rows of the tables, as they are found."""

    anomalies: list[Row]
    evidence: list[Row]
    parts: list[Row]
    watch: list[Row]

    def frames(self) -> Mapping[str, pl.DataFrame]:
        made = zip(
            (ANOMALIES, EVIDENCE, PARTS, WATCH),
            (self.anomalies, self.evidence, self.parts, self.watch),
            strict=True,
        )
        return {
            table: contract(table).arrange(pl.DataFrame(rows, infer_schema_length=None))
            if rows
            else contract(table).empty()
            for table, rows in made
        }


def at_origin(
    lake: Lake, origin: date, annotations: Sequence["Annotation"] = ()
) -> Mapping[str, pl.DataFrame]:
    """The rows of the tables of anomalies at an origin; none where too little is known.

    Annotations that are private to somebody are no reason that all may read.
    """
    told = _Told([], [], [], [])
    home = known(lake, origin, since=origin - timedelta(days=SPAN))
    if home is None:
        return told.frames()
    looked = _Look(lake, as_known(home), origin, annotations)
    for metric in FORECAST_METRICS:
        looked.judge(metric, told)
    return told.frames()


class _Look:
    """A home's days before an origin, with all that is known of them."""

    def __init__(
        self, lake: Lake, home: Known, origin: date, annotations: Iterable["Annotation"]
    ) -> None:
        self.home = home
        self.facts: Facts = facts(lake, home.first, origin)
        self.said = said_before(lake, home.first - timedelta(days=RULE.n), origin)
        self.gaps = Gaps(lake, home)
        titles = lake.read("silver/titles", None, ["title_id", "added_on"]).drop_nulls()
        self.launched: dict[str, date] = dict(titles.rows())
        self.happenings = (*_noted(annotations), *holidays(home))
        self.days = range(max(0, self.facts.settled - WINDOW), self.facts.settled)

    def judge(self, metric: str, told: _Told) -> None:
        """Add the anomalies of a metric, and how much was looked at."""
        if not self.days:
            return
        for level in judged_levels(self.home, metric, self.said, self.facts.settled):
            verdicts = [
                self._tell(metric, level, at, event, told)
                for at, flags in enumerate(level.flags)
                for event in events(flags)
                if event[1] in self.days
            ]
            if level.level == "total" and metric == FAULTS_OF:
                covered = {
                    day for first, last in events(level.flags[0]) for day in range(first, last + 1)
                }
                for event in self._faulty(covered):
                    self._tell(metric, level, 0, event, told, outside=False)
            days = ~np.isnan(level.quantiles[:, self.days.start : self.days.stop, MEDIAN])
            told.watch.append(
                {
                    "metric": metric,
                    "level": level.level,
                    "first_day": self._day(self.days.start),
                    "last_day": self._day(self.days.stop - 1),
                    "series": int(days.any(axis=1).sum()),
                    "series_days": int(days.sum()),
                    "raised": len(verdicts),
                    "unexplained": sum(each.kind == "unexplained" for each in verdicts),
                }
            )

    def _faulty(self, covered: set[int]) -> Iterator[tuple[int, int]]:
        """Days with a fault of the data that no event has, neighbours together."""
        flags = np.zeros(self.home.days, dtype=bool)
        for day in self.days:
            flags[day] = day not in covered and bool(of_days(self.facts.arrivals, day, day))
        first = None
        for day in range(self.home.days + 1):
            if day < self.home.days and flags[day]:
                first = day if first is None else first
            elif first is not None:
                yield first, day - 1
                first = None

    def _tell(
        self,
        metric: str,
        level: Judged,
        at: int,
        event: tuple[int, int],
        told: _Told,
        *,
        outside: bool = True,
    ) -> Verdict:
        first, last = event
        days = slice(first, last + 1)
        key, quantiles = level.keys[at], level.quantiles[at, days]
        expected = quantiles[:, MEDIAN]
        has = ~np.isnan(expected)
        known_all = bool(has.any())
        actual = float(level.amounts[at, days][has if known_all else slice(None)].sum())
        anomaly = Anomaly(
            level.level,
            key,
            self._day(first),
            self._day(last),
            float(np.nansum(expected)) if known_all else actual,
            actual,
        )
        arrivals = self.facts.of_series(level.level, key)
        faults = of_days(arrivals, first, last)
        dimensions = self.gaps.of(metric, anomaly) if outside else {}
        happenings = (
            [*self.happenings, *launches(self.home, metric, self.launched, anomaly)]
            if outside
            else []
        )
        # Rows that came late are in by now: no gap that is left is theirs.
        missing = [each for each in faults if each.fault != "late"]
        verdict = judged(anomaly, missing, happenings, list(dimensions.values()))
        if not outside:
            verdict = Verdict("data are missing", verdict.reasons, tuple(faults))
        names: Row = {"metric": metric, "level": level.level, "key": key}
        names["first_day"] = anomaly.first
        explained_by = next(
            (
                name
                for name, each in dimensions.items()
                if verdict.parts[:1] and verdict.parts[0] in each
            ),
            "",
        )
        evidence = [
            *evidence_of_faults(self.facts, arrivals, first, last),
            *evidence_of_happenings(behind(anomaly, happenings)),
            *evidence_of_values(verdict.parts, anomaly, metric, explained_by),
        ]
        told.anomalies.append(
            names
            | self._amounts(level, at, event, verdict, anomaly, quantiles[has])
            | {"outside": outside}
        )
        told.evidence += [names | _evidence_row(n, each) for n, each in enumerate(evidence, 1)]
        told.parts += [
            names | _part_row(dimension, part, part in verdict.parts)
            for dimension, parts in dimensions.items()
            for part in parts
        ]
        return verdict

    def _amounts(
        self,
        level: Judged,
        at: int,
        event: tuple[int, int],
        verdict: Verdict,
        anomaly: Anomaly,
        quantiles: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    ) -> Row:
        days = range(event[0], event[1] + 1)
        said = [
            level.said[level.keys[at], self._day(day)]
            for day in days
            if (level.keys[at], self._day(day)) in level.said
        ]
        far = level.scores[at, days.start : days.stop]
        expected = len(quantiles) > 0
        people = int(self.home.levels[level.level].people(self.home.days)[at])
        return {
            "last_day": anomaly.last,
            "verdict": verdict.kind,
            "actual": anomaly.actual,
            "expected": anomaly.expected if expected else None,
            "low": float(quantiles[:, LOW].sum()) if expected else None,
            "high": float(quantiles[:, HIGH].sum()) if expected else None,
            "score": float(far[np.nanargmax(np.abs(far))]) if expected else None,
            "model": said[-1][1] if expected and said else None,
            "horizon": max(each[0] for each in said) if expected and said else None,
            "people": people,
        }

    def _day(self, at: int) -> date:
        return self.home.first + timedelta(days=at)


def _noted(annotations: Iterable["Annotation"]) -> Iterator[Happening]:
    """What people noted down for all to read, of all or of a country; named by its number."""
    for each in annotations:
        if not each.private and each.title_id is None:
            level, key = ("country", each.country) if each.country else ("total", TOTAL)
            text = f"{each.kind} noted (annotation {each.id})"
            yield Happening(each.day, "annotation", text, level, key)


def _evidence_row(position: int, evidence: Evidence) -> Row:
    return {"position": position} | vars(evidence)


def _part_row(dimension: str, part: Part, explains: bool) -> Row:
    return {
        "dimension": dimension,
        "value": part.value,
        "expected": part.expected,
        "actual": part.actual,
        "contribution": part.contribution,
        "explains": explains,
    }
