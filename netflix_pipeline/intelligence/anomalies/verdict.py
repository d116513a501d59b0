"""What an anomaly is told to be: data that are missing, something known, or unexplained.

Data come first: what a fault took, or brought twice, is set against the gap before anything about
viewers is said. Then what people noted down, holidays and launches, then values that stand out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from netflix_pipeline.intelligence.anomalies.contributions import MAKES_UP, Part, explaining
from netflix_pipeline.intelligence.anomalies.data_faults import Missing

Kind = Literal["data are missing", "explained", "unexplained"]

BEFORE = timedelta(days=1)
"""What is noted of the day before may be the reason, too."""
LAUNCHED = timedelta(days=6)
"""Days after a launch in which more is watched because of it."""
RESTING = 0.25
"""The share of people with a public holiday from which on it is a reason."""


@dataclass(frozen=True)
class Happening:
    """Something known of a day: an annotation, a holiday or a launch, told by `text`.

    It is about one value of a dimension, such as a country, where both are said.
    """

    day: date
    kind: Literal["annotation", "holiday", "launch"]
    text: str
    level: str = "total"
    key: str = ""

    def is_about(self, level: str, key: str) -> bool:
        """Whether it says something of a series: of all, or of the same value."""
        return self.level == "total" or (self.level, self.key) == (level, key)

    def is_near(self, first: date, last: date) -> bool:
        """Whether it can be the reason of something between two days."""
        after = {"annotation": BEFORE, "holiday": timedelta(0), "launch": LAUNCHED}[self.kind]
        return first - after <= self.day <= last


@dataclass(frozen=True)
class Anomaly:
    """An event of one series: what was expected of its days, what came."""

    level: str
    key: str
    first: date
    last: date
    expected: float
    actual: float

    @property
    def gap(self) -> float:
        """What came less what was expected."""
        return self.actual - self.expected


@dataclass(frozen=True)
class Verdict:
    """What it is, by which reasons, in words.

    Faults of the data that took less than half of the gap are told, too, and decide nothing.
    """

    kind: Kind
    reasons: tuple[str, ...] = ()
    faults: tuple[Missing, ...] = ()
    parts: tuple[Part, ...] = ()


FAULTS = {
    "lost": "rows without an outcome in the ledger",
    "quarantined": "more rows than usual in quarantine",
    "late": "rows that came after the day was settled",
    "silent": "hours in which nothing began",
}


def behind(anomaly: Anomaly, happenings: Iterable[Happening]) -> list[Happening]:
    """Those that can be the reason of an anomaly."""
    return [
        each
        for each in happenings
        if each.is_about(anomaly.level, anomaly.key)
        and each.is_near(anomaly.first, anomaly.last)
        and (each.kind != "launch" or anomaly.gap > 0)
    ]


def judged(
    anomaly: Anomaly,
    faults: Sequence[Missing] = (),
    happenings: Sequence[Happening] = (),
    dimensions: Sequence[Sequence[Part]] = (),
) -> Verdict:
    """The verdict on an anomaly.

    `faults` are of all its days, their shares of the whole event; `dimensions` are the
    contributions of the values of each dimension by which it can be told apart.
    """
    told = tuple(f"{FAULTS[each.fault]}: {each.share:.0%} of the days" for each in faults)
    taken = sum(fault.share for fault in faults) * max(anomaly.expected, anomaly.actual)
    if faults and -anomaly.gap * taken > 0 and abs(taken) >= MAKES_UP * abs(anomaly.gap):
        return Verdict("data are missing", told, tuple(faults))
    reasons = [f"{each.kind} on {each.day}: {each.text}" for each in behind(anomaly, happenings)]
    found = max(
        (explaining(each) for each in dimensions),
        key=lambda some: sum(part.share - part.usual for part in some),
        default=[],
    )
    if found:
        values = ", ".join(part.value for part in found)
        reasons.append(f"{values}: {sum(part.share for part in found):.0%} of the gap")
    kind: Kind = "explained" if reasons else "unexplained"
    return Verdict(kind, (*reasons, *told), tuple(faults), tuple(found))
